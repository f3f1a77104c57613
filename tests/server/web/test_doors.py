"""Every route of the running app, walked and not listed, is closed to those who may not come in."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.server.web.walking import closed, raw, type_of, walk
from tests.server_process import Client, RunningServer

FOREIGN_HOSTS = [
    "evil.invalid",
    "evil.invalid:8421",
    "localhost.evil.invalid",
    "127.0.0.1.evil.invalid",
    "192.168.7.7",
    "[::2]",
    "localhost.",
    "localhost:x",
    "[::1",
    "127.0.0.1@evil.invalid",
    "0.0.0.0",
    "",
]


def test_no_route_answers_without_a_token(server: RunningServer) -> None:
    stranger = server.stranger()
    for method, path in closed(server):
        answer = stranger.ask(method, path, b"{}", type_of(method, path))
        assert answer.status == 401, (method, path, answer.status)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_no_route_takes_a_wrong_token(server: RunningServer) -> None:
    token = server.token or ""
    wrong = [
        "Bearer",
        "Bearer ",
        f"Bearer {token[:-1]}",
        f"Bearer {token}x",
        f"Bearer {token.swapcase()}",
        f"Bearer {token} {token}",
        f"Basic {token}",
        f"Basic OnRva2Vu{token}",
        token,
        "Bearer t\xf6ken",
        f"Bearer {token[:20]}\t{token[20:]}",
    ]
    stranger = server.stranger()
    for method, path in closed(server):
        for given in wrong:
            headers = {"Authorization": given, **type_of(method, path)}
            assert stranger.ask(method, path, b"{}", headers).status in (401, 429), (method, path, given)


def test_a_token_or_code_in_the_address_opens_nothing(server: RunningServer) -> None:
    stranger = server.stranger()
    for name in ("token", "access_token", "code", "authorization"):
        assert stranger.ask("GET", f"/api/runs?{name}={server.token}").status == 401
    assert stranger.ask("GET", "/api/runs", headers={"Cookie": f"epochwatch_session={server.token}"}).status == 401


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_no_route_answers_to_a_foreign_host(server: RunningServer, host: str) -> None:
    for method, path in walk(server):
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n"
        assert raw(server, head + "Content-Length: 0\r\nConnection: close\r\n\r\n") == 403, (method, path)


def test_a_missing_host_and_two_of_them_are_bad_requests(server: RunningServer) -> None:
    allowed = f"Host: {urlsplit(server.url).netloc}\r\n"
    for hosts in ("", allowed * 2, allowed + "Host: evil.invalid\r\n"):
        assert raw(server, f"GET /health HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n") == 400
    assert raw(server, "GET /health HTTP/1.0\r\n\r\n") == 400


def test_own_names_are_answered_on_any_port_as_a_tunnel_shows_them(server: RunningServer) -> None:
    for host in ("127.0.0.1", "localhost", "LOCALHOST:9999", "[::1]", "[::1]:80"):
        assert raw(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n") == 200


def test_no_route_is_written_to_from_another_site(server: RunningServer, client: Client) -> None:
    host = urlsplit(server.url).netloc
    port = urlsplit(server.url).port or 0
    foreign: list[dict[str, str]] = [
        {"Origin": "http://evil.invalid"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port + 1}"},
        {"Origin": f"https://{host}"},
        {"Origin": f"http://{host}.evil.invalid"},
        {"Origin": f"http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": server.url, "Sec-Fetch-Site": "cross-site"},
    ]
    for method, path in walk(server):
        if method in ("GET", "HEAD") and not path.startswith("/api"):
            continue  # a link from elsewhere may lead to a page
        for headers in foreign:
            answer = client.ask(method, path, b"{}", type_of(method, path) | headers)
            assert answer.status == 403, (method, path, headers)


def test_own_pages_may_ask(server: RunningServer, client: Client) -> None:
    for headers in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert client.ask("GET", "/api/runs", headers=headers).status == 200
        assert client.ask("POST", "/api/login-codes", b"", headers | {"Content-Type": "application/json"}).status == 201


def test_no_route_takes_what_a_form_can_send(server: RunningServer, client: Client) -> None:
    forms = ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "")
    for method, path in walk(server):
        if method not in ("POST", "PUT", "PATCH"):
            continue
        for form in forms:
            if path == "/login" and "urlencoded" in form:
                continue
            assert client.ask(method, path, b"a=b", {"Content-Type": form}).status == 415, (method, path, form)


def test_reading_a_writing_route_and_unknown_methods_do_nothing(
    server: RunningServer, client: Client, run_id: str
) -> None:
    for path in ("/api/packets", f"/api/runs/{run_id}/stop", "/api/login-codes", "/api/logout"):
        assert client.ask("GET", path).status == 405
    for method in ("TRACE", "CONNECT", "PROPFIND", "PUT"):
        answer = client.ask(method, "/api/runs", b"", {"Content-Type": "application/json"})
        assert answer.status in (400, 405), method
    headers = {"X-HTTP-Method-Override": "DELETE", "Content-Type": "application/json"}
    assert client.ask("POST", f"/api/runs/{run_id}?_method=DELETE", b"{}", headers).status == 405
    assert client.get(f"/api/runs/{run_id}")["id"] == run_id


def test_a_preflight_of_another_site_is_told_nothing(server: RunningServer) -> None:
    stranger = server.stranger()
    asked = {"Origin": "http://evil.invalid", "Access-Control-Request-Method": "DELETE"}
    answer = stranger.ask("OPTIONS", "/api/runs/x", headers=asked)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_server_without_a_token_still_checks_who_asks(tmp_path: Path) -> None:
    with RunningServer(tmp_path, "--no-token") as server, server.client() as anyone:
        assert anyone.ask("GET", "/api/runs").status == 200
        assert anyone.ask("GET", "/api/runs", headers={"Host": "evil.invalid"}).status == 403
        assert anyone.ask("DELETE", "/api/runs/x", headers={"Origin": "http://evil.invalid"}).status == 403
        assert anyone.ask("GET", "/login").status == 303


def test_configured_names_are_answered_and_may_be_served_as_https_by_a_proxy(tmp_path: Path) -> None:
    environment = {"EPOCHWATCH_ALLOWED_HOSTS": "plain.example, https://safe.example"}
    with RunningServer(tmp_path, environment=environment) as server, server.client() as client:
        for host, origin, expected in (
            ("plain.example", "http://plain.example", 200),
            ("plain.example", "https://plain.example", 403),
            ("safe.example", "https://safe.example", 200),
            ("safe.example:444", "https://safe.example", 403),
            ("other.example", "http://other.example", 403),
        ):
            assert client.ask("GET", "/api/runs", headers={"Host": host, "Origin": origin}).status == expected
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for host, is_secure in (("safe.example", True), ("plain.example", False)):
            answer = client.ask("POST", "/login", f"token={server.token}".encode(), form | {"Host": host})
            assert ("secure" in answer.headers["set-cookie"].lower()) is is_secure
