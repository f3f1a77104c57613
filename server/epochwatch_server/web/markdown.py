"""Markdown that people write about runs, turned into HTML that can do nothing but be read."""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_MAX_KEPT = 128  # notes rendered lately; a page that follows a run asks again and again
_DEEPEST = 20  # quotes and lists within each other


def render_markdown(text: str) -> str:
    """Render Markdown as CommonMark does, with tables and strike-through.

    Markup in the text is shown as text, links lead to http and https only and tell the other side nothing, an image is
    a link to it: nothing is loaded because somebody wrote a note.

    Returns: HTML made of plain elements without attributes, but for `href`, `rel` and `target` of links and the
        `style`-free alignment that tables do without.
    """
    return _rendered(text)


@lru_cache(maxsize=_MAX_KEPT)
def _rendered(text: str) -> str:
    return str(_PARSER.render(text)).strip()


def _is_web(url: str) -> bool:
    return _WEB.match(url) is not None


def _link_open(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    tokens[place].attrSet("rel", "noopener noreferrer")
    tokens[place].attrSet("target", "_blank")
    return renderer.renderToken(tokens, place, options, env)


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Show an image as a link: its words lead where it lies."""
    token = tokens[place]
    link = Token("link_open", "a", 1)
    link.attrSet("href", str(token.attrGet("src") or ""))
    words = Token("text", "", 0)
    words.content = renderer.renderInlineAsText(token.children, options, env) or "image"
    parts = [link, words, Token("link_close", "a", -1)]
    return renderer.renderInline(parts, options, env)


def _bare_cell(
    renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Leave a table's alignment out: it would be a style attribute, which the page's policy refuses."""
    tokens[place].attrs.pop("style", None)
    return renderer.renderToken(tokens, place, options, env)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST, "breaks": True})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_web  # type: ignore[method-assign]  # how it is told
    for name, rule in (("link_open", _link_open), ("image", _image), ("th_open", _bare_cell), ("td_open", _bare_cell)):
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _parser()
