"""Charts where none can be drawn: the course of each line in a word of blocks, pairs and confusions as tables.

GitHub takes every drawing out of Markdown that does not lie beside it in a file of its own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from epochwatch_server.charts.figure import Figure
from epochwatch_server.reports.github import code, prose, table
from epochwatch_server.reports.numbers import count_word, value_word
from epochwatch_server.reports.run_report import GivenChart
from epochwatch_server.reports.svg.element import words

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_WIDTH = 24  # signs of a course
_MOST_LINES = 12  # of one chart
_MOST_CLASSES = 16
_PARTS = 5  # into which pairs are sorted by their target
_DRAWN = (None, "samples", "share", "average")  # what a trace is part of; marks and edges of bands are told apart

Trace = Mapping[str, Any]


def chart_lines(charts: Sequence[GivenChart]) -> Iterator[str]:
    """Tell charts in Markdown: those of lines in one table, then what else there is of each under its title.

    A line that stands on several charts is told once.
    """
    told: set[tuple[object, ...]] = set()
    rows = [row for chart in charts for row in _course_rows(chart, told)]
    if rows:
        yield table(["Chart", "Line", "Course", "First", "Last", "Least", "Most"], rows)
    for chart in charts:
        tables = list(_other(chart.figure))
        if tables:
            yield f"**{prose(chart.title)}**"
            yield from tables


def is_told(figure: Figure) -> bool:
    """Say whether a figure can be told in words."""
    return any(_is_line(trace) for trace in figure.data) or any(_other(figure))


def course(values: Sequence[float | None]) -> str:
    """Write how values went from their least to their most, a sign for each or for several.

    Of several the one that is furthest from the middle of all is told, so that no spike is lost.
    """
    finite = _finite(values)
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    middle = sorted(finite)[len(finite) // 2] if finite else 0.0
    count = min(_WIDTH, len(values))
    parts = [values[place * len(values) // count : (place + 1) * len(values) // count] for place in range(count)]
    return "".join(_block(part, low, high, middle) for part in parts)


def _block(part: Sequence[float | None], low: float, high: float, middle: float) -> str:
    finite = _finite(part)
    if not finite:
        return _GAP
    told = max(finite, key=lambda value: abs(value / 2 - middle / 2))
    span = high / 2 - low / 2  # halved, for the largest numbers have no difference
    share = (told / 2 - low / 2) / span if span > 0 else 0.0
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]


def _course_rows(chart: GivenChart, told: set[tuple[object, ...]]) -> Iterator[list[str]]:
    lines = [trace for trace in chart.figure.data if _is_line(trace)]
    axis = _axis(chart.figure, "yaxis")
    title = code(chart.title) + (f" {prose(axis)}" if axis else "")
    for trace in lines[:_MOST_LINES]:
        meta = trace.get("meta") or {}
        key = (meta.get("metric"), meta.get("run"), axis, *trace["y"])
        if key in told:
            continue
        told.add(key)
        finite = _finite(trace["y"])
        name = prose(" ".join(words(trace.get("name") or "")))
        if len(finite) == 1:
            yield [title, name, "", "", value_word(finite[0]), "", ""]
        else:
            ends = (finite[0], finite[-1], min(finite), max(finite))
            yield [title, name, course(trace["y"]), *map(value_word, ends)]
    if len(lines) > _MOST_LINES:
        yield [title, f"{len(lines) - _MOST_LINES} more", "", "", "", "", ""]


def _is_line(trace: Trace) -> bool:
    """Say whether a trace is a line that is seen and has a value: edges of bands have no width."""
    part, width = (trace.get("meta") or {}).get("part"), (trace.get("line") or {}).get("width")
    is_seen = trace.get("type") == "scatter" and part in _DRAWN and bool(width)
    return is_seen and bool(_finite(trace.get("y") or ()))


def _finite(values: Sequence[float | None]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]


def _other(figure: Figure) -> Iterator[str]:
    for trace in figure.data:
        part = (trace.get("meta") or {}).get("part")
        if trace.get("type") == "heatmap" and len(trace.get("text") or ()) <= _MOST_CLASSES:
            yield _confusion(figure, trace)
        elif part == "pairs":
            yield _pairs(figure, trace)


def _confusion(figure: Figure, trace: Trace) -> str:
    """Lay the counts out: rows are the truth."""
    names = [" ".join(words(name)) for name in figure.layout["xaxis"].get("ticktext") or ()]
    head = [f"true ↓ {prose(_axis(figure, 'xaxis'))} →", *map(code, names)]
    return table(head, [[code(name), *counts] for name, counts in zip(names, trace["text"], strict=False)])


def _pairs(figure: Figure, trace: Trace) -> str:
    """Sort the pairs by their target into parts as large, and tell what was predicted in each."""
    pairs = sorted(zip(trace["x"], trace["y"], strict=True))
    count = min(_PARTS, len(pairs))
    rows = []
    for place in range(count):
        part = pairs[place * len(pairs) // count : (place + 1) * len(pairs) // count]
        targets, predictions = [target for target, _ in part], [prediction for _, prediction in part]
        said = (_mean(targets), _mean(predictions), min(predictions), max(predictions))
        rows.append([count_word(len(part)), *map(value_word, said)])
    head = [f"pairs by {prose(_axis(figure, 'xaxis'))}", "mean target", "mean prediction", "least", "most"]
    return table(head, rows)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(value / len(values) for value in values)


def _axis(figure: Figure, axis: str) -> str:
    return " ".join(words(((figure.layout.get(axis) or {}).get("title") or {}).get("text") or ""))
