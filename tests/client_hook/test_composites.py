"""Products of metrics, for every split that has all factors."""

import math

from epochwatch.composites import compute, missing_factors


def test_a_composite_is_the_product_in_every_split_that_has_all_factors() -> None:
    means = {"train/a": 0.5, "train/b": 0.5, "val/a": 0.8, "val/b": 0.5, "test/a": 1.0}
    assert compute({"both": ["a", "b"]}, means) == {"train/both": 0.25, "val/both": 0.4}


def test_factors_may_name_their_split_or_have_none_at_all() -> None:
    means = {"val/a": 0.8, "train/b": 0.5, "a": 0.1, "b": 0.2, "val/c": 0.5}
    assert compute({"x": ["val/a", "val/c"]}, means) == {"val/x": 0.4}
    assert compute({"x": ["val/a", "train/b"]}, means) == {"x": 0.4}
    assert compute({"x": ["a", "b"]}, means) == {"x": 0.1 * 0.2}
    assert compute({"x": ["val/a", "c"]}, means) == {"val/x": 0.4}


def test_what_the_loop_logged_itself_wins() -> None:
    assert compute({"both": ["a", "b"]}, {"val/a": 1.0, "val/b": 1.0, "val/both": 0.3}) == {}


def test_nan_passes_through() -> None:
    assert math.isnan(compute({"both": ["a", "b"]}, {"val/a": math.nan, "val/b": 1.0})["val/both"])


def test_a_missing_factor_is_named_with_the_nearest_one() -> None:
    seen = ["train/loss", "val/command_acc", "val/type_acc"]
    assert missing_factors({"c": ["comand_acc", "type_acc"]}, seen) == [("c", "comand_acc", "command_acc")]
    assert missing_factors({"c": ["val/type_ac"]}, seen) == [("c", "val/type_ac", "val/type_acc")]
    assert missing_factors({"c": ["zzz"]}, seen) == [("c", "zzz", None)]
