"""What no page and no hook would ever ask: answered with what is wrong, never with a mistake of the server."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.server_process import Client, HandMadeWriter, RunningServer, start_event

BEYOND = (2**63, -(2**63) - 1, 2**64, 10**40, -1, 0)  # neither engine holds the first four


def _operations(client: Client) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """List method, path and parameters of everything in the API."""
    for path, methods in client.get("/api/openapi.json")["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation.get("parameters", [])


def _is_whole(parameter: dict[str, Any]) -> bool:
    schema = parameter["schema"]
    return any(one.get("type") == "integer" for one in schema.get("anyOf", [schema]))


@pytest.mark.parametrize("number", BEYOND)
def test_no_whole_number_in_an_address_breaks_the_server(client: Client, run_id: str, number: int) -> None:
    asked = 0
    for method, path, parameters in _operations(client):
        whole = [one for one in parameters if _is_whole(one)]
        needed = {one["name"]: "x" for one in parameters if one["in"] == "query" and one.get("required")}
        query = needed | {one["name"]: str(number) for one in whole if one["in"] == "query"}
        address = path.replace("{run_id}", run_id)
        for one in whole:
            address = address.replace(f"{{{one['name']}}}", str(number))
        address = re.sub(r"\{[^}]*\}", "x", address)
        if whole:
            headers = {"Content-Type": "application/json"} if method in ("POST", "PUT", "PATCH") else {}
            answer = client.ask(method, f"{address}?{urlencode(query)}", b"{}" if headers else None, headers)
            assert answer.status < 500, (method, address, query, answer.body)
            asked += 1
    assert asked > 8


def test_samples_of_a_split_that_has_none_are_none(client: Client, run_id: str) -> None:
    tracks = client.get(f"/api/runs/{run_id}/samples/tracks?split=nothing")
    assert (tracks["epochs"], tracks["samples"], tracks["median"]) == ([], [], [])


def test_a_note_with_half_a_character_is_kept_without_it(client: Client, server: RunningServer, run_id: str) -> None:
    path = f"/api/compare/note?runs={run_id},{_another_run(server)}"
    written = client.ask("PUT", path, b'{"note": "a\\ud800b\\u0000c"}', {"Content-Type": "application/json"})
    assert written.status == 200, written.body
    assert written.json()["note"] == "a?b\ufffdc"
    assert client.get(path)["note"] == "a?b\ufffdc"


def _another_run(server: RunningServer) -> str:
    writer = HandMadeWriter("noted-with")
    with server.client() as client:
        assert client.post_packet(writer.packet(events=[start_event()])).status == 200
    return writer.run
