"""Targets and bands are scored as somebody who set them would."""

import math

from tests.server.charts.curves import by_epoch, make_run

from epochwatch_server.charts.standing import Standing, standings
from epochwatch_server.charts.tracks import epochs_of_points
from epochwatch_server.domain.run import Declared, RunState, Tracked

F1 = "val/f1_macro"


def stand(
    values: list[float],
    targets: dict[str, float] | None = None,
    bands: dict[str, float] | None = None,
    *,
    metric: str = F1,
    planned: int | None = 100,
    state: RunState = RunState.RUNNING,
    tracked: Tracked | None = None,
) -> Standing:
    declared = Declared(targets={metric: targets or {}}, bands={metric: bands or {}})
    run = make_run(declared=declared, planned_epochs=planned, state=state, tracked=tracked)
    (found,) = standings(run, {metric: epochs_of_points(by_epoch(values))} if values else {})
    return found


def test_a_run_that_will_make_its_next_milestone_is_on_track() -> None:
    found = stand([0.01 * k for k in range(20)], {"30": 0.25})
    assert (found.score, found.text) == ("on track", "0.25 by epoch 30: on track")
    assert found.expected_epoch == 99
    assert found.expected is not None
    assert 0.9 < found.expected <= 1.0


def test_a_run_that_will_reach_it_later_is_late_by_so_many_epochs() -> None:
    found = stand([0.01 * k for k in range(20)], {"30": 0.4})
    assert (found.score, found.text) == ("late", "0.4 by epoch 30: late by 10 epochs")


def test_a_milestone_that_passed_unmet_is_late_by_the_epochs_since() -> None:
    found = stand([0.0] * 21, {"5": 0.1, "20": 0.3})
    assert [(step.score, step.late) for step in found.milestones] == [("late", 15), ("late", 1)]
    assert found.text == "0.1 by epoch 5: late by 15 epochs"


def test_a_milestone_reached_before_its_epoch_is_ahead() -> None:
    found = stand([0.1 * k for k in range(6)], {"10": 0.3})
    assert (found.score, found.text) == ("ahead", "0.3 by epoch 10: met at epoch 3, 7 epochs early")


def test_a_milestone_met_late_says_so_and_the_next_open_one_counts() -> None:
    found = stand([0.01 * k for k in range(20)], {"5": 0.1, "90": 0.2})
    assert found.milestones[0].score == "met late"
    assert found.milestones[0].late == 5
    assert found.score == "on track"


def test_a_curve_that_has_stopped_will_not_make_it_at_this_pace() -> None:
    assert stand([0.2] * 20, {"60": 0.5}).text == "0.5 by epoch 60: not at this pace"


def test_three_epochs_are_too_few_to_tell() -> None:
    assert stand([0.1, 0.2, 0.3], {"60": 0.5}).text == "0.5 by epoch 60: too early to tell"
    assert stand([], {"60": 0.5}).score == "unknown"


def test_after_the_end_a_milestone_is_missed_and_nothing_is_expected() -> None:
    found = stand([0.01 * k for k in range(20)], {"10": 0.5}, state=RunState.FINISHED)
    assert (found.score, found.expected) == ("missed", None)


def test_a_loss_meets_its_milestone_from_above() -> None:
    found = stand([2.0 - 0.1 * k for k in range(10)], {"5": 1.5}, metric="val/loss")
    assert found.milestones[0].score == "met"
    assert found.is_upward is False


def test_bands_say_what_the_best_value_reached() -> None:
    bands = {"minimum": 0.4, "good": 0.7, "excellent": 0.85}
    assert stand([0.1, 0.2, 0.3], bands=bands).band == "below"
    found = stand([0.1, 0.75, 0.6], bands=bands)
    assert (found.band, found.now, found.best) == ("good", 0.6, 0.75)
    assert [step.score for step in found.bands] == ["met", "met", "open"]
    assert found.score == "good"


def test_bands_that_fall_are_better_below_whatever_the_name() -> None:
    found = stand([30.0, 12.0, 8.0], bands={"minimum": 20.0, "good": 10.0, "excellent": 5.0}, metric="val/distance")
    assert found.band == "good"


def test_the_tracked_mode_decides_which_way_is_better() -> None:
    tracked = Tracked("val/distance", "min")
    assert stand([30.0, 8.0], {"1": 10.0}, metric="val/distance", tracked=tracked).milestones[0].score == "met"


def test_nan_is_no_value_and_hostile_targets_are_left_out() -> None:
    found = stand([math.nan] * 10, {"5": 0.1})
    assert (found.now, found.best, found.expected) == (None, None, None)
    assert standings(make_run(declared=Declared(targets={F1: {"x": 1.0, "5": math.inf}})), {}) == []
