"""The rules against recorded trainings with known faults: the scores that the documentation shows."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.health.rename_metrics import STYLES, rename_line
from benchmarks.health.score import tally

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.replay import alerts_of, replay
from epochwatch_server.importers.recording import find_recordings, from_objects, read_recording

FOLDER = Path(__file__).parents[2] / "corpus" / "dev"


def test_the_scores_reach_their_goals_without_a_rule_failing() -> None:
    engine, alerts, failures = Engine(RULES), {}, 0
    for path in find_recordings(FOLDER):
        replayed = replay(read_recording(path), engine)
        alerts[replayed.recording.name] = alerts_of(replayed)
        failures += sum(replayed.state.failures.values())
    scores = tally(json.loads((FOLDER / "labels.json").read_text()), alerts).summary()
    assert failures == 0
    assert scores["detected"] >= 0.98
    assert scores["diagnosed"] >= 0.88
    assert scores["precision"] >= 0.97
    assert scores["false_alarms_per_healthy_run"] <= 0.02
    assert scores["critical_false_alarms_per_healthy_run"] == 0
    assert scores["healthy_runs_without_one"] >= 0.98
    assert scores["median_delay"] == 0
    assert scores["p90_delay"] <= 2


@pytest.mark.parametrize("style", STYLES)
def test_other_trainers_names_cost_nothing(style: str) -> None:
    labels: Mapping[str, Any] = json.loads((FOLDER / "labels.json").read_text())
    chosen = {name: labels[name] for name in sorted(labels)[::5]}
    engine, own, renamed = Engine(RULES), {}, {}
    for name in chosen:
        with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt") as file:
            lines = [json.loads(line) for line in file]
        own[name] = alerts_of(replay(from_objects(name, lines), engine))
        renamed[name] = alerts_of(replay(from_objects(name, [rename_line(line, style) for line in lines]), engine))
    before, after = tally(chosen, own).summary(), tally(chosen, renamed).summary()
    assert after["detected"] >= before["detected"] - 0.02
    assert after["false_alarms_per_healthy_run"] <= before["false_alarms_per_healthy_run"] + 0.01


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_the_scale_of_the_loss_changes_nothing(factor: float) -> None:
    labels: Mapping[str, Any] = json.loads((FOLDER / "labels.json").read_text())
    chosen = {name: labels[name] for name in sorted(labels)[3::9]}
    engine, scaled = Engine(RULES), {}
    for name in chosen:
        with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt") as file:
            lines = [_scaled(json.loads(line), factor) for line in file]
        scaled[name] = alerts_of(replay(from_objects(name, lines), engine))
    scores = tally(chosen, scaled).summary()
    assert scores["detected"] >= 0.95
    assert scores["false_alarms_per_healthy_run"] <= 0.02


def _scaled(line: dict[str, Any], factor: float) -> dict[str, Any]:
    metrics = line.get("metrics") or {}
    grown = {n: v * factor for n, v in metrics.items() if isinstance(v, float) and ("loss" in n or "grad_norm" in n)}
    return {**line, "metrics": {**metrics, **grown}}
