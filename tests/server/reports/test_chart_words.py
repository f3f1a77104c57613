"""Charts in Markdown, where none can be drawn: courses in blocks, pairs and confusions as tables."""

import math
from dataclasses import replace
from typing import Any

from tests.server.charts.curves import inventory_of
from tests.server.reports.test_run_report import GITHUB
from tests.server.reports.told_runs import HOSTILE, a_figure, a_report

from epochwatch_server.charts import confusion, done_flag, sample_error, scatter
from epochwatch_server.charts.chart import ChartData, ChartKind
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.view import View
from epochwatch_server.domain.sample import SampleTrack, SampleTracks, Scatter
from epochwatch_server.reports.chart_words import chart_lines, course
from epochwatch_server.reports.run_report import GivenChart, SampleSheet
from epochwatch_server.reports.run_sections import run_report_html
from epochwatch_server.reports.run_text import run_report_markdown

CLASSES = {
    "split": "val",
    "truth": [5, 1],
    "predicted": [4, 2],
    "confusion": [[4, 1], [0, 1]],
    "labels": ["cat", "dog"],
}
TRACKS = SampleTracks(
    [0, 1],
    ["px"],
    [SampleTrack("a", [30.0, 10.0], [0.0, 0.0], [0.25, 0.125], "px"),
     SampleTrack("b", [50.0, 20.0], [1.0, 1.0], [0.5, 0.75], "px")],
)  # fmt: skip
PAIRS = Scatter("val", 5, [0.0, 1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.5, 2.0, 2.0], 90)


def drawn(kind: ChartKind, **data: Any) -> Figure:
    needs = kind.needs(inventory := inventory_of({}, splits=["val"]), "val")
    assert needs is not None
    return kind.figure(ChartData(inventory, "val", needs, **data), View())


def sample_charts() -> list[GivenChart]:
    return [
        GivenChart("", "Sample error · val", drawn(sample_error.CHART, tracks=TRACKS)),
        GivenChart("", "Done flag · val", drawn(done_flag.CHART, tracks=TRACKS)),
        GivenChart("", "Prediction against target · val", drawn(scatter.CHART, scatter=PAIRS)),
        GivenChart("", "Confusion · val", drawn(confusion.CHART, classes=CLASSES, classes_epoch=3)),
    ]


def test_a_course_loses_no_spike_and_shows_gaps() -> None:
    assert course([1.0, 2.0, None, 8.0]) == "▁▂·█"
    assert course([1.0] * 100 + [9.0] + [1.0] * 139).count("█") == 1
    assert course([5.0, 5.0]) == "▁▁"
    assert course([None, math.nan]) == "··"
    assert course([]) == ""
    assert course([-1.7e308, 1.7e308]) == "▁█"


def test_the_charts_of_the_samples_stand_with_them_in_both_reports() -> None:
    report = a_report(sample_charts=sample_charts())
    page = run_report_html(report)
    section = page[page.index('id="run-samples"') :].partition("</section>")[0]
    for chart in report.sample_charts:
        assert f'aria-label="{chart.title}" class="svg-picture"' in section, chart.title
    assert "error (px)" in section
    assert "cat taken for dog: 1" in section
    assert "target 4, predicted 2" in section
    assert section.index("svg-picture") < section.index("still-grid")
    text = run_report_markdown(report)
    part = text[text.index("## Samples") : text.index("## Configuration")]
    assert "| `Sample error · val` error (px) | median | █▁ | 40.00 | 15.00 | 15.00 | 40.00 |" in part
    assert r"| `Done flag · val` pred\_done | gt\_done=1 median | ▁█ | 0.5000 | 0.7500 | 0.5000 | 0.7500 |" in part
    assert "| true ↓ predicted, epoch 3 → | `cat` | `dog` |\n| --- | --- | --- |\n| `cat` | 4 | 1 |" in part
    assert "| pairs by target, epoch 5, 5 of 90 |" in part
    assert "| 1 | 2.0000 | 2.5000 | 2.5000 | 2.5000 |" in part


def test_charts_of_predictions_do_without_samples() -> None:
    report = a_report(samples=SampleSheet(), sample_charts=sample_charts()[2:])
    assert '<h2 class="report-heading">Predictions</h2>' in run_report_html(report)
    assert "## Predictions" in run_report_markdown(report)


def test_a_line_on_two_charts_is_told_once_and_a_single_value_has_no_course() -> None:
    charts = [GivenChart("", "first", a_figure("val")), GivenChart("", "again", a_figure("val"))]
    (table,) = chart_lines(charts)
    assert table.count("| `first` |") == 1
    assert "again" not in table
    (table,) = chart_lines([GivenChart("", "one", a_figure("val", 1))])
    assert "| `one` | val |  |  | 0 |  |  |" in table


def test_what_a_run_calls_its_lines_is_no_markup() -> None:
    hostile = replace(sample_charts()[0], title=HOSTILE)
    table = "\n\n".join(chart_lines([hostile, GivenChart("", HOSTILE, a_figure(HOSTILE))]))
    assert not any(tag in GITHUB.render(table) for tag in ("<script", "<img", "<a "))
