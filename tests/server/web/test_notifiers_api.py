"""Notifiers over HTTP: made, changed and tested by a program, with nothing secret in any answer."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.receiver import Receiver
from tests.server_process import Client, RunningServer

from epochwatch_server.settings import Flags, WrongSettings, own_url, read_settings, write_address

SECRET = "s3cret-part-4711"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, environment={"EPOCHWATCH_NOTIFY_PRIVATE": "1"}) as running:
        yield running


def make(client: Client, receiver: Receiver, **more: Any) -> dict[str, Any]:
    address = {"address": f"{receiver.url}/{SECRET}?key={SECRET}"}
    answer = client.send("POST", "/api/notifiers", {"name": "hook", "kind": "webhook", "fields": address, **more})
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json()
    return made


def test_nothing_secret_is_in_any_answer_or_log(
    client: Client, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = make(client, receiver)
    assert (made["url"], made["where"], made["kind_title"]) == ("json://•••", "127.0.0.1", "Webhook")
    tested = client.send("POST", f"/api/notifiers/{made['id']}/test", {})
    assert tested.json() == {"ok": True, "answer": "HTTP 200 OK taken"}
    assert receiver.received[0].json()["severity"] == "test"
    wrong = client.send("PATCH", f"/api/notifiers/{made['id']}", {"url": f"xml://{SECRET}@example.com"})
    for text in (str(made), tested.body.decode(), wrong.body.decode(), str(client.get("/api/notifiers")), caplog.text):
        assert SECRET not in text


def test_the_database_file_is_its_owners_alone(server: RunningServer, client: Client, receiver: Receiver) -> None:
    make(client, receiver)
    for path in server.data.glob("epochwatch.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_what_is_left_out_of_a_change_stays_and_null_ends_quiet_hours(client: Client, receiver: Receiver) -> None:
    made = make(client, receiver, quiet_from="22:00", quiet_until="07:00", timezone="Europe/Zurich", projects=["a"])
    path = f"/api/notifiers/{made['id']}"
    changed = client.send("PATCH", path, {"severity": "critical"}).json()
    assert changed == {**made, "severity": "critical"}
    ended = client.send("PATCH", path, {"quiet_from": None, "quiet_until": None, "quiet_holds_critical": None}).json()
    assert ended == {**changed, "quiet_from": None, "quiet_until": None}
    client.send("POST", f"{path}/test", {})
    assert receiver.received[0].path.startswith(f"/{SECRET}")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "carrier-pigeon"}, "there are slack, discord"),
        ({"kind": None}, "There is no kind of notifier ''"),
        ({"name": " "}, "1 to 80 characters"),
        ({"severity": "info"}, "warning or critical"),
        ({"quiet_from": "22:00"}, "both ends"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "reads 22:30"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "last no time"),
        ({"timezone": "../../etc/passwd"}, "no time zone"),
        ({"timezone": "Europe"}, "no time zone"),
        ({"cool_down_seconds": -1}, "cool_down_seconds"),
        ({"url": "file:///etc/passwd"}, "file:// was given"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(
    client: Client, receiver: Receiver, wrong: dict[str, Any], words: str
) -> None:
    body = {"name": "n", "kind": "webhook", "fields": {"address": receiver.url}, **wrong}
    answer = client.send("POST", "/api/notifiers", body)
    assert answer.status == 422
    assert words in answer.json()["detail"]
    assert client.get("/api/notifiers") == {"notifiers": []}


def test_names_are_unique_and_what_is_not_there_is_said_not_to_be(client: Client, receiver: Receiver) -> None:
    make(client, receiver)
    again = {"name": "hook", "kind": "webhook", "fields": {"address": receiver.url}}
    assert client.send("POST", "/api/notifiers", again).status == 409
    assert client.send("PATCH", "/api/notifiers/99", {"name": "x"}).status == 404
    assert client.send("POST", "/api/notifiers/99/test", {}).status == 404
    assert client.ask("DELETE", "/api/notifiers/99").status == 404
    assert client.send("POST", "/api/notifications/none/retry", {}).status == 404


def test_kinds_tell_their_fields_and_which_are_secret(client: Client) -> None:
    kinds = {kind["id"]: kind for kind in client.get("/api/notifiers/kinds")["kinds"]}
    assert [(f["name"], f["is_secret"]) for f in kinds["telegram"]["fields"]] == [("token", True), ("chat", False)]


def test_links_lead_to_the_public_address_or_to_the_servers_own(tmp_path: Path) -> None:
    listening = read_settings(Flags(data=str(tmp_path), port=0), {})
    write_address(tmp_path, "http://127.0.0.1:4711")
    assert own_url(listening) == "http://127.0.0.1:4711"
    public = read_settings(Flags(data=str(tmp_path)), {"EPOCHWATCH_PUBLIC_URL": "https://watch.example/lab/"})
    assert own_url(public) == "https://watch.example/lab"
    with pytest.raises(WrongSettings, match="one reads https://"):
        read_settings(Flags(data=str(tmp_path), public_url="javascript:alert(1)"), {})


def test_private_receivers_need_a_flag_or_the_environment(tmp_path: Path) -> None:
    assert not read_settings(Flags(data=str(tmp_path)), {}).notify_private
    assert read_settings(Flags(data=str(tmp_path), notify_private=True), {}).notify_private
    assert read_settings(Flags(data=str(tmp_path)), {"EPOCHWATCH_NOTIFY_PRIVATE": "1"}).notify_private
