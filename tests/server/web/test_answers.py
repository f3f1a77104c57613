"""Every answer carries the security headers, errors have one shape, and no path leads out of the house."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.server.web.walking import raw, type_of, walk
from tests.server_process import Answer, Client, RunningServer

from epochwatch_server.web.static_files import StaticFiles
from epochwatch_server.web.templating import Templates

HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "cache-control",
)


def assert_dressed(answer: Answer) -> None:
    names = {name.lower() for name in answer.headers}
    assert names >= set(HEADERS), set(HEADERS) - names
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in names


def test_every_answer_of_every_route_carries_the_headers(server: RunningServer, client: Client) -> None:
    stranger = server.stranger()
    for method, path in walk(server):
        if path == "/api/stream":
            continue
        for asker in (client, stranger):
            assert_dressed(asker.ask(method, path, b"{}", type_of(method, path)))
            assert_dressed(asker.ask(method, path, b"{}", {"Content-Type": "text/plain", "Host": "evil.invalid"}))
    assert_dressed(client.ask("GET", "/nowhere"))
    assert_dressed(client.ask("GET", "/api/nowhere"))


def test_an_error_nobody_expected_is_one_line_and_carries_the_headers(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:

        def broken() -> None:
            raise ZeroDivisionError("secret detail")

        server.app.add_api_route("/api/broken", broken)
        answer = client.ask("GET", "/api/broken")
        assert answer.status == 500
        assert answer.json()["error"] == "internal_error"
        assert b"secret" not in answer.body
        assert b"Traceback" not in answer.body
        assert_dressed(answer)


def test_an_installation_without_templates_still_says_what_is_wrong(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        nothing = Templates(tmp_path, StaticFiles(tmp_path))
        server.app.state.services = replace(server.app.state.services, templates=nothing)
        answer = client.ask("GET", "/nowhere")
        assert (answer.status, answer.body[:13]) == (404, b"404 Not Found")
        assert_dressed(answer)


def test_errors_have_one_shape_for_programs_and_are_pages_for_people(client: Client) -> None:
    for path in ("/api/nowhere", "/api/runs/none", "/api/runs/none/points?metric=a", "/api/images/zz"):
        answer = client.ask("GET", path)
        assert answer.status == 404
        assert set(answer.json()) == {"error", "detail", "status"}
    answer = client.ask("GET", "/runs/none")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    invalid = client.ask("GET", "/api/runs?limit=x<script>")
    assert (invalid.status, invalid.json()["error"]) == (422, "invalid_input")


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc%5cpasswd",
        "....//....//etc/passwd",
        "%252e%252e%252fetc%252fpasswd",
        "/etc/passwd",
        "//etc/passwd",
        "..;/etc/passwd",
        "%00",
        "x%00.js",
        "file:///etc/passwd",
        "%c0%ae%c0%ae/etc/passwd",
        "css/../../server/epochwatch_server/settings.py",
        "x" * 5000,
    ],
)
def test_no_path_leads_out(server: RunningServer, client: Client, path: str) -> None:
    for prefix in ("/static/", "/static/0000000000000000/", "/api/images/", "/runs/", "/api/runs/", "/"):
        answer = client.ask("GET", prefix + path)
        assert answer.status in (400, 404, 405, 422), (prefix, answer.status)
        assert b"root:" not in answer.body
        assert b"make_token" not in answer.body
    assert raw(server, f"GET {server.url}/../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") in (
        400,
        401,
        404,
    )
