"""The catalogue is complete, and every chart stands what runs may send."""

import importlib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.charts.curves import Curves, by_epoch, by_step, draw, inventory_of, line_of, make_run, texts_of

from epochwatch_server import charts
from epochwatch_server.charts.catalogue import KINDS, find_kind, list_entries
from epochwatch_server.charts.chart import ChartKind
from epochwatch_server.charts.sections import arrange
from epochwatch_server.charts.view import View
from epochwatch_server.domain.run import Declared, Run, Tracked
from epochwatch_server.domain.sample import SampleTrack, SampleTracks, Scatter

FOLDER = Path(charts.__file__).parent
VIEWS = [
    View(),
    View("step", "log", smooth=0.9),
    View("time", first=5.0, last=6.5),
    View("epoch", "log", smooth=0.5, first=1, last=1),
]
CLASSES = {"split": "val", "truth": [5, 5], "predicted": [10, 0], "confusion": [[5, 0], [5, 0]], "labels": ["a", "b"]}
TRACKS = SampleTracks(
    [0, 1, 5],
    ["<b>px</b>"],
    [SampleTrack("a", [3.0, None, 1.0], [0.0, 0.0, None], [0.2, 0.1, 0.3], "<b>px</b>"),
     SampleTrack("b", [1e308, 5e-324, None], [1.0, 1.0, 1.0], [0.5, -math.inf, None], "<b>px</b>")],
)  # fmt: skip
PAIRS = Scatter("val", 5, [0.0, 1e308, 2.0], [-1e308, 0.0, 2.0], 9)
HOSTILE = [
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    "<b>bold</b>",
    "%{y}%{customdata[0]}",
    "$\\int_0^1 x$",
    "__proto__",
    "constructor",
    "n" * 250,
    "&lt;script&gt;",
    "имя \u202e rtl",
]


def everything(values: np.ndarray, *, epochs: bool = True) -> Curves:
    """Make a run that has every kind of chart, each metric with these values."""
    names = ["train/loss", "val/loss", "train/loss_a", "train/loss_b", "val/accuracy", "val/done_acc", "lr", "val/r2"]
    names += ["grad_norm", "grad_norm/head", "clip_fraction", "val/f1_macro", "val/f1/cat", "val/f1/dog", "speed"]
    names += ["val/variance_ratio", "test/loss", "update_ratio", "val/mae"]
    return {name: by_step(values, epochs=epochs) for name in names}


def full_run() -> Run:
    declared = Declared(
        targets={"val/loss": {"1": 0.5, "99": 0.1, "x": 1.0}, "val/r2": {"2": math.nan}},
        bands={"val/loss": {"minimum": 0.0, "good": -1.0, "excellent": math.inf}},
        weights={"a": 0.0, "b": math.nan},
    )
    return make_run(declared=declared, tracked=Tracked("val/loss", "min", 5, best=0.1, best_epoch=1))


def test_every_chart_file_is_in_the_catalogue_and_has_its_test() -> None:
    files = [path for path in FOLDER.glob("*.py") if re.search(r"^CHART = ", path.read_text(), re.MULTILINE)]
    found = [importlib.import_module(f"epochwatch_server.charts.{path.stem}") for path in files]
    assert {module.CHART.name for module in found} == {kind.name for kind in KINDS}
    assert [path.stem for path in files if not Path(__file__).with_name(f"test_{path.stem}.py").exists()] == []


def test_kinds_are_found_by_their_names_which_are_those_of_their_files() -> None:
    for kind in KINDS:
        assert find_kind(kind.name) is kind
        assert kind.figure.__module__ == f"epochwatch_server.charts.{kind.name}"
    assert find_kind("no such kind") is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "values",
    [
        np.linspace(2, 0.1, 40),
        np.array([0.5]),
        np.array([]),
        np.full(40, math.nan),
        np.array([math.nan, math.inf, -math.inf, 1.0] * 10),
        np.zeros(40),
        np.array([1e308, -1e308, 5e-324, 0.0] * 10),
        np.full(40, -3.0),
    ],
    ids=["falling", "one", "none", "nan", "mixed", "zero", "extreme", "negative"],
)
def test_every_chart_is_a_legal_figure_whatever_the_values(kind: ChartKind, values: np.ndarray) -> None:
    curves, run = everything(values), full_run()
    entries = [entry for entry in kind.entries(inventory_of(curves, run, ["val"]))]
    assert entries
    for entry in entries:
        for view in VIEWS:
            given: dict[str, Any] = {
                "classes": CLASSES if kind.draws_classes else None,
                "tracks": TRACKS,
                "pairs": PAIRS,
            }
            figure = draw(entry.id, curves, view, run=run, **given)
            assert b"NaN" not in figure.to_json().replace(b"NaN at ", b"").replace(b"not NaN", b"")
            assert all(len(trace["x"]) <= 2002 for trace in figure.data)


def test_runs_without_epochs_have_every_chart_too() -> None:
    curves = everything(np.linspace(2, 0.1, 40), epochs=False)
    for entry in list_entries(inventory_of(curves)):
        assert draw(entry.id, curves).data


def test_names_that_are_markup_or_templates_stay_text() -> None:
    stems = [f"val/{name}" for name in HOSTILE]
    for prefix in ("val/f1/", "grad_norm/", "lr/", "val/acc_", "train/loss_"):
        stems += [prefix + name for name in HOSTILE]
    curves = {name: by_step(np.array([1.0, math.nan, 2.0] * 10)) for name in stems}
    entries = list_entries(inventory_of(curves, make_run(tracked=Tracked(stems[0], "max", best=1.0, best_epoch=0))))
    assert {f"metric:{name}" for name in HOSTILE} <= {entry.id for entry in entries}
    for entry in entries:
        for text in texts_of(draw(entry.id, curves, View("step")).as_dict()):
            assert not re.search(r"<(?!br>|extra></extra>|/extra>)", text), text
            assert "$" not in text
            assert not text.startswith("n" * 70)


def test_a_template_never_holds_a_name() -> None:
    curves = {"val/%{y}": by_epoch([1.0, 2.0]), "val/loss_%{x}": by_epoch([1.0]), "val/loss_b": by_epoch([1.0])}
    for entry in list_entries(inventory_of(curves)):
        for trace in draw(entry.id, curves).data:
            assert trace.get("hovertemplate", "") in (
                "%{y:.5~g}",
                "%{y:.3~g} %",
                "%{y:.3~g}×, %{customdata}",
                "%{text}",
            )


def test_ten_thousand_metrics_are_listed_200_a_section_and_the_filter_finds_the_others() -> None:
    curves = {f"train/metric_{k:05}": by_epoch([1.0]) for k in range(9_000)}
    curves |= {f"grad_norm/layer{k}": by_epoch([1.0]) for k in range(500)}
    curves |= {f"val/f1/class{k}": by_epoch([1.0]) for k in range(500)}
    entries = list_entries(inventory_of(curves))
    sections = {section.id: section for section in arrange(entries)}
    assert (len(sections["other"].charts), sections["other"].hidden) == (200, 8_800)
    assert [chart.id for chart in sections["gradients"].charts] == ["gradients"]
    (found,) = arrange(entries, "METRIC_08999")
    assert [chart.id for chart in found.charts] == ["metric:metric_08999"]
    assert sum(len(chart.metrics) for section in sections.values() for chart in section.charts) < 1_000


def test_sections_stand_in_the_order_a_reader_needs_them() -> None:
    curves = everything(np.linspace(2, 0.1, 40))
    titles = [section.title for section in arrange(list_entries(inventory_of(curves, full_run())))]
    assert titles == [
        "Tracked",
        "Loss components",
        "Accuracy",
        "Observed",
        "Learning rate",
        "Gradients",
        "Other",
    ]


def test_a_metric_is_listed_in_no_more_than_one_chart_of_its_own() -> None:
    ids = [entry.id for entry in list_entries(inventory_of(everything(np.linspace(2, 0.1, 40))))]
    assert len(ids) == len(set(ids))


def test_the_lines_of_a_metric_keep_their_exact_values() -> None:
    values = [0.1, 1 / 3, 5e-324, 123456789.123456]
    assert line_of(draw("metric:x", {"x": by_step(values)}, View("step")), "x")["y"] == values
