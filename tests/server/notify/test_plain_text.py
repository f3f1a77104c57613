"""Names come from runs: no receiver may read markup, a link or a mention in them."""

import json
from typing import Any

import pytest
import requests
from tests.server.notify.samples import FILLED_IN

from epochwatch_server.notify import destination
from epochwatch_server.notify.destination import from_fields
from epochwatch_server.notify.exchange import current_exchange
from epochwatch_server.notify.guarded_http import GUARDED_REQUESTS
from epochwatch_server.notify.kind import Message
from epochwatch_server.notify.plain_text import for_html, for_markdown, for_plain, one_line
from epochwatch_server.notify.sender import Sender

NASTY = "<b>x</b> @everyone <!here> <@U1> *a* __b__ [c](http://evil.example) ||d|| `e` &amp;"
LINK = "http://watch.example/runs/a_b*c?alert=1&x=@2"
MESSAGE = Message("id-1", f"[critical] {NASTY}: rule", f"{NASTY}\n{LINK}", "critical")


class Recorder:
    """Stands in for services that tests cannot reach: takes every request and says ok."""

    RequestException = requests.RequestException
    TooManyRedirects = requests.TooManyRedirects
    codes = requests.codes

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def request(self, _method: str, _url: str, **given: Any) -> requests.Response:
        body = given.get("data") or given.get("json") or ""
        self.bodies.append(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False))
        current_exchange().heard(200, "ok")
        response = requests.Response()
        response.status_code = 200
        response._content = b"ok"
        return response

    def post(self, url: str, **given: Any) -> requests.Response:
        return self.request("POST", url, **given)


def said(kind: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send the nasty message to a kind and return the document that its service would get."""
    recorder = Recorder()
    monkeypatch.setattr(destination, "GUARDED_REQUESTS", recorder)
    _, address = from_fields(kind, FILLED_IN[kind], allows_private=True)
    assert Sender(allows_private=True).send(kind, address, MESSAGE).is_sent
    assert "github.com" not in recorder.bodies[-1], "no picture is fetched from another host"
    return json.loads(recorder.bodies[-1])


def test_the_stand_in_offers_no_more_than_the_guard() -> None:
    assert {name for name in vars(GUARDED_REQUESTS) if not hasattr(Recorder(), name)} == {"get", "put"}


def test_slack_reads_neither_markup_nor_mentions(monkeypatch: pytest.MonkeyPatch) -> None:
    document = said("slack", monkeypatch)
    assert document["mrkdwn"] is False
    (attachment,) = document["attachments"]
    for text in (attachment["title"], attachment["text"].split("\n")[0]):
        assert "<" not in text
        assert "@everyone" not in text
    assert attachment["text"].split("\n")[1] == LINK.replace("&", "&amp;")


@pytest.mark.parametrize("kind", ["discord", "mattermost"])
def test_markdown_is_escaped_and_mentions_are_broken(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = said(kind, monkeypatch)
    text = document.get("content") or document["text"]
    assert "@everyone" not in text
    assert "\\<\\!here\\>" in text
    assert "\\*a\\*" in text
    assert "\\[c\\]\\(http" in text
    assert text.splitlines()[-1] == LINK


def test_teams_gets_escaped_markdown_in_title_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    card = said("teams", monkeypatch)["attachments"][0]["content"]
    title, text = (block["text"] for block in card["body"] if block["type"] == "TextBlock")
    for one in (title, text.split("\n")[0]):
        assert "\\[c\\]\\(http" in one
        assert "@everyone" not in one
    assert text.splitlines()[-1] == LINK


def test_telegram_gets_html_that_is_only_text(monkeypatch: pytest.MonkeyPatch) -> None:
    document = said("telegram", monkeypatch)
    assert document["parse_mode"] == "HTML"
    assert "&lt;b&gt;x&lt;/b&gt;" in document["text"]
    assert "@everyone" not in document["text"]
    assert "<b>x" not in document["text"]
    assert LINK.replace("&", "&amp;") in document["text"]


def test_texts_are_made_plain_line_by_line_and_links_stay_whole() -> None:
    assert for_markdown(f"a_b\n{LINK}") == f"a\\_b\n{LINK}"
    assert for_html("a<b\nhttp://x/?a=1&b=2") == "a&lt;b\nhttp://x/?a=1&amp;b=2"
    assert for_plain(f"@here\n{LINK}") == f"@\u200bhere\n{LINK}"


def test_a_name_stays_one_line_without_controls_or_turned_writing() -> None:
    assert one_line("a\r\nb\x00\x1b[31mc\u202edcba", 80) == "a b [31mc dcba"
    assert one_line("x" * 100, 10) == "x" * 9 + "…"
