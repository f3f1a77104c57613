"""What is said before the first epoch."""

from typing import Any

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine, HealthState
from epochwatch_server.health.history import History, RunFacts
from epochwatch_server.health.moment import Moment


def said(**facts: Any) -> dict[str, str]:
    """Ask the rules about a run that has only said what it plans."""
    _, transitions = Engine(RULES).evaluate(History(RunFacts(**facts)), Moment.START, HealthState())
    return {change.alert.rule: change.alert.finding.what for change in transitions if change.kind == "firing"}


def test_the_plan_of_the_sweep_that_killed_its_runs_is_told_at_the_start() -> None:
    sweep = {"metric": "val/param_type_acc", "early_terminate": {"type": "hyperband", "min_iter": 25, "s": 3}}
    told = said(config={"sweep": sweep}, planned_epochs=200, tracked_metric="param_value_mae", mode="min")
    assert told["killed_early"] == "the sweep's scheduler may stop this run from epoch 25 on, of 200 planned"
    assert "val/param_type_acc" in told["metric_mismatch"]
    assert "killed_early" not in said(
        config={"sweep": sweep | {"early_terminate": {"min_iter": 120}}}, planned_epochs=200
    )


def test_numbers_that_are_text_are_told_also_inside_lists() -> None:
    told = said(
        config={"optimizer": {"lr": "5e-5"}, "hidden_sizes": [64, "32"], "run_id": "20260101", "version": "1.4"}
    )
    assert "5e-5" in told["config_string_number"]
    assert "32" in told["config_string_number"]
    assert "20260101" not in told["config_string_number"]


def test_rare_classes_are_told_by_their_counts() -> None:
    assert "class_imbalance" in said(config={"class_counts": {"big": 797, "small": 8}})


def test_a_plain_plan_is_met_with_silence() -> None:
    config = {"lr": 5e-5, "batch_size": 32, "optimizer": "adam", "seed": 1}
    assert said(config=config, planned_epochs=20, tracked_metric="val/acc", mode="max") == {}
