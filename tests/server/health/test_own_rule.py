"""Rules that a user makes without code: textbook, healthy, too little, NaN; each comparison as it reads."""

import math

import pytest

from epochwatch_server.domain.alert import OwnRule
from epochwatch_server.health.engine import Engine, HealthState
from epochwatch_server.health.history import History, RunFacts
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.own_rule import make_rule
from epochwatch_server.health.rule import HEADINGS


def own(metric: str = "val/acc", comparison: str = "<", value: float = 0.5, epochs: int = 1) -> OwnRule:
    return OwnRule("own:mine", "p", "Mine", metric, comparison, value, epochs, "warning")


def kinds(rule: OwnRule, values: list[float | None], metric: str = "val/acc") -> list[tuple[str, int]]:
    """What the rule changes to, and at which epoch; None is an epoch in which nothing was logged."""
    history, engine, state = History(RunFacts()), Engine([make_rule(rule)]), HealthState()
    changes = []
    for epoch, value in enumerate(values):
        history.add_epoch(epoch, {} if value is None else {metric: value}, float(epoch))
        state, changed = engine.evaluate(history, Moment.EPOCH, state)
        changes += [(change.kind, change.epoch) for change in changed]
    return changes


def test_it_fires_once_it_held_for_its_epochs_and_resolves_when_it_no_longer_holds() -> None:
    assert kinds(own(epochs=3), [0.9, 0.4, 0.4, 0.4, 0.4, 0.6]) == [("firing", 3), ("resolved", 5)]


def test_it_is_silent_while_it_does_not_hold() -> None:
    assert kinds(own(epochs=2), [0.4, 0.6, 0.4, 0.6]) == []


def test_it_is_silent_on_too_little_data() -> None:
    assert kinds(own(epochs=3), [0.4, 0.4]) == []


def test_epochs_in_which_nothing_was_logged_do_not_count() -> None:
    assert kinds(own(epochs=2), [0.4, None, None, 0.4]) == [("firing", 3)]


@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">=", "==", "!="])
def test_a_nan_compares_with_nothing(comparison: str) -> None:
    assert kinds(own(comparison=comparison), [math.nan, math.nan]) == []


@pytest.mark.parametrize(
    ("comparison", "value", "fires"),
    [
        ("<", 0.4, True), ("<", 0.5, False), ("<=", 0.5, True), (">", 0.5, False), (">", math.inf, True),
        (">=", 0.5, True), ("==", 0.5, True), ("==", 0.4, False), ("!=", 0.4, True), ("!=", 0.5, False),
    ],
)  # fmt: skip
def test_each_comparison_says_what_it_reads(comparison: str, value: float, fires: bool) -> None:
    assert bool(kinds(own(comparison=comparison), [value])) is fires


def test_percent_is_compared_as_it_is_logged() -> None:
    assert kinds(own(value=50.0), [40.0]) == [("firing", 0)]
    assert kinds(own(value=0.5), [40.0]) == []


def test_a_name_that_ends_in_a_star_means_every_metric_that_begins_so() -> None:
    rule = own(metric="val/*", comparison=">", value=1.0)
    assert kinds(rule, [2.0], metric="val/loss") == [("firing", 0)]
    assert kinds(rule, [2.0], metric="train/loss") == []


def test_a_metric_that_is_not_logged_is_not_checked() -> None:
    history, engine = History(RunFacts()), Engine([make_rule(own())])
    history.add_epoch(0, {"train/loss": 1.0}, 0.0)
    state, _ = engine.evaluate(history, Moment.EPOCH, HealthState())
    assert state.verdicts["own:mine"].state == "not_checked"


def test_its_page_has_the_headings_of_every_rule() -> None:
    assert tuple(make_rule(own()).sections()) == HEADINGS


def test_a_comparison_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        make_rule(own(comparison="~"))
