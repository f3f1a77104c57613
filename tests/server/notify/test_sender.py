"""A message goes where it should and nowhere else, whatever the receiver does."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.receiver import Receiver
from tests.server.notify.samples import FILLED_IN

from epochwatch_server.notify.catalogue import KINDS
from epochwatch_server.notify.destination import from_fields
from epochwatch_server.notify.kind import Message
from epochwatch_server.notify.sender import MAX_ANSWER_CHARS, Sender

MESSAGE = Message("id-1", "[critical] a run: Overfitting", "It goes wrong.\nhttp://w.example/runs/a_b", "critical")
ANYWHERE = Sender(allows_private=True, seconds=5)
PUBLIC = Sender(allows_private=False, seconds=5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


class Resolver:
    """Stands in for the name service, which tests cannot have: each look-up gets the next answer, or the last again."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        family = socket.AF_INET6 if ":" in answer else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (answer, port))]


def hook(receiver: Receiver, path: str = "/hook") -> str:
    return from_fields("webhook", {"address": receiver.url + path}, allows_private=True)[1]


def test_the_receivers_answer_is_told(receiver: Receiver) -> None:
    outcome = ANYWHERE.send("webhook", hook(receiver), MESSAGE)
    assert (outcome.is_sent, outcome.answer) == (True, "HTTP 200 OK taken")
    receiver.status, receiver.text = 500, b"<h1>\nno\x00 room</h1>" + b"x" * 2_000_000
    outcome = ANYWHERE.send("webhook", hook(receiver), MESSAGE)
    assert not outcome.is_sent
    assert outcome.answer.startswith("HTTP 500 Internal Server Error <h1> no")
    assert len(outcome.answer) <= MAX_ANSWER_CHARS


def test_a_webhook_gets_the_message_in_fields_and_its_own_headers(receiver: Receiver) -> None:
    values = {"address": f"{receiver.url}/a/b?key=1&key2=x%26y", "authorization": "Bearer abc+/="}
    _, address = from_fields("webhook", values, allows_private=True)
    assert ANYWHERE.send("webhook", address, MESSAGE).is_sent
    (got,) = receiver.received
    assert got.path == "/a/b?key=1&key2=x%26y"
    assert got.headers["Authorization"] == "Bearer abc+/="
    assert {name: got.json()[name] for name in ("id", "title", "message", "severity")} == {
        "id": MESSAGE.id, "title": MESSAGE.title, "message": MESSAGE.body, "severity": "critical",
    }  # fmt: skip


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    with Receiver() as inside:
        receiver.status, receiver.headers = 302, {"Location": inside.url}
        outcome = ANYWHERE.send("webhook", hook(receiver), MESSAGE)
        assert not outcome.is_sent
        assert "redirect, which is not followed" in outcome.answer
        assert inside.received == []


def test_a_name_that_leads_elsewhere_at_sending_time_is_refused_there(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.url.rpartition(":")[2]
    resolver = Resolver("93.184.216.34", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    _, address = from_fields("webhook", {"address": f"http://rebound.example:{port}/x"}, allows_private=False)
    outcome = PUBLIC.send("webhook", address, MESSAGE)
    assert outcome.is_final
    assert outcome.answer.startswith("rebound.example, which is 127.0.0.1, is not on the public internet.")
    assert receiver.received == []


def test_the_address_that_was_checked_is_the_one_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.url.rpartition(":")[2]
    resolver = Resolver("127.0.0.1", "192.0.2.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    assert ANYWHERE.send("webhook", f"json://own.example:{port}/x", MESSAGE).is_sent
    assert resolver.asked == ["own.example"]
    assert receiver.received[0].headers["Host"] == f"own.example:{port}"


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS])
def test_every_kind_goes_through_the_guard(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Resolver("127.0.0.1"))
    _, address = from_fields(kind, FILLED_IN[kind], allows_private=True)
    with connections() as opened:
        outcome = PUBLIC.send(kind, address, MESSAGE)
    assert "is not on the public internet" in outcome.answer
    assert outcome.is_final
    assert opened == []


def test_proxies_and_passwords_of_this_machine_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ANYWHERE.send("webhook", hook(receiver), MESSAGE).is_sent
    assert "Authorization" not in receiver.received[0].headers


def test_a_receiver_that_says_nothing_or_a_byte_now_and_then_is_left_in_time() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def dribble() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    began = time.monotonic()
    outcome = Sender(allows_private=True, seconds=1.0).send(
        "webhook", f"json://127.0.0.1:{listener.getsockname()[1]}/x", MESSAGE
    )
    ended.set()
    thread.join()
    listener.close()
    assert (outcome.is_sent, outcome.answer) == (False, "The receiver took too long to answer.")
    assert time.monotonic() - began < 5


def test_one_that_is_not_there_or_hangs_up_is_said_to_be(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = ANYWHERE.send("webhook", f"json://127.0.0.1:{port}/secret-path", MESSAGE)
    assert outcome.answer == f"Nobody could be reached at 127.0.0.1 port {port}: Connection refused."
    outcome = ANYWHERE.send("webhook", hook(receiver).replace("json:", "jsons:"), MESSAGE)
    assert outcome.answer == "No secure connection could be made; does the receiver speak TLS on this port?"


def test_mail_is_handed_over_and_the_servers_words_are_told() -> None:
    with MailServer() as server:
        values = {
            "to": "one@example.com two@example.com", "sender": "watch@example.com", "server": "127.0.0.1",
            "port": str(server.port), "security": "insecure",
        }  # fmt: skip
        _, address = from_fields("email", values, allows_private=True)
        outcome = ANYWHERE.send("email", address, MESSAGE)
    assert (outcome.is_sent, outcome.answer) == (True, "250 taken as 42")
    mail = "\n".join(server.lines)
    for one in ("one", "two"):
        assert f"rcpt to:<{one}@example.com>" in mail.lower()
    assert "X-Epochwatch-Notification: id-1" in mail
    assert "Subject: [critical] a run: Overfitting" in mail
    assert "text/html" not in mail


class connections:  # noqa: N801 - reads as what it lists
    """Lists the addresses that this process connects to while it is entered."""

    heard: list[Any] | None = None

    def __enter__(self) -> list[Any]:
        if not hasattr(connections, "is_listening"):
            sys.addaudithook(connections._hear)
            connections.is_listening = True  # type: ignore[attr-defined]
        connections.heard = []
        return connections.heard

    def __exit__(self, *_: object) -> None:
        connections.heard = None

    @staticmethod
    def _hear(event: str, given: tuple[Any, ...]) -> None:
        if event == "socket.connect" and connections.heard is not None:
            connections.heard.append(given[1])


class MailServer:
    """A mail server that takes everything, on loopback."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lines: list[str] = []
        self._listener.settimeout(10)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as talk:

            def say(text: str) -> None:
                talk.write(text.encode() + b"\r\n")
                talk.flush()

            say("220 here")
            is_body = False
            for line in talk:
                text = line.decode().rstrip("\r\n")
                self.lines.append(text)
                if is_body:
                    is_body = text != "."
                    if not is_body:
                        say("250 taken as 42")
                elif text == "data":
                    is_body = True
                    say("354 go on")
                elif text.lower() == "quit":
                    say("221 bye")
                    return
                else:
                    say("250 fine")
