"""A figure drawn as SVG shows what Plotly would: every point, every gap, every mark, and no markup of the run's."""

import math
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from markupsafe import escape

from epochwatch_server.charts.figure import Figure
from epochwatch_server.reports.svg.picture import draw_picture
from epochwatch_server.reports.svg.scale import Scale, scale_of, ticks_of

SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def _figure(*traces: dict[str, Any], **layout: Any) -> Figure:
    return Figure(list(traces), {"xaxis": {"title": {"text": "epoch"}}, "yaxis": {"type": "linear"}, **layout})


def _line(y: list[float | None], **more: Any) -> dict[str, Any]:
    trace = {"type": "scatter", "mode": "lines", "name": "val", "x": list(range(len(y))), "y": y}
    return {**trace, "line": {"color": "token:run", "width": 2}, "meta": {"metric": "val/loss"}, **more}


def _tree(figure: Figure) -> ElementTree.Element:
    """Parse a picture: it must be well-formed."""
    svg = str(draw_picture(figure, "a picture").svg)
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def _lines(tree: ElementTree.Element) -> list[str]:
    return [path.attrib["d"] for path in tree.iter(f"{SPACE}path") if path.get("stroke")]


def test_a_line_has_every_point_and_says_its_values_when_pointed_at() -> None:
    tree = _tree(_figure(_line([1.0, 0.5, 0.25])))
    (line,) = _lines(tree)
    assert len(re.findall("[ML]", line)) == 3
    hints = [title.text for title in tree.iter(f"{SPACE}title")]
    assert hints == ["epoch 0: val 1", "epoch 1: val 0.5", "epoch 2: val 0.25"]


def test_a_gap_is_never_drawn_over() -> None:
    (line,) = _lines(_tree(_figure(_line([1.0, 0.5, None, 0.2, 0.1]))))
    assert [len(re.findall("[ML]", part)) for part in line.split("M")[1:]] == [0 + 1, 0 + 1]
    assert line.count("M") == 2


def test_the_highest_value_stands_above_the_lowest_on_both_kinds_of_axis() -> None:
    for kind in ("linear", "log"):
        (line,) = _lines(_tree(_figure(_line([1e-3, 10.0]), yaxis={"type": kind})))
        low, high = (float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", line))
        assert high < low


def test_colours_are_the_pages_own_and_an_unknown_one_is_none() -> None:
    svg = str(draw_picture(_figure(_line([1.0, 2.0]), _line([2.0, 3.0], line={"color": "url(http://x)"})), "t").svg)
    assert 'stroke="var(--run)"' in svg
    assert "http" not in svg


def test_a_fill_with_an_opacity_keeps_it() -> None:
    top, bottom = _line([2.0, 3.0], line={"width": 0}), _line([1.0, 1.0], line={"width": 0})
    figure = _figure(top, {**bottom, "fill": "tonexty", "fillcolor": "token:run/0.16"})
    assert 'fill="var(--run)" fill-opacity="0.16"' in str(draw_picture(figure, "t").svg)


def test_stacked_areas_stand_on_one_another() -> None:
    traces = [
        _line([share, share], stackgroup="s", fillcolor=f"token:series-{n}") for n, share in enumerate((60.0, 40.0))
    ]
    tree = _tree(_figure(*traces))
    below, above = (
        path.attrib["d"] for path in tree.iter(f"{SPACE}path") if str(path.get("fill")).startswith("var(--series")
    )
    tops = [min(float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", d)) for d in (below, above)]
    assert tops[1] < tops[0]


def test_marks_of_what_was_not_finite_stand_on_the_edge() -> None:
    marks: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [1],
        "y": [0.015],
        "yaxis": "y2",
        "text": ["NaN at epoch 1"],
    }
    marks["marker"] = {"symbol": ["x"], "color": "token:critical", "size": 9}
    tree = _tree(_figure(_line([5.0, None, 6.0]), marks))
    assert "NaN at epoch 1" in [title.text for title in tree.iter(f"{SPACE}title")]


def test_a_line_is_named_at_its_end_with_its_last_value() -> None:
    note = {"name": "end:val/loss", "text": "val", "x": 1, "xref": "x domain", "y": 0.25, "yref": "y", "xshift": 4}
    tree = _tree(_figure(_line([1.0, 0.25]), annotations=[note]))
    words = ["".join(text.itertext()) for text in tree.iter(f"{SPACE}text")]
    assert "val 0.25" in words


def test_names_at_the_ends_do_not_cover_one_another() -> None:
    notes = [
        {"name": f"end:{n}", "text": f"line {n}", "x": 1, "xref": "x domain", "y": 1.0, "yref": "y", "xshift": 4}
        for n in range(5)
    ]
    tree = _tree(_figure(_line([0.0, 1.0]), annotations=notes))
    heights = sorted(float(t.attrib["y"]) for t in tree.iter(f"{SPACE}text") if (t.text or "").startswith("line"))
    assert all(after - before >= 12 for before, after in pairwise(heights))


@pytest.mark.parametrize("place", ["name", "text", "title", "tick", "symbol"])
def test_nothing_that_a_run_wrote_becomes_markup(place: str) -> None:
    note = {
        "name": "notes",
        "text": HOSTILE if place == "text" else "",
        "x": 0,
        "xref": "paper",
        "y": 1,
        "yref": "paper",
    }
    trace = _line([1.0, 2.0], name=HOSTILE if place == "name" else "val", mode="lines+markers")
    trace["marker"] = {"symbol": HOSTILE if place == "symbol" else "circle", "color": HOSTILE, "size": 4}
    axis: dict[str, Any] = {"title": {"text": HOSTILE if place == "title" else "epoch"}}
    if place == "tick":
        axis |= {"tickmode": "array", "tickvals": [0], "ticktext": [HOSTILE]}
    svg = str(draw_picture(_figure(trace, xaxis=axis, annotations=[note]), HOSTILE).svg)
    assert "<script" not in svg
    assert "<img" not in svg
    assert str(escape(HOSTILE)) in svg


@pytest.mark.parametrize("values", [[], [None, None], [0.0], [5.0, 5.0], [1e300, -1e300], [1e-300, 2e-300], [math.inf]])
@pytest.mark.parametrize("kind", ["linear", "log"])
def test_no_values_break_a_picture(values: list[float | None], kind: str) -> None:
    svg = str(draw_picture(_figure(_line(values), yaxis={"type": kind}), "t").svg)
    assert "nan" not in svg.lower()
    assert "inf" not in svg


def test_a_single_epoch_stands_in_the_middle_and_is_the_only_one_named() -> None:
    scale = scale_of({}, [11.0], 0.0, 100.0, padded=False)
    assert scale.at(11.0) == 50.0
    assert ticks_of({}, scale, 8) == [(50.0, "11")]


def test_ticks_are_round_few_and_inside() -> None:
    for low, high in ((0.0, 1.0), (0.93, 0.94), (-3.0, 1e6), (1e-7, 3e-7), (0.0, 3_256_742.75)):
        scale = scale_of({}, [low, high], 200.0, 0.0, padded=True)
        ticks = ticks_of({}, scale, 5)
        assert 2 <= len(ticks) <= 8, (low, high, ticks)
        assert all(-0.5 <= pixel <= 200.5 for pixel, _ in ticks)
        assert len({word for _, word in ticks}) == len(ticks)


def test_a_log_axis_names_decades_and_within_one_its_parts() -> None:
    wide = ticks_of({"type": "log"}, Scale(-4, 6, 200, 0, is_log=True), 5)
    assert [word for _, word in wide] == ["0.001", "1", "1,000", "1M"]
    narrow = ticks_of({"type": "log"}, Scale(0, 1, 200, 0, is_log=True), 5)
    assert [word for _, word in narrow] == ["1", "2", "5", "10"]
