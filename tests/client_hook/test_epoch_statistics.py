"""The statistics of an epoch against the statistics module, however the values are cut into blocks."""

import math
import statistics
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epochwatch.epoch_statistics import EpochStatistics

Block = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


def folded(blocks: list[list[float]]) -> EpochStatistics:
    found = EpochStatistics()
    for block in blocks:
        found.add(tuple(block))
    return found


@given(st.lists(Block, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_blocks_give_the_same_as_all_values_together(blocks: list[list[float]]) -> None:
    values = [value for block in blocks for value in block]
    found = folded(blocks)
    scale = max(map(abs, values)) + 1e-300
    assert (found.n, found.nonfinite, found.low, found.high) == (len(values), 0, min(values), max(values))
    assert found.mean == pytest.approx(statistics.fmean(values), abs=1e-13 * scale)
    assert found.std == pytest.approx(statistics.pstdev(values), rel=1e-9, abs=1e-12 * scale)
    assert found.last == values[-1]


@given(st.lists(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=9), min_size=1))
@settings(max_examples=100, deadline=None)
def test_any_values_at_all_give_numbers_that_can_be_stored(blocks: list[list[float]]) -> None:
    values = [value for block in blocks for value in block]
    finite = [value for value in values if math.isfinite(value)]
    found = folded(blocks)
    assert (found.n, found.nonfinite) == (len(finite), len(values) - len(finite))
    if finite:
        assert (found.low, found.high) == (min(finite), max(finite))
        assert found.low <= found.mean <= found.high
        assert 0 <= found.std <= sys.float_info.max
        assert math.isfinite(found.value) == (found.nonfinite == 0)
    else:
        assert found.row()[1] in ("nan", "inf", "-inf")


def test_a_large_offset_does_not_drown_the_spread() -> None:
    values = [1e9 + 0.1 * (i % 7) for i in range(5000)]
    found = folded([values[i : i + 256] for i in range(0, len(values), 256)])
    assert found.std == pytest.approx(statistics.pstdev(values), rel=1e-6)


def test_a_constant_has_a_spread_of_exactly_zero() -> None:
    found = folded([[0.1] * 256, [0.1] * 100])
    assert (found.mean, found.std) == (0.1, 0.0)


def test_sums_beyond_the_range_of_a_float_are_no_trouble() -> None:
    found = folded([[1e308, 1.5e308], [1e308] * 3])
    assert found.mean == pytest.approx(1.1e308)
    assert found.std == pytest.approx(0.2e308)


def test_an_epoch_with_a_nan_is_judged_by_it() -> None:
    found = folded([[1.0, math.nan], [3.0]])
    assert math.isnan(found.value)
    assert found.row() == [2, 2.0, 1.0, 1.0, 3.0, 1]


def test_the_last_nonfinite_value_stands_for_an_epoch_of_nothing_else() -> None:
    assert folded([[math.nan, math.inf]]).row() == [0, "inf", None, None, None, 2]
    assert folded([[math.inf], [-math.inf]]).row() == [0, "-inf", None, None, None, 2]
