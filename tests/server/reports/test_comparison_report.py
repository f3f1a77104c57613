"""The report of a comparison tells the best, not the last; what was never done; and no more than the data says."""

import re
from dataclasses import replace

from tests.server.reports.test_reports import outline_of
from tests.server.reports.test_run_report import GITHUB
from tests.server.reports.told_runs import HOSTILE, MADE_MS, PICTURE, a_figure, a_run, a_sample, stored_alert

from epochwatch_server.domain.run import RunState
from epochwatch_server.reports.comparison_report import (
    NEVER_COMPUTED,
    NEVER_TESTED,
    TEXT_NUMBER,
    Cell,
    ComparisonReport,
    Line,
    RunInComparison,
    footnotes_of,
    live_remark,
    verdict_of,
)
from epochwatch_server.reports.comparison_sections import comparison_report_html
from epochwatch_server.reports.comparison_text import comparison_report_markdown
from epochwatch_server.reports.run_report import GivenChart, SampleRow, SampleSheet


def a_side(name: str, best: float | None, test: float | None = None, *, is_best: bool = False) -> RunInComparison:
    """Make one run of a comparison."""
    at = None if best is None else 19
    return RunInComparison(a_run(name), name, best, at, is_best, test, 61.0, [stored_alert()])


def a_comparison(name: str = "focal-loss", text: str = "val/acc") -> ComparisonReport:
    """Make a comparison of two runs; `name` and `text` go wherever a run may write."""
    samples = SampleSheet([SampleRow(name, [(name, a_sample(name)), ("b", None)])], {PICTURE.sha256: PICTURE}, text)
    return ComparisonReport(
        runs=[a_side(name, 0.9377, is_best=True), a_side("multihead", None, 0.0)],
        made_ms=MADE_MS,
        yardstick=text,
        settings=[Line(text, [Cell('"5.4e-05"', TEXT_NUMBER), Cell("not set")])],
        same_settings=[(text, text), ("batch_size", "32"), ("amp", "True")],
        metrics=[
            Line("val/acc", [Cell("93.77 % @ 19", second="last 90.00 %", is_best=True), Cell("x", NEVER_COMPUTED)]),
            Line("test/acc", [Cell("never tested", NEVER_TESTED), Cell("0.00 %")]),
        ],
        other_metrics=[Line("train/loss", [Cell("0.1234", second="last 0.2000"), Cell(text)])],
        facts=[Line("Health", [Cell("1 critical", second=text), Cell("no alert")])],
        findings=[(text, text)],
        asked=text,
        charts=[GivenChart("", text, a_figure(text))],
        left_out=[text],
        samples=samples,
        note=text,
        note_html="<p>said</p>",
    )


def test_both_reports_have_best_test_and_footnotes() -> None:
    report = a_comparison()
    page, text = comparison_report_html(report), comparison_report_markdown(report)
    for words in ("focal-loss", "93.77 %", "never tested", "never computed", "0.00 %", "1 m 01 s", "1 critical"):
        assert words in page, words
        assert words in text, words
    for words in ("Nothing was tested".lower(), "That is no score of 0.", "Text in the configuration, not a number."):
        assert words in page, words
        assert words in text, words
    assert '<b class="report-best" title="best">93.77 %</b>' in page
    assert "**93.77 %**" in text
    assert "3 more settings, the same in all runs:" in page
    assert "<dt>batch_size</dt><dd>32</dd>" in page
    assert "3 more settings, the same in all runs: `val/acc` `val/acc`, `batch_size` `32`, `amp` `True`." in text
    for heading in ("How they went", "All other metrics"):
        assert f">{heading}</h2>" in page
        assert f"## {heading}\n" in text
    assert "not kept" in page
    assert 'title="best">0.00 %' not in page


def test_a_run_that_was_tested_on_other_metrics_is_not_called_untested() -> None:
    report = a_comparison()
    tested = replace(report, runs=[replace(one, is_tested=True) for one in report.runs], metrics=[])
    for told in (comparison_report_html(tested), comparison_report_markdown(tested)):
        assert "never tested" not in told
        assert "never computed" in told


def test_the_verdict_names_the_best_run() -> None:
    report = a_comparison()
    assert verdict_of(report) == "Best by val/acc: focal-loss, 93.77 % at epoch 19."
    assert verdict_of(replace(report, yardstick=None)) == "These runs have no metric in common that ranks them."
    alike = [replace(one, is_best=False) for one in report.runs]
    assert verdict_of(replace(report, runs=alike)) == "By val/acc the runs do not differ: 93.77 % at best."


def test_footnotes_are_numbered_in_the_order_in_which_they_stand() -> None:
    lines = a_comparison().metrics
    assert footnotes_of(lines) == [(1, NEVER_COMPUTED), (2, NEVER_TESTED)]


def test_runs_that_go_on_are_named() -> None:
    report = a_comparison()
    live = replace(report.runs[1], run=a_run(state=RunState.RUNNING, end=None))
    assert live_remark(report) == ""
    assert "multihead" in live_remark(replace(report, runs=[report.runs[0], live]))


def test_the_alerts_of_all_runs_stand_on_one_axis() -> None:
    page = comparison_report_html(a_comparison())
    drawing = page[page.index('id="alerts"') :]
    assert drawing.count("critical: overfitting, fired at epoch 2") == 2
    assert drawing.index("focal-loss") < drawing.index("multihead")


def test_nothing_that_a_run_wrote_becomes_markup_in_either() -> None:
    report = a_comparison(HOSTILE, HOSTILE)
    page, text = comparison_report_html(report), comparison_report_markdown(report)
    outline = outline_of(page)
    assert outline.dangers == []
    assert "script" not in outline.tags
    assert "<script" not in page
    html = GITHUB.render(text)
    assert not set(re.findall(r"<(\w+)", html)) & {"script", "img", "a", "title", "style", "em"}
    read = re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL)
    assert not re.search(r"@\w|#\d|://", read)
