"""What the server's rules find is told once in the training's terminal, whatever the server sends."""

import sys
from typing import Any

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer, wait_until

from epochwatch.alerts import MAX_ALERTS, MAX_TOLD, AlertPrinter, ServerAlert, read_alerts

EXPLODED = {
    "id": 7,
    "severity": "critical",
    "rule": "grad_explosion",
    "text": "grad_norm reached 3,256,742.75, 868,465 times its usual 3.75",
    "epoch": 12,
    "try": "clip gradients at 9.4, twice the median norm",
}
TOLD = (
    "ALERT [critical] grad_explosion @ epoch 12: grad_norm reached 3,256,742.75, 868,465 times its usual 3.75\n"
    "    Try: clip gradients at 9.4, twice the median norm\n"
)


@pytest.fixture(autouse=True)
def with_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOCHWATCH_CONSOLE", "on")


def answer_of(run: str, *alerts: Any) -> dict[str, Any]:
    return {"confirmed": 1, "run": f"/runs/{run}", "alerts": list(alerts)}


def test_an_alert_is_printed_once_though_every_answer_brings_it(
    start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(heartbeat_seconds=0.05)
    server.alerts[run.id] = [EXPLODED]
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 3)
    run.finish()
    assert capsys.readouterr().out.count(TOLD) == 1


def test_an_alert_that_comes_with_a_heartbeat_is_printed_while_the_loop_is_silent(
    start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(heartbeat_seconds=0.05)
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 0)
    server.alerts[run.id] = [EXPLODED]
    heard: list[str] = []

    def is_told() -> bool:
        heard.append(capsys.readouterr().out)
        return TOLD in "".join(heard)

    assert wait_until(is_told)


def test_a_server_that_comes_back_repeats_nothing_and_tells_what_is_new(
    start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(heartbeat_seconds=0.05)
    server.alerts[run.id] = [EXPLODED]
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 0)
    server.lose_answers = 2
    assert wait_until(lambda: server.lose_answers == 0)
    server.alerts[run.id] = [EXPLODED, {**EXPLODED, "id": 8, "rule": "nonfinite", "text": "train/loss is NaN"}]
    beats = server.run(run.id).heartbeats
    assert wait_until(lambda: server.run(run.id).heartbeats > beats + 1)
    run.finish()
    out = capsys.readouterr().out
    assert out.count("grad_explosion @ epoch 12") == 1
    assert out.count("ALERT [critical] nonfinite @ epoch 12: train/loss is NaN") == 1


def test_an_alert_that_comes_with_the_very_last_answer_is_printed_before_the_verdict(
    start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start()
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).points)
    server.alerts[run.id] = [EXPLODED]
    run.finish()
    out = capsys.readouterr().out
    assert out.index(TOLD) < out.index("p/n: finished")


@pytest.mark.parametrize("how", ["the console is off", "another rank"])
def test_no_alert_is_printed_where(
    how: str, start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "another rank":
        monkeypatch.setenv("RANK", "1")
        monkeypatch.setenv("WORLD_SIZE", "2")
        monkeypatch.setenv("EPOCHWATCH_ALL_RANKS", "1")
    run = start(heartbeat_seconds=0.05, id="mine", console=None if how == "another rank" else False)
    server.alerts[run.id] = [EXPLODED]
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 1)
    run.finish()
    assert capsys.readouterr().out == ""


def test_nothing_in_an_alert_can_steer_the_terminal_or_fill_it(
    start: Start, server: PacketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = {
        "id": 1,
        "severity": "\x1b[31mworst",
        "rule": "x" * 10_000,
        "text": "\x1b]0;owned\x07\x1b[2J\r\nsudo rm\u202e \u2028 \ud800" + "y" * 100_000,
        "epoch": -5,
        "try": "\x9b5m\nALERT [critical] forged",
    }
    run = start(heartbeat_seconds=0.05)
    server.alerts[run.id] = [hostile]
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 0)
    run.finish()
    _, shown, advice, *_ = capsys.readouterr().out.splitlines()  # the first says where to watch the run
    assert shown.startswith("ALERT [warning] xxx")
    assert shown.isprintable()
    assert len(shown) < 520
    assert advice == "    Try: 5m ALERT [critical] forged"


@pytest.mark.parametrize(
    "said",
    [
        None,
        {"a": 1},
        "alert",
        [None, 3, "x", [], {}],
        [{**EXPLODED, "id": True}, {**EXPLODED, "id": "7"}, {**EXPLODED, "id": None}, {**EXPLODED, "rule": 5}],
    ],
)
def test_a_malformed_alert_is_left_out(said: object) -> None:
    assert read_alerts({**answer_of("r"), "alerts": said}, "r") == ()


def test_an_alert_without_its_text_epoch_or_advice_is_still_an_alert() -> None:
    assert read_alerts(answer_of("r", {"id": 3, "rule": "stalled", "text": 5, "epoch": 1.5}), "r") == (
        ServerAlert(3, "warning", "stalled", "", None, ""),
    )


def test_an_alert_of_another_run_is_not_told() -> None:
    assert read_alerts(answer_of("another", EXPLODED), "r") == ()


def test_a_server_that_never_ceases_to_alert_is_heard_only_so_long() -> None:
    shown: list[ServerAlert] = []
    printer = AlertPrinter(shown.append)
    for answer in range(200):
        alerts = [{**EXPLODED, "id": 100 * answer + number} for number in range(100)]
        printer.tell(read_alerts(answer_of("r", *alerts), "r"))
        assert len(shown) <= min(MAX_TOLD, (answer + 1) * MAX_ALERTS)
    assert len(shown) == MAX_TOLD


def test_after_the_end_nothing_is_printed_any_more() -> None:
    shown: list[ServerAlert] = []
    printer = AlertPrinter(shown.append)
    printer.close()
    printer.tell(read_alerts(answer_of("r", EXPLODED), "r"))
    assert shown == []


def test_a_terminal_that_breaks_does_not_break_the_sender(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(heartbeat_seconds=0.05)
    server.alerts[run.id] = [EXPLODED]
    monkeypatch.setattr(sys, "stdout", object())
    run.log({"loss": 1.0})
    assert wait_until(lambda: server.run(run.id).heartbeats > 2)
    run.finish()
    assert server.run(run.id).of_type("end")
