"""A report as one file: styles inside, no script, no request to anyone; opens from disk and prints."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from epochwatch_server import __version__
from epochwatch_server.settings import assets_folder

_SHEETS = (
    "tokens",
    "base",
    "parts/severity",
    "parts/picture",
    "parts/finding",
    "parts/note",
    "parts/still",
    "pages/report",
    "pages/report-tables",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report under a heading of its own."""

    id: str
    title: str
    body: Markup


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a page says of one run, or of one comparison.

    severity: critical, warning, info or ok; empty where none is meant. by_hand: what somebody concluded.
    remark: what to know before reading on.
    """

    id: str
    title: str
    severity: str
    verdict: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    hue: int = 0
    kind: str = "Run"
    by_hand: str = ""
    remark: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A line of the table of contents. anchor: empty where the page has no chapter for it."""

    anchor: str
    name: str
    severity: str
    verdict: str
    reach: str
    alerts: str


_AS_IF_LIVE = "Every rule was asked epoch by epoch, as if the run were live: never with what came later."


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A whole page. index, summary, severity: of several chapters together. foot: how its figures came about."""

    title: str
    made: str
    chapters: Sequence[Chapter]
    index: Sequence[IndexRow] = ()
    summary: str = ""
    severity: str = "ok"
    foot: str = _AS_IF_LIVE
    version: str = field(default=__version__)


def render_page(page: ReportPage) -> str:
    """Render a page to the text of one HTML file."""
    whole = {"page": page, "style": Markup(_style()), "policy": page_policy()}  # noqa: S704 - our own style sheets
    return _environment().get_template("reports/page.html").render(whole)


def page_policy() -> str:
    """Say what a page may do: show its own styles and the images within it, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def render_part(template: str, context: object) -> Markup:
    """Render one part: a file of `templates/reports/`, which knows the context as `part`."""
    rendered = _environment().get_template(f"reports/{template}.html").render(part=context)
    return Markup(rendered)  # noqa: S704 - what Jinja2 rendered with escaping on


@lru_cache(maxsize=1)
def _style() -> str:
    """Put the style sheets together, as one line ends each: the policy's hash is of exactly these characters."""
    texts = [(assets_folder("static") / "css" / f"{sheet}.css").read_text(encoding="utf-8") for sheet in _SHEETS]
    return "\n".join(texts).replace("\r\n", "\n")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(assets_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
