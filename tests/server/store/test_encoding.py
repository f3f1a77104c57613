"""Points to bytes and back."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.store.making import points_of, same_points

from epochwatch_server.domain.series import Points
from epochwatch_server.store.encoding import decode, encode
from epochwatch_server.store.points import join
from epochwatch_server.store.scratch import Scratch

INT64 = st.integers(-(2**63), 2**63 - 1)
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)
FLOAT32 = st.floats(width=32)


@st.composite
def any_points(draw: st.DrawFn) -> Points:
    n = draw(st.integers(1, 60))
    kinds = [INT64, st.integers(-3, 3), st.integers(0, 70_000), st.just(5)]
    columns = st.sampled_from(kinds).flatmap(lambda kind: st.lists(kind, min_size=n, max_size=n))
    steps, epochs, times_ms = (np.array(draw(columns), np.int64) for _ in "123")
    floats = draw(st.sampled_from([ANY_FLOAT, FLOAT32, st.sampled_from([0.1, -0.0, math.nan])]))
    values = np.array(draw(st.lists(floats, min_size=n, max_size=n)), np.float64)
    values[np.isnan(values)] = np.nan
    return Points(steps, epochs, times_ms, values)


@settings(max_examples=120, deadline=None, database=None, derandomize=True)
@given(st.lists(any_points(), min_size=1, max_size=4))
def test_any_points_come_back_bit_for_bit_and_chunks_behind_one_another(parts: list[Points]) -> None:
    assert same_points(decode([encode(part) for part in parts]), join(parts))


@pytest.mark.parametrize("value", [-0.0, 5e-324, 1e308, -1.7976931348623157e308, 0.1, math.inf, -math.inf, math.nan])
def test_a_whole_chunk_of_one_value_is_small_and_exact(value: float) -> None:
    given = points_of(range(1_024), value)
    data = encode(given)
    assert same_points(decode([data]), given)
    assert len(data) < 200


def test_float_noise_at_regular_steps_takes_little_more_than_its_eight_bytes() -> None:
    random = np.random.default_rng(0)
    regular = points_of(range(1_024), random.random(1_024))
    assert len(encode(regular)) / 1_024 < 8.2
    jittered = Points(regular.steps, regular.epochs, np.cumsum(random.integers(480, 560, 1_024)), regular.values)
    assert len(encode(jittered)) / 1_024 < 9.3


def test_values_born_as_float32_take_half() -> None:
    random = np.random.default_rng(0)
    given = points_of(range(1_024), random.random(1_024).astype(np.float32).astype(np.float64))
    data = encode(given)
    assert same_points(decode([data]), given)
    assert len(data) / 1_024 < 4.2


def test_a_scratch_is_used_again_and_points_behind_the_last_chunk_follow() -> None:
    scratch = Scratch()
    first, second, behind = points_of(range(100), 1.5), points_of(range(100, 300), 2.5), points_of([300, 400], 0.25)
    assert same_points(decode([encode(first)], scratch=scratch), first)
    joined = decode([encode(first), encode(second)], behind=behind, scratch=scratch)
    assert same_points(joined, join([first, second, behind]))


def test_a_chunk_of_an_unknown_format_is_refused_with_what_to_do() -> None:
    data = bytes([99]) + encode(points_of([1]))[1:]
    with pytest.raises(ValueError, match=r"format 99 was found.*use a newer server"):
        decode([data])
