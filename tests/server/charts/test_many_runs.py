"""Every run of a project at once: legal figures whatever the settings are, and no run lost in silence."""

import math
from typing import Any

import pytest
from tests.server.charts.curves import prove_legal

from epochwatch_server.charts.many_runs import MAX_DIMENSIONS, RunQuantities, parallel_figure, scatter_figure

HOSTILE = '<img src=x onerror="alert(1)">'


def run(place: int, **values: Any) -> RunQuantities:
    named = {name.replace("_", "/", 1): value for name, value in values.items()}
    return RunQuantities(f"r{place}", f"<b>{place}</b>", place % 12, named, frozenset({"val/acc"}))


RUNS = [
    run(0, lr=1e-5, act="relu", val_acc=0.9),
    run(1, lr=1e-2, act=HOSTILE, val_acc=0.7),
    run(2, lr=1e-3, act="gelu", val_acc=math.nan),
    run(3, lr=1e-3, act="gelu"),
]


@pytest.mark.parametrize("names", [("lr", "val/acc"), ("act", "val/acc"), ("lr", "act"), ("lr", "lr")])
def test_a_scatter_is_legal_and_says_who_is_missing(names: tuple[str, str]) -> None:
    figure = scatter_figure(RUNS, *names)
    prove_legal(figure)
    if "val/acc" in names:
        assert figure.data[0]["customdata"] == ["r0", "r1"]
        assert figure.layout["annotations"][0]["text"] == "2 of 4 runs lack one of the two"
    assert "<b>" not in str(figure.data[0]["text"])


def test_parallel_axes_are_legal_logs_where_settings_span_decades_and_words_where_they_are_words() -> None:
    figure = parallel_figure(RUNS, ["lr", "act", "val/acc"])
    prove_legal(figure)
    (trace,) = figure.data
    rate, kind, best = trace["dimensions"]
    assert rate["values"] == pytest.approx([-5, -2])
    assert rate["ticktext"] == ["1e-05", "0.0001", "0.001", "0.01"]
    assert kind["values"] == [1, 0]
    assert "<img" not in str(kind["ticktext"])
    assert best["values"] == [0.9, 0.7]
    assert trace["customdata"] == ["r0", "r1"]
    assert trace["meta"]["last"] == [0.9, 0.7]
    assert (figure.layout["meta"]["drawn"], figure.layout["meta"]["runs"]) == (2, 4)


def test_no_more_axes_are_drawn_than_can_be_read() -> None:
    runs = [RunQuantities(f"r{k}", "r", 0, {f"s{place}": float(k) for place in range(30)}) for k in range(3)]
    assert len(parallel_figure(runs, [f"s{place}" for place in range(30)]).data[0]["dimensions"]) == MAX_DIMENSIONS


@pytest.mark.parametrize("names", [["lr"], ["lr", "nothing"], ["lr", "lr"]])
def test_too_little_for_axes_is_said(names: list[str]) -> None:
    figure = parallel_figure(RUNS, names)
    assert figure.data == []
    assert figure.layout["annotations"][0]["text"]
