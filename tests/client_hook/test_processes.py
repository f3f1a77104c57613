"""Real processes that are killed, fork, crash, are interrupted, or simply end."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.client_hook.packet_server import PacketServer, Stored, wait_until

from epochwatch import sync


def script(body: str, server: PacketServer | None, **environment: str) -> "subprocess.Popen[str]":
    """Start a Python process that runs `body`; without a server it gets an address where nobody listens."""
    return subprocess.Popen(
        [sys.executable, "-c", body],
        env={**os.environ, "EPOCHWATCH_SERVER": server.url if server else "http://127.0.0.1:9", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def only_run(server: PacketServer) -> Stored:
    (stored,) = server.runs.values()
    return stored


LEDGER = """
import os, sys, epochwatch
run = epochwatch.init("p", "n", id="killed", heartbeat_seconds=0.2)
ledger = os.open(sys.argv[1] if len(sys.argv) > 1 else os.environ["LEDGER"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
start = int(os.environ["START"])
step = start
while True:
    run.log({"a": step, "b": step * 0.5}, step)
    os.write(ledger, b"%d\\n" % step)
    step += 1
    if step % 50 == 0:
        os.sched_yield()
"""


def test_what_log_returned_for_survives_kill_minus_nine_and_arrives_once(server: PacketServer, tmp_path: Path) -> None:
    rng = random.Random(7)
    ledger = tmp_path / "ledger"
    for kill in range(6):
        # With the server there, away, and answering only half of the time.
        server.lose_answers = 1000 if kill % 3 == 2 else 0
        child = script(LEDGER, None if kill % 3 == 1 else server, LEDGER=str(ledger), START=str(kill * 10_000_000))
        before = _size(ledger)
        wait_until(lambda before=before: _size(ledger) > before)  # type: ignore[misc]
        time.sleep(rng.uniform(0.0, 0.25))
        child.kill()
        child.communicate()
        server.lose_answers = 0
    result = sync.deliver(server=server.url)
    assert (result.errors, result.waiting) == ((), 0)
    assert list((tmp_path / "data" / "spool").iterdir()) == []
    stored = server.run("killed")
    accepted = {int(line) for line in ledger.read_text().splitlines()}
    assert len(accepted) > 1000
    assert accepted <= {step for name, step in stored.points if name == "b"}
    assert all(stored.points["b", step] == step * 0.5 for step in accepted)
    rows = [(row[0], row[2]) for row in stored.rows]
    assert len(rows) == len(set(rows))  # nothing twice
    assert stored.of_type("end") == []  # nobody saw it end


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


FORKING = """
import multiprocessing, os, epochwatch
run = epochwatch.init("p", "n", epochs=1)

def work(number):
    run.log({"child": 1.0})
    run.note("from a child")
    epochwatch.log({"child": 2.0})
    return run.should_stop, os.path.exists("/proc/self/fd")

if __name__ == "__main__":
    for round in range(20):
        for step in range(50):
            run.log({"parent": 1.0 * step}, round * 50 + step)
        pid = os.fork()
        if pid == 0:
            work(0)
            run.finish()
            raise SystemExit(0)
        run.log({"meanwhile": 1.0}, round)
        assert os.waitpid(pid, 0)[1] == 0
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(4)) == [(False, True)] * 4
    run.finish()
    print("done")
"""


def test_forked_children_are_silent_and_leave_the_parent_alone(server: PacketServer) -> None:
    child = script(FORKING, server)
    out, err = child.communicate(timeout=30)
    assert (out, err, child.returncode) == ("done\n", "", 0)
    stored = only_run(server)
    assert {name for name, _ in stored.points} == {"parent", "meanwhile"}
    assert sorted(step for name, step in stored.points if name == "parent") == list(range(1000))
    assert len(stored.rows) == 1020
    assert stored.of_type("note") == []
    assert len(stored.of_type("end")) == len(stored.of_type("start")) == 1


CRASHING = """
import epochwatch
run = epochwatch.init("p", "n", epochs=5, config={"lr": "5e-5"})
weights = [w for w in (run.config.lr,) if 0.0 <= w]
"""


def test_a_crash_before_the_first_epoch_keeps_its_traceback(server: PacketServer) -> None:
    child = script(CRASHING, server)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 1
    assert "TypeError: '<=' not supported" in err  # the user sees it as ever
    stored = only_run(server)
    (end,) = stored.of_type("end")
    assert end["reason"] == "crashed"
    assert "TypeError: '<=' not supported between instances of 'float' and 'str'" in end["traceback"]
    assert stored.of_type("start")[0]["config"] == {"lr": "5e-5"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [("run.log({'a': 1.0})", "finished"),
     ("run.log({'a': 1.0}); raise KeyboardInterrupt", "interrupted"),
     ("import sys; run.log({'a': 1.0}); sys.exit(0)", "finished"),
     ("[run.log({'val/loss': 1.0 + e}) for e in run.epochs()]", "early_stopped"),
     ("import threading; t = threading.Thread(target=run.log, args=({'a': 1.0},)); t.start(); t.join()", "finished"),
     ("import signal, os, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); run.log({'a': 1.0}); "
      "os.kill(os.getpid(), signal.SIGTERM)", "finished")],
)  # fmt: skip
def test_a_process_that_just_ends_ends_its_run(server: PacketServer, body: str, reason: str) -> None:
    head = "import epochwatch\nrun = epochwatch.init('p', 'n', epochs=9, track='val/loss', patience=1)\n"
    script(head + body, server).communicate(timeout=20)
    stored = only_run(server)
    assert stored.points
    assert [end["reason"] for end in stored.of_type("end")] == [reason]


INTERRUPTED = """
import epochwatch, itertools, json, os, random, signal
run = epochwatch.init("p", "n")
accepted, nested, caught = [], 0, 0

def alarm(number, frame):
    global nested
    nested += 1
    run.log({"nested": 1.0}, nested)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 4e-4))
    if nested % 2:
        raise KeyboardInterrupt

signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 1e-3)
step = itertools.count()
while caught < 400:
    try:
        while True:
            now = next(step)
            run.log({"a": float(now), "b": 1.0}, now)
            accepted.append(now)
    except KeyboardInterrupt:
        caught += 1
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
run.finish()
print(json.dumps([accepted, nested]))
"""


def test_interrupts_and_handlers_that_log_at_any_moment_lose_nothing(server: PacketServer) -> None:
    child = script(INTERRUPTED, server)
    out, err = child.communicate(timeout=40)
    assert child.returncode == 0, err
    accepted, nested = json.loads(out)
    stored = only_run(server)
    assert set(accepted) <= {step for name, step in stored.points if name == "a"}
    assert all(stored.points["a", step] == step for step in accepted)
    assert {step for name, step in stored.points if name == "nested"} == set(range(1, nested + 1))
    assert stored.of_type("dropped") == []
    numbers = [row[1] for row in stored.rows if row[0] == "a"]
    assert len(numbers) == len(set(numbers))


TERMINATED = """
import epochwatch, signal, sys, os
run = epochwatch.init("p", "n")

def stop(number, frame):
    run.finish(reason="interrupted")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
step = 0
while True:
    run.log({"a": 1.0}, step)
    step += 1
"""


def test_a_handler_may_finish_the_run_in_the_middle_of_a_call(server: PacketServer) -> None:
    children = [script(TERMINATED, server) for _ in range(4)]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.05)
        child.terminate()
    for child in children:
        _, err = child.communicate(timeout=20)
        assert (child.returncode, err) == (0, "")
    assert [[end["reason"] for end in stored.of_type("end")] for stored in server.runs.values()] == [
        ["interrupted"]
    ] * 4


def test_importing_starts_nothing_and_needs_no_torch() -> None:
    body = (
        "import sys, threading, epochwatch\n"
        "print(threading.active_count(), sorted({'torch', 'numpy', 'ssl', 'http.client'} & set(sys.modules)))"
    )
    out, _ = script(body, None).communicate(timeout=20)
    assert out == "1 []\n"


def test_nothing_goes_to_the_terminal_but_one_warning_when_nobody_listens(tmp_path: Path) -> None:
    body = "import epochwatch\nrun = epochwatch.init('p')\nfor s in range(100): run.log({'a': 1.0})\nrun.finish()"
    out, err = script(body, None, EPOCHWATCH_CONSOLE="off").communicate(timeout=20)
    assert out == ""
    assert [line.partition(":")[0] for line in err.splitlines()] == ["epochwatch"] * 2
    assert "cannot deliver just now" in err
    assert "ended before the server had everything" in err
