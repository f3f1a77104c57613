"""What the sources of the pages promise to whoever changes them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from epochwatch_server.web.errors import ErrorPage, LoginPage
from epochwatch_server.web.pages.compare import ComparePage
from epochwatch_server.web.pages.run import RunPage
from epochwatch_server.web.pages.runs import RunsPage

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "static/js").rglob("*.js"))
SHEETS = sorted((ROOT / "static/css").rglob("*.css"))
FIRST = "theme-first.js"  # the one script that is no module: it must run before the first paint
PAGES = {
    "runs.html": RunsPage,
    "run.html": RunPage,
    "compare.html": ComparePage,
    "login.html": LoginPage,
    "error.html": ErrorPage,
}


def test_every_module_is_checked_by_types_and_short_enough_to_be_read_at_once() -> None:
    wrong = {
        module.name: len(lines)
        for module in MODULES
        if len(lines := module.read_text().splitlines()) >= 150 or (lines[0] != "// @ts-check" and module.name != FIRST)
    }
    assert wrong == {}


def test_text_from_a_run_is_never_read_as_markup() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTMLUnsafe")
    assert [module.name for module in MODULES if markup.search(module.read_text())] == []


def test_every_style_sheet_fixes_the_order_of_the_layers_first() -> None:
    first = "@layer tokens, base, layout, parts, pages;"
    assert [sheet.name for sheet in SHEETS if sheet.read_text().splitlines()[0] != first] == []


def test_no_page_asks_another_host_for_anything() -> None:
    address = re.compile(r"https?://(?!www\.w3\.org/(?:2000/svg|1999/xlink))")
    sources = [*MODULES, *SHEETS, *(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.svg")]
    assert [source.name for source in sources if address.search(source.read_text())] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_uses_all_of_its_context_and_nothing_else(name: str) -> None:
    given = {field.name for field in fields(PAGES[name])}
    used = set(re.findall(r"\bpage\.(\w+)", source_of(ROOT / "templates/pages" / name)))
    assert used == given


def source_of(template: Path) -> str:
    """Read a template with all that it extends and includes."""
    text = template.read_text()
    others = re.findall(r'{% (?:extends|include) "([^"]+)" %}', text)
    return "\n".join([text, *(source_of(ROOT / "templates" / other) for other in others)])
