"""What is measured: one function a table, each from a contender to named numbers, the unit in the name."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.adapters.base import Base
from benchmarks.peers.workload import METRICS, TrainingStep, images, scalars

Numbers = dict[str, float]
now = time.perf_counter
CAP_SECONDS = 45.0  # a contender that is not done by then is judged by what it did
READY_SECONDS = 90.0
LIVE_HZ = 10


def loop(contender: Base) -> Numbers:
    """A training loop without and with ten scalars a step."""
    step, rows = TrainingStep(), scalars(1500)
    if contender.server_to_log:
        contender.serve()
    for _ in range(100):
        step()
    bare = [_timed(step) for _ in range(500)]
    memory, began = _memory_mib(), now()
    contender.open()
    contender.log(rows[0], 0)
    ready, memory = now() - began, _memory_mib() - memory
    computing, calls = [], []
    for number, row in enumerate(rows[1:], 1):
        computing.append(_timed(step))
        calls.append(_timed(contender.log, row, number))
    finish = _timed(contender.close)
    bare += [_timed(step) for _ in range(500)]
    return {
        "step ms": _median(bare) * 1e3,
        "call us": _median(calls) * 1e6,
        "call p99 us": _p99(calls) * 1e6,
        "loop ratio": (_median(computing) + _median(calls)) / _median(bare),
        "import+init+first log s": ready,
        "memory MiB": memory,
        "finish s": finish,
    }


def tight(contender: Base) -> Numbers:
    """20,000 calls of ten scalars with nothing between."""
    rows = scalars(20_000)
    if contender.server_to_log:
        contender.serve()
    contender.open()
    calls, end = [], now() + CAP_SECONDS
    for number, row in enumerate(rows):
        calls.append(_timed(contender.log, row, number))
        if now() > end:
            break
    finish = _timed(contender.close)
    return {
        "calls": len(calls),
        "call us": _median(calls) * 1e6,
        "mean us": statistics.fmean(calls) * 1e6,
        "call p99 us": _p99(calls) * 1e6,
        "finish s": finish,
    }


def store(contender: Base) -> Numbers:
    """Ten metrics of 100,000 steps until a chart shows the last; then that chart cold and warm; disk."""
    rows = scalars(100_000)
    if contender.has_ui and not contender.late_server:
        contender.serve()
    contender.open()
    began, done = now(), 0
    for done, row in enumerate(rows, 1):
        contender.log(row, done - 1)
        if done % 100 == 0 and now() - began > CAP_SECONDS:
            break
    contender.close()
    if not (contender.has_ui or contender.direct):
        return {"steps": done, "log+finish s": now() - began}
    _wait_for(lambda: _last_step(contender) >= done - 1)
    seconds = now() - began
    contender.stop()
    size = _size(contender.store)
    if contender.has_ui:
        contender.serve()
    began = now()
    _wait_for(lambda: _last_step(contender) >= done - 1)
    cold = now() - began
    warm = [_timed(contender.chart_fetch, "r0", METRICS) for _ in range(5)]
    sent, reply = contender.chart_fetch("r0", METRICS)
    chart = contender.chart_parse(reply)
    return {
        "steps": done,
        "points/s": 10 * done / seconds,
        "bytes/scalar": size / (10 * done),
        "chart cold ms": cold * 1e3,
        "chart warm ms": _median(warm) * 1e3,
        "points": sum(map(len, chart.values())),
        "chart bytes": sent,
        "spikes of 10": sum(max(series.values()) > 100 for series in chart.values()),
    }


def live(contender: Base) -> Numbers:
    """From `log` in one process to the value being readable in another."""
    if not contender.has_ui:
        return {}
    if not contender.late_server:
        contender.serve()
    epoch = time.time()
    name = type(contender).__module__.rpartition(".")[2]
    asked = json.dumps({"contender": name, "store": str(contender.store), "port": contender.port, "epoch": epoch})
    writer = subprocess.Popen([sys.executable, "-m", "benchmarks.peers.live_writer", asked])
    delays: dict[int, float] = {}
    polls, patience = [], now() + READY_SECONDS
    while now() < patience:
        began = now()
        try:
            series = contender.chart_parse(contender.chart_fetch("r0", METRICS[:1])[1]).get(METRICS[0], {})
        except (OSError, ValueError, KeyError):
            series = {}
        seen = time.time() - epoch
        polls.append(now() - began)
        for step, value in series.items():
            delays.setdefault(step, seen - value)
        if writer.poll() is not None:
            patience = min(patience, now() + 6)
        time.sleep(0.02)
    writer.wait()
    waits = list(delays.values())
    return {
        "seen": len(waits),
        "p50 ms": _median(waits) * 1e3,
        "p99 ms": _p99(waits) * 1e3,
        "poll ms": _median(polls) * 1e3,
    }


def runs(contender: Base) -> Numbers:
    """Up to 1,000 runs of ten metrics and 100 steps; then the table of runs with last values."""
    if not contender.has_ui:
        return {}
    rows, began, made = scalars(100, spike=1.0), now(), 0
    for made in range(1, 1001):
        contender.open(f"r{made}")
        for number, row in enumerate(rows):
            contender.log(row, number)
        contender.close()
        if now() - began > 2 * CAP_SECONDS:
            break
    writing = now() - began
    contender.serve()
    first = _timed(contender.runs_fetch, METRICS)
    _wait_for(lambda: contender.runs_parse(contender.runs_fetch(METRICS)[1])[1] >= 10 * made)
    warm = [_timed(contender.runs_fetch, METRICS) for _ in range(3)]
    sent, reply = contender.runs_fetch(METRICS)
    return {
        "runs": made,
        "write ms a run": writing / made * 1e3,
        "table first ms": first * 1e3,
        "table warm ms": _median(warm) * 1e3,
        "table bytes": sent,
        "values": contender.runs_parse(reply)[1],
    }


def images_(contender: Base) -> Numbers:
    """Eight images of 384 x 384, the same ones every time."""
    shown = images()
    if contender.server_to_log:
        contender.serve()
    contender.open()
    before, calls, end = _size(contender.store.parent), [], now() + CAP_SECONDS
    for number in range(100):
        calls.append(_timed(contender.log_images, "val", shown, number))
        if now() > end:
            break
    finish = _timed(contender.close)
    contender.stop()
    stored = _size(contender.store.parent) - before
    return {
        "calls": len(calls),
        "call ms": _median(calls) * 1e3,
        "call p99 ms": _p99(calls) * 1e3,
        "finish s": finish,
        "bytes/image": stored / len(calls) / len(shown),
    }


MEASURES: dict[str, Callable[[Base], Numbers]] = {
    "loop": loop, "tight": tight, "store": store, "live": live, "runs": runs, "images": images_,
}  # fmt: skip


def _timed(action: Callable[..., object], *arguments: object) -> float:
    began = now()
    action(*arguments)
    return now() - began


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * len(values))] if values else float("nan")


def _last_step(contender: Base) -> int:
    series = contender.chart_parse(contender.chart_fetch("r0", METRICS)[1])
    return min((max(series.get(metric) or {-1: 0.0}) for metric in METRICS), default=-1)


def _wait_for(is_true: Callable[[], bool]) -> None:
    end = now() + READY_SECONDS
    while not is_true() and now() < end:
        time.sleep(0.1)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _memory_mib() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096 / 2**20
