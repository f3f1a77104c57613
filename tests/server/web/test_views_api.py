"""Saved views, notes and verdicts: what people keep for each other, over the API."""

from collections.abc import Sequence

import pytest
from tests.server_process import Client, HandMadeWriter, RunningServer, start_event


@pytest.fixture(scope="module")
def runs(server: RunningServer) -> list[str]:
    """Three runs that only began."""
    ids = []
    with server.client() as client:
        for name in ("one", "two", "three"):
            writer = HandMadeWriter(f"kept-{name}")
            client.post_packet(writer.packet(events=[start_event(name=name)]))
            ids.append(writer.run)
    return ids


def test_a_view_is_saved_listed_replaced_and_forgotten(client: Client) -> None:
    saved = client.send("PUT", "/api/views", {"name": "  my sweep ", "url": "/?project=abr&sort=-best"}).json()
    assert (saved["name"], saved["url"]) == ("my sweep", "/?project=abr&sort=-best")
    again = client.send("PUT", "/api/views", {"name": "my sweep", "url": "/compare?runs=a,b"}).json()
    assert again["id"] == saved["id"]
    assert [view["url"] for view in client.get("/api/views")["views"]] == ["/compare?runs=a,b"]
    assert client.ask("DELETE", f"/api/views/{saved['id']}").status == 204
    assert client.get("/api/views")["views"] == []
    assert client.ask("DELETE", f"/api/views/{saved['id']}").status == 404


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/login?code=x",
        "/api/runs",
        "/runs/a\nb",
        "",
    ],
)
def test_a_view_is_a_page_of_this_server(client: Client, url: str) -> None:
    refused = client.send("PUT", "/api/views", {"name": "x", "url": url})
    assert refused.status == 422
    assert "no page of this server" in refused.json()["detail"]


@pytest.mark.parametrize("name", ["", "   ", "n" * 81])
def test_a_view_has_a_name_that_can_be_read(client: Client, name: str) -> None:
    assert client.send("PUT", "/api/views", {"name": name, "url": "/"}).status == 422


def test_a_note_on_runs_together_does_not_depend_on_their_order(client: Client, runs: Sequence[str]) -> None:
    first, second, _ = runs
    written = client.send("PUT", f"/api/compare/note?runs={first},{second}", {"note": "**Same** data."}).json()
    assert written == {"note": "**Same** data.", "html": "<p><strong>Same</strong> data.</p>"}
    assert client.get(f"/api/compare/note?runs={second},{first}") == written
    assert client.get(f"/api/compare/note?runs={','.join(runs)}")["note"] == ""
    assert client.send("PUT", f"/api/compare/note?runs={second},{first}", {"note": " "}).json()["note"] == ""
    assert client.get(f"/api/compare/note?runs={first},{second}")["note"] == ""


def test_a_note_is_about_two_to_eight_runs_that_exist(client: Client, runs: Sequence[str]) -> None:
    assert client.send("PUT", f"/api/compare/note?runs={runs[0]}", {"note": "x"}).status == 422
    assert client.send("PUT", f"/api/compare/note?runs={runs[0]},nobody", {"note": "x"}).status == 404
    assert client.send("PUT", f"/api/compare/note?runs={runs[0]},{runs[1]}", {"note": "x" * 70_000}).status == 422


def test_a_runs_note_comes_with_its_html(client: Client, runs: Sequence[str]) -> None:
    detail = client.send("PATCH", f"/api/runs/{runs[0]}", {"note": "see <b>`lr`</b>"}).json()
    assert detail["note"] == "see <b>`lr`</b>"
    assert detail["note_html"] == "<p>see &lt;b&gt;<code>lr</code>&lt;/b&gt;</p>"
    assert client.get(f"/api/runs/{runs[0]}/note")["html"] == detail["note_html"]


def test_a_verdict_by_hand_stands_in_every_row(client: Client, runs: Sequence[str]) -> None:
    assert (
        client.send("PATCH", f"/api/runs/{runs[1]}", {"verdict": " catastrophic\n"}).json()["verdict"] == "catastrophic"
    )
    rows = {row["id"]: row["verdict"] for row in client.get("/api/runs")["runs"]}
    assert rows[runs[1]] == "catastrophic"
    assert rows[runs[2]] == ""
    assert [row["id"] for row in client.get("/api/runs?q=catastroph")["runs"]] == [runs[1]]
    compared = client.get(f"/api/compare?runs={runs[1]},{runs[2]}")
    assert [facts["verdict"] for facts in compared["facts"]] == ["catastrophic", ""]
    assert client.send("PATCH", f"/api/runs/{runs[1]}", {"name": "renamed"}).json()["verdict"] == "catastrophic"
    assert client.send("PATCH", f"/api/runs/{runs[1]}", {"verdict": ""}).json()["verdict"] == ""
    assert client.send("PATCH", f"/api/runs/{runs[1]}", {"verdict": "x" * 41}).status == 422
