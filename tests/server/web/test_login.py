"""The ways in: a link that works once, the token in a form, a session that can be ended."""

import time
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from tests.server_process import Answer, RunningServer

from epochwatch_server.settings import Flags, read_settings
from epochwatch_server.store.database import open_database
from epochwatch_server.store.writer import Writer
from epochwatch_server.web.keyring import CODE_SECONDS, MAX_WRONG, RECHECK_SECONDS, WRONG_SECONDS, Keyring

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def link(server: RunningServer) -> str:
    with server.client() as client:
        path: str = client.send("POST", "/api/login-codes", {}).json()["path"]
    return path


def cookie(answer: Answer) -> str:
    return answer.headers["set-cookie"].split(";")[0]


def test_a_link_opens_a_session_once(server: RunningServer) -> None:
    browser, path = server.stranger(), link(server)
    first = browser.ask("GET", path)
    assert (first.status, first.headers["location"]) == (303, "/")
    flags = first.headers["set-cookie"].lower()
    assert all(flag in flags for flag in ("httponly", "samesite=strict", "path=/"))
    assert str(server.token) not in flags
    assert browser.ask("GET", "/api/runs", headers={"Cookie": cookie(first)}).status == 200
    assert browser.ask("GET", "/", headers={"Cookie": cookie(first)}).status == 200
    second = browser.ask("GET", path)
    assert second.status == 401
    assert "set-cookie" not in second.headers


def test_a_spent_link_followed_again_leads_in_who_is_in(server: RunningServer) -> None:
    browser, path = server.stranger(), link(server)
    held = {"Cookie": cookie(browser.ask("GET", path))}
    again = browser.ask("GET", path, headers=held)
    assert (again.status, again.headers["location"]) == (303, "/")


def test_the_token_in_the_form_opens_a_session_and_a_wrong_one_does_not(server: RunningServer) -> None:
    browser = server.stranger()
    assert b'name="token"' in browser.ask("GET", "/login").body
    wrong = browser.ask("POST", "/login", b"token=wrong", FORM)
    assert wrong.status == 401
    assert "set-cookie" not in wrong.headers
    assert browser.ask("POST", "/login", b"token=" + b"%ff" * 1000 + b"&" * 1000, FORM).status == 401
    right = browser.ask("POST", "/login", f"token={server.token}".encode(), FORM | {"Origin": server.url})
    assert right.status == 303
    assert browser.ask("GET", "/api/runs", headers={"Cookie": cookie(right)}).status == 200


def test_a_form_of_another_site_cannot_sign_a_browser_in(server: RunningServer) -> None:
    browser = server.stranger()
    for headers in ({"Origin": "http://evil.invalid"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.ask("POST", "/login", f"token={server.token}".encode(), FORM | headers).status == 403


def test_the_end_of_a_session_ends_its_copies_too(server: RunningServer) -> None:
    browser, thief = server.stranger(), server.stranger()
    held = {"Cookie": cookie(browser.ask("GET", link(server)))}
    assert thief.ask("GET", "/api/runs", headers=held).status == 200
    assert browser.ask("POST", "/api/logout", b"", held | {"Content-Type": "application/json"}).status == 204
    assert thief.ask("GET", "/api/runs", headers=held).status == 401
    assert browser.ask("GET", "/api/runs", headers=held).status == 401


def test_a_page_without_a_session_is_the_form(server: RunningServer) -> None:
    browser = server.stranger()
    answer = browser.ask("GET", "/runs/run1")
    assert answer.status == 401
    assert b'name="token"' in answer.body


def test_a_link_on_another_site_leads_in_though_the_cookie_is_strict(server: RunningServer) -> None:
    browser = server.stranger()
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = browser.ask("GET", "/runs/run1?x=step", headers=followed)
    assert answer.status == 401
    assert b'http-equiv="refresh"' in answer.body  # the page loads itself again, now from here, and with the cookie
    assert b"refresh" not in browser.ask("GET", "/runs/run1", headers={"Sec-Fetch-Site": "same-origin"}).body


def test_sessions_survive_a_restart_and_only_their_hash_is_stored(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as first:
        browser = first.stranger()
        held = cookie(browser.ask("GET", link(first)))
    with RunningServer(tmp_path) as second:
        browser = second.stranger()
        assert browser.ask("GET", "/api/runs", headers={"Cookie": held}).status == 200
        token = second.token or ""
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "token":
            content = path.read_bytes()
            assert held.split("=")[1].encode() not in content
            assert token.encode() not in content


def test_a_new_token_ends_every_session(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as first:
        browser = first.stranger()
        held = cookie(browser.ask("GET", link(first)))
    (tmp_path / "token").unlink()
    with RunningServer(tmp_path) as second:
        browser = second.stranger()
        assert browser.ask("GET", "/api/runs", headers={"Cookie": held}).status == 401


def test_many_wrong_tokens_are_no_longer_listened_to_but_the_right_one_is(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        guesser = server.stranger()
        statuses = [
            guesser.ask("GET", "/api/runs", headers={"Authorization": f"Bearer guess{number}"}).status
            for number in range(30)
        ]
        assert statuses == [401] * MAX_WRONG + [429] * 10
        limited = guesser.ask("POST", "/login", b"token=x", FORM)
        assert limited.status == 429
        assert client.ask("GET", "/api/runs").status == 200
        assert guesser.ask("POST", "/login", f"token={server.token}".encode(), FORM).status == 303


def test_two_servers_on_one_host_keep_their_browsers_apart(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "a") as one, RunningServer(tmp_path / "b") as other:
        browser = one.stranger()
        held = [cookie(server.stranger().ask("GET", link(server))) for server in (one, other)]
        assert held[0].split("=")[0] != held[1].split("=")[0]
        both = {"Cookie": "; ".join(held)}
        assert browser.ask("GET", "/api/runs", headers=both).status == 200
        assert browser.ask("GET", "/api/runs", headers={"Cookie": held[1]}).status == 401


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_codes_and_counts_end_with_time(tmp_path: Path) -> None:
    settings = read_settings(Flags(data=str(tmp_path)), {})
    database = open_database(settings.database_url)
    writer = Writer(database)
    writer.start()
    clock = _Clock()
    keyring = Keyring("token", database, writer, clock)
    code, late = keyring.make_code(), keyring.make_code()
    assert keyring.spend_code(code)
    clock.now += CODE_SECONDS
    assert not keyring.spend_code(late)
    assert not keyring.spend_code("none")
    assert [keyring.count_wrong("a") for _ in range(MAX_WRONG + 1)] == [False] * MAX_WRONG + [True]
    assert not keyring.count_wrong("b")
    clock.now += WRONG_SECONDS
    assert not keyring.count_wrong("a")
    session = keyring.open_session(int(time.time() * 1000))
    other = Keyring("token", database, writer, clock)  # as another process over the same database
    assert other.has_session(session)
    keyring.close_session(session)
    assert not keyring.has_session(session)
    assert other.has_session(session)  # it has asked a moment ago
    clock.now += RECHECK_SECONDS
    assert not other.has_session(session)
    writer.stop()
    database.close()


def test_after_signing_in_one_is_on_the_page_that_was_asked_for(server: RunningServer) -> None:
    browser = server.stranger()
    asked = browser.ask("GET", "/runs/run1?x=step&q=val%2Floss", headers={"Accept": "text/html"})
    assert asked.status == 401
    assert b'name="next" value="/runs/run1?x=step&amp;q=val%2Floss"' in asked.body
    form = {"token": str(server.token), "next": "/runs/run1?x=step&q=val%2Floss"}
    wrong = browser.ask("POST", "/login", urlencode(form | {"token": "wrong"}).encode(), FORM)
    assert b'name="next" value="/runs/run1?x=step&amp;q=val%2Floss"' in wrong.body
    right = browser.ask("POST", "/login", urlencode(form).encode(), FORM)
    assert (right.status, right.headers["location"]) == (303, "/runs/run1?x=step&q=val%2Floss")


def test_a_link_too_leads_to_the_page_that_this_browser_asked_for(server: RunningServer) -> None:
    browser = server.stranger()
    asked = browser.ask("GET", "/runs/run1?x=step", headers={"Accept": "text/html"})
    assert "samesite=lax" in asked.headers["set-cookie"].lower()
    followed = browser.ask("GET", link(server), headers={"Cookie": cookie(asked)})
    assert (followed.status, followed.headers["location"]) == (303, "/runs/run1?x=step")
    icon = browser.ask("GET", "/favicon.ico", headers={"Accept": "image/*"})
    assert "set-cookie" not in icon.headers


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.invalid", "/\\evil.invalid", "\\\\evil.invalid", "https://evil.invalid/", "javascript:alert(1)", "runs/1",
     "/\t/evil.invalid", "/runs\r\nSet-Cookie: a=b", "", "/" + "x" * 5000],
)  # fmt: skip
def test_signing_in_never_leads_off_this_server(server: RunningServer, elsewhere: str) -> None:
    browser = server.stranger()
    form = urlencode({"token": str(server.token), "next": elsewhere}).encode()
    assert browser.ask("POST", "/login", form, FORM).headers["location"] == "/"
    kept = browser.ask("GET", "/login?next=" + quote(elsewhere, safe=""))
    assert b'name="next" value="/"' in kept.body
    held = {"Cookie": f"epochwatch_page_{urlsplit(server.url).port}={quote(elsewhere[:500], safe='')}"}
    location = browser.ask("GET", link(server), headers=held).headers["location"]
    assert location == "/" or set(elsewhere) == set("/x")
