"""Elements of a picture: attributes escaped, numbers short, colours as the page's own custom properties."""

import html
import math
import re

from markupsafe import Markup, escape

_TOKEN = re.compile(r"token:([a-z0-9-]+)(?:/([0-9.]+))?")


def element(name: str, content: object = "", **attributes: object) -> Markup:
    """Make an element; `_` in the name of an attribute stands for `-`, and one that is None is left out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = escape(content)
    return Markup(f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>")  # noqa: S704 - all escaped above


def short(value: object) -> str:
    """Write a number with a tenth of a pixel, anything else as it is."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0") if math.isfinite(value) else "0"
    return str(value)


def paint(colour: object, kind: str) -> dict[str, str]:
    """Turn a figure's colour into attributes: `token:run/0.2` is the custom property `--run` with that opacity.

    Args:
        colour: As a figure has it. What is no token is no colour of ours: only "none" comes of it.
        kind: "fill" or "stroke".
    """
    found = _TOKEN.fullmatch(str(colour))
    if found is None:
        return {kind: "none"}
    name, opacity = found.groups()
    return {kind: f"var(--{name})"} | ({f"{kind}_opacity": opacity} if opacity else {})


def words(text: object) -> list[str]:
    """Turn a figure's text, which is a little HTML, into plain lines."""
    return [html.unescape(re.sub(r"<[^>]*>", "", line)) for line in re.split(r"<br\s*/?>", str(text))]
