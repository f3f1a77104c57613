"""Notes in Markdown: what people write is read, what a note could do is nothing."""

import re
import time

import pytest

from epochwatch_server.web.markdown import render_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//elsewhere.example/x)",
    "[x](&#106;avascript:alert(1))",
    "![x](https://elsewhere.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '[x](https://a.example "onmouseover=alert(1)")',
    "<https://a.example/\"onclick='x'>",
    "```html\n<b onclick=x>\n```",
    "| a |\n|:-:|\n| <i>x</i> |",
    "&lt;script&gt;",
    "[x]: javascript:alert(1)\n\n[x]",
]
ALLOWED = {"p", "br", "hr", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a"} | {
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"href", "rel", "target", "title", "class", "start"}


def test_what_people_write_is_rendered() -> None:
    html = render_markdown(
        "# Why\n\nKeeps the **best**, *mostly*.\n\n- try `gamma=1.5`\n\n~~no~~\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    for part in (
        "<h1>Why</h1>",
        "<strong>best</strong>",
        "<em>mostly</em>",
        "<code>gamma=1.5</code>",
        "<s>no</s>",
        "<td>1</td>",
    ):
        assert part in html


def test_a_line_end_is_a_line_end() -> None:
    assert re.findall(r"<p>one<br ?/?>\s*two</p>", render_markdown("one\ntwo"))


def test_links_lead_to_the_web_and_tell_nothing() -> None:
    html = render_markdown("[paper](https://arxiv.example/abs/1708.02002)")
    assert 'href="https://arxiv.example/abs/1708.02002"' in html
    assert 'rel="noopener noreferrer"' in html


def test_an_image_is_a_link_and_loads_nothing() -> None:
    html = render_markdown("![the curve](https://elsewhere.example/a.png)")
    assert "<img" not in html
    assert '<a href="https://elsewhere.example/a.png" rel="noopener noreferrer" target="_blank">the curve</a>' in html


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_note_can_act(text: str) -> None:
    html = render_markdown(text)
    for tag, attributes in re.findall(r"<(\w+)((?:\s[^>]*)?)>", html):
        assert tag in ALLOWED, html
        names = re.findall(r'\s([\w-]+)="', re.sub(r'="[^"]*"', '=""', attributes))
        assert set(names) <= ATTRIBUTES, html
    for url in re.findall(r'href="([^"]*)"', html):
        assert url.startswith(("http://", "https://")), html


def test_a_note_made_to_take_long_does_not() -> None:
    begin = time.thread_time()
    plain = "word " * 13_000
    render_markdown(plain)
    usual = time.thread_time() - begin
    for text in ("[" * 60_000, "*" * 60_000, "> " * 30_000, "`" * 60_000, "![" * 30_000, "<" * 60_000, "[a](" * 15_000):
        begin = time.thread_time()
        render_markdown(text)
        assert time.thread_time() - begin < 3 + 100 * usual, text[:8]
