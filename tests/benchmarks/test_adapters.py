"""The contenders of the benchmark do what its measures expect of them."""

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from benchmarks.adapters.base import Base
from benchmarks.peers.__main__ import measure_one, report
from benchmarks.peers.workload import METRICS, images, scalars

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(
    path.stem for path in (ROOT / "benchmarks" / "adapters").glob("*.py") if path.stem not in {"__init__", "base"}
)


def make(name: str, store: Path) -> Base:
    contender: Base = import_module(f"benchmarks.adapters.{name}").Contender(store)
    return contender


@pytest.mark.parametrize("name", NAMES)
def test_a_contender_overrides_only_what_the_interface_has(name: str, tmp_path: Path) -> None:
    kind = type(make(name, tmp_path))
    for method, function in inspect.getmembers(kind, inspect.isfunction):
        expected = getattr(Base, method, None)
        if not method.startswith("_") and expected is not None:
            assert list(inspect.signature(function).parameters) == list(inspect.signature(expected).parameters)
        else:
            assert method.startswith("_")


def test_epochwatch_delivers_a_chart_with_every_spike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = scalars(3000)
    contender = make("epochwatch", tmp_path / "store")
    set_environment(contender, monkeypatch)
    try:
        contender.serve()
        contender.open()
        for step, row in enumerate(rows):
            contender.log(row, step)
        contender.log_images("val", images(2), 0)
        contender.close()
        size, reply = contender.chart_fetch("r0", METRICS)
        chart = contender.chart_parse(reply)
        assert contender.runs_parse(contender.runs_fetch(METRICS)[1]) == (1, len(METRICS))
    finally:
        contender.stop()

    assert size > 0
    assert set(chart) == set(METRICS)
    for metric, series in chart.items():
        assert max(series) == len(rows) - 1
        assert len(series) <= 2002
        assert max(series.values()) == max(row[metric] for row in rows)


def test_a_line_file_holds_every_step(tmp_path: Path) -> None:
    contender = make("jsonl", tmp_path)
    contender.open()
    rows = scalars(50)
    for step, row in enumerate(rows):
        contender.log(row, step)
    contender.close()

    chart = contender.chart_parse(contender.chart_fetch("r0", METRICS)[1])
    assert list(chart[METRICS[0]].values()) == [row[METRICS[0]] for row in rows]


def test_the_workload_is_the_same_every_time_and_holds_one_spike_a_metric() -> None:
    rows = scalars(1000)

    assert rows == scalars(1000)
    for metric in METRICS:
        assert sum(row[metric] > 100 for row in rows) == 1
    assert all(np.array_equal(one, other) for one, other in zip(images(2), images(2), strict=True))


def test_a_measure_runs_in_a_process_of_its_own_and_is_reported() -> None:
    numbers = measure_one("nothing", sys.executable, "tight")

    assert numbers is not None
    assert numbers["calls"] == 20_000
    table = report({"tight": {"nothing": [numbers]}})
    assert "| nothing | 1 | 20,000 |" in table


def test_the_fault_tools_read_back_what_a_trainer_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contender = make("epochwatch", tmp_path / "store")
    set_environment(contender, monkeypatch)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "benchmarks"), *sys.path])}
    log = "import torture; run = torture.make('r1'); run.log(7, {'m0': 0.25}); run.close()"
    try:
        contender.serve()
        environment["EPOCHWATCH_SERVER"] = f"http://127.0.0.1:{contender.port}"
        subprocess.run([sys.executable, "-c", log], env=environment, check=True)
        dump = [sys.executable, str(ROOT / "benchmarks" / "torture.py"), "dump"]
        lines = subprocess.run(dump, env=environment, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    finally:
        contender.stop()

    assert [json.loads(line) for line in lines] == [{"run": "r1", "metric": "m0", "step": 7, "value": 0.25}]


def set_environment(contender: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in contender.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "client_hook"), str(ROOT / "server")]))
    monkeypatch.setenv("EPOCHWATCH_SERVER", "")
