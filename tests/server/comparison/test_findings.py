"""What a comparison says, and what it keeps to itself."""

import numpy as np
import pytest
from tests.server.comparison.group import compared, rising, seed_000

from epochwatch_server.comparison.catalogue import FINDINGS, findings_of
from epochwatch_server.comparison.compared import Compared, yardstick_of
from epochwatch_server.comparison.findings.rank_correlation import rank_correlation
from epochwatch_server.comparison.groups import group_by
from epochwatch_server.comparison.parting import find_parting
from epochwatch_server.domain.run import RunState


def said(group: list[Compared]) -> dict[str, str]:
    return {
        finding.kind: finding.text + (f" ({finding.caution})" if finding.caution else "")
        for finding in findings_of(group)
    }


def test_the_key_findings_of_the_post_mortem_are_said() -> None:
    told = said(seed_000())
    settings = told["better_settings"]
    for part in ("hidden_dim 256 (against 96)", "num_heads 8 (against 4)", "batch_size 32 (against 8)", "lr 5.4e-05"):
        assert part in settings
    assert "% over 2 runs against 93.48 % over 1 run, +0.26 points" in settings
    assert "n = 3 runs: a hint, no proof" in settings
    assert "change together" in settings
    assert "focal-loss and production are nearly identical: their settings are equal" in told["nearly_identical"]
    assert told["never_tested"].startswith("None of these runs was ever tested")
    assert "no test score of 0" in told["never_tested"]


def test_runs_that_are_five_percent_apart_are_not_nearly_identical_however_noisy_they_are() -> None:
    falls = {"one": [1.8, 1.6, 1.2, 1.3, 1.1, 1.2, 0.985], "two": [1.8, 1.5, 1.1, 1.3, 1.0, 1.1, 0.938]}
    group = [
        compared(name, {"lr": place, "seed": place}, {"val/loss": falls[name]}, track=("val/loss", "min"))
        for place, name in enumerate(falls)
    ]
    assert "nearly_identical" not in said(group)
    falls["two"][-1] = 0.984
    alike = [compared(name, {"lr": 1}, {"val/loss": falls[name]}, track=("val/loss", "min")) for name in falls]
    assert "nearly_identical" in said(alike)


def test_nothing_is_said_of_settings_that_do_not_part_the_runs() -> None:
    group = [
        compared("a", {"lr": 0.1}, {"val/accuracy": rising(0.9), "test/accuracy": [0.9]}),
        compared("b", {"lr": 0.2}, {"val/accuracy": rising(0.8), "test/accuracy": [0.8]}),
        compared("c", {"lr": 0.1}, {"val/accuracy": rising(0.7), "test/accuracy": [0.7]}),
    ]
    assert "better_settings" not in said(group)


def test_of_many_settings_that_change_together_some_are_named_and_the_rest_counted() -> None:
    group = [
        compared(name, {f"setting_{n}": value for n in range(20)}, {"val/accuracy": rising(best)})
        for name, value, best in (("a", 1, 0.9), ("b", 2, 0.8))
    ]
    told = said(group)["better_settings"]
    assert told.count("(against 2)") == 6
    assert "(against 2) and 14 more settings go with the better val/accuracy" in told


def test_a_seed_is_no_setting() -> None:
    group = [
        compared("a", {"seed": 1}, {"val/accuracy": rising(0.9)}),
        compared("b", {"seed": 2}, {"val/accuracy": rising(0.8)}),
    ]
    assert "better_settings" not in said(group)


def test_a_difference_within_the_noise_says_so() -> None:
    wobble = [0.8 + 0.05 * (-1) ** epoch for epoch in range(20)]
    group = [
        compared("a", {"lr": 0.1}, {"val/accuracy": [*wobble, 0.86]}),
        compared("b", {"lr": 0.2}, {"val/accuracy": [*wobble, 0.855]}),
    ]
    assert "no larger than what a single run moves" in said(group)["better_settings"]


def test_runs_part_at_the_epoch_from_which_they_stay_apart() -> None:
    first = compared("a", metrics={"val/accuracy": [0.5, 0.6, 0.7, 0.7, 0.8, 0.9, 0.95]})
    second = compared("b", metrics={"val/accuracy": [0.5, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7]})
    parting = find_parting(first, second, "val/accuracy")
    assert parting is not None
    assert (parting.epoch, parting.first_value, parting.second_value) == (4, 0.8, 0.7)
    assert find_parting(first, first, "val/accuracy") is None
    assert find_parting(first, compared("c", metrics={"val/accuracy": [0.5, 0.6]}), "val/accuracy") is None


def test_a_loss_that_tells_nothing_is_named_beside_the_metric_that_does() -> None:
    r2 = [0.10, 0.25, 0.45]
    group = [
        compared(
            f"r{place}",
            metrics={"val/loss": [0.53, 0.51 + place / 100], "val/r2": [0.0, value]},
            track=("val/loss", "min"),
        )
        for place, value in enumerate(r2)
    ]
    told = said(group)["blind_loss"]
    assert "val/loss does not tell these runs apart: its best lies between 0.51 and 0.53" in told
    assert "val/r2 goes from 0.1 to 0.45, 4.5 times" in told
    assert "blind_loss" not in said(group[:2])


def test_a_run_that_was_stopped_from_outside_is_named_with_its_epochs() -> None:
    group = [
        compared(
            "sweep-7", metrics={"val/accuracy": rising(0.8, 31)}, state=RunState.STOPPED, planned=200, actor="hyperband"
        ),
        compared("whole", metrics={"val/accuracy": rising(0.9, 200)}, planned=200),
    ]
    told = said(group)["ended_outside"]
    assert told.startswith("sweep-7 was stopped by hyperband after 31 of 200 planned epochs")


def test_a_number_as_text_is_named() -> None:
    group = [compared("a", {"lr": "5e-5"}), compared("b", {"lr": 5e-5})]
    assert 'lr is the text "5e-5" in a and a number in others' in said(group)["text_numbers"]


def test_with_many_runs_a_setting_that_goes_with_the_metric_is_told_and_noise_is_not() -> None:
    random = np.random.default_rng(0)
    group = [
        compared(
            f"r{place}",
            {"dim": 2.0**place, "drop": float(random.random())},
            {"val/accuracy": rising(0.7 + place / 100)},
        )
        for place in range(12)
    ]
    told = [finding for finding in findings_of(group) if finding.kind == "rank_correlation"]
    assert [finding.keys for finding in told] == [("dim",)]
    assert "rank correlation +1.00 over 12 runs" in told[0].text


def test_rank_correlation_agrees_with_a_hand_worked_case_with_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
    expected = np.corrcoef([1, 2.5, 2.5, 4], [1, 3, 2, 4])[0, 1]
    assert rank_correlation(np.array([1.0, 2, 2, 3]), np.array([0.1, 0.5, 0.3, 0.9])) == pytest.approx(expected)
    assert rank_correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])) == 0.0


def test_seeds_are_averaged_with_their_spread() -> None:
    runs = [
        compared(f"{size}-{seed}", {"size": size, "seed": seed}, {"val/accuracy": [0.1, size + seed / 100]})
        for size in (0.5, 0.6)
        for seed in (0, 2)
    ]
    small, large = group_by(runs, "size", "val/accuracy")
    assert (small.value, len(small.runs), large.value) == ("0.5", 2, "0.6")
    assert small.mean.tolist() == pytest.approx([0.1, 0.51])
    assert (small.high - small.mean)[1] == pytest.approx(np.std([0.5, 0.52], ddof=1))
    assert small.best_mean == pytest.approx(0.51)


@pytest.mark.parametrize("find", FINDINGS, ids=lambda find: find.__module__.rsplit(".", 1)[-1])
@pytest.mark.parametrize(
    "group",
    [
        [compared("a"), compared("b")],
        [
            compared("a", metrics={"val/accuracy": [float("nan")]}),
            compared("b", metrics={"val/accuracy": [float("inf")]}),
        ],
        [compared("a", {"x": {"$float": "nan"}}), compared("b", {"x": []})],
    ],
    ids=["empty", "not finite", "odd configs"],
)
def test_no_finding_stumbles_over_runs_that_hold_nothing(find: object, group: list[Compared]) -> None:
    assert callable(find)
    assert isinstance(find(group, yardstick_of(group) or "val/accuracy"), list)
