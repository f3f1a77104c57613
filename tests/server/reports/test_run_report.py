"""The report of a run says what its page says, in one file, and nothing that the run wrote does anything."""

import math
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from tests.server.reports.test_reports import outline_of
from tests.server.reports.told_runs import (
    HOSTILE,
    MADE_MS,
    PICTURE,
    a_figure,
    a_report,
    a_run,
    a_sample,
    an_alert,
    event,
    health,
    hostile_report,
)

from epochwatch_server.domain.run import RunEnd, RunState
from epochwatch_server.reports.run_report import (
    GivenChart,
    SampleRow,
    SampleSheet,
    facts_of,
    next_steps,
    remark_of,
    severity_of,
    verdict_of,
)
from epochwatch_server.reports.run_sections import run_report_html
from epochwatch_server.reports.run_text import run_report_markdown
from epochwatch_server.reports.sheets import MAX_CHART_CHARS, draw_charts

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_both_reports_tell_the_same_story() -> None:
    report = a_report(run=replace(a_run(), verdict="good", note="why"), note_html="<p>why</p>")
    page, text = run_report_html(report), run_report_markdown(report)
    for words in (
        "focal-loss",
        "Val/loss rises",
        "good",
        "0.9000 @ 1",
        "never tested",
        "stop earlier",
        "python train.py",
    ):
        assert words in page or words.replace("Val", "val") in page, words
        assert words in text or words.replace("Val", "val") in text, words
    headings = re.findall(r'<h2 class="report-heading">([^<]+)</h2>', page)
    assert headings == [
        "Note", "Timeline", "What was found", "Next steps", "Charts", "Samples", "Configuration", "Environment",
        "What was checked, and what was not",
    ]  # fmt: skip
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Note", "What was found", "Next steps", "Timeline", "Charts", "Samples", "Configuration", "Environment",
    ]  # fmt: skip


def test_the_verdict_is_the_worst_that_still_fires() -> None:
    worst, second = an_alert(1, "warning", what="it is slow"), an_alert(2, what="loss became nan")
    report = a_report(health=health(worst, second))
    assert verdict_of(report) == "Loss became nan, and 1 more."
    assert severity_of(report) == "critical"
    assert [alert.id for alert in report.alerts] == [2, 1]


def test_what_is_muted_resolved_or_information_is_no_verdict() -> None:
    muted, over = an_alert(1, muted="run"), an_alert(2, phase="resolved")
    report = a_report(health=health(muted, over, an_alert(3, "info")))
    assert verdict_of(report) == "Nothing is wrong in 3 epochs; 1 alert fired and resolved."
    assert severity_of(report) == "ok"
    assert next_steps(report) == []
    assert dict(facts_of(report))["alerts"] == "1 critical, 1 info, 1 muted"


def test_silence_of_rules_that_nobody_asked_is_not_health() -> None:
    report = a_report(health=health(chip="not_checked"))
    assert verdict_of(report).startswith("Not checked yet")
    assert severity_of(report) == "info"


def test_a_crash_is_told_even_where_no_rule_tells_it() -> None:
    crashed = a_run(state=RunState.CRASHED, end=RunEnd("crashed", None, "Traceback\nValueError: boom"))
    report = a_report(run=crashed, health=health())
    assert verdict_of(report) == "Crashed after 3 epochs: ValueError: boom."
    assert severity_of(report) == "critical"
    assert "The error that ended it" in run_report_html(report)
    assert "ValueError: boom" in run_report_markdown(report)


def test_a_live_run_is_said_to_be_live_and_when_the_report_was_made() -> None:
    report = a_report(run=a_run(state=RunState.RUNNING, end=None, ended_ms=None, planned_epochs=9))
    assert "live when the report was made, on 2023-11-14 22:13 UTC, with 6.0 s to go" in remark_of(report)
    assert remark_of(report) in run_report_html(report)
    assert "so far" in verdict_of(replace(report, health=health()))
    assert remark_of(a_report()) == ""
    imported = a_report(run=a_run(origin={"format": "tensorboard", "source": "logs"}))
    assert remark_of(imported) == "Imported from tensorboard: its alerts say what would have fired, and when."


def test_next_steps_are_the_worst_first_and_each_once() -> None:
    alerts = [an_alert(1, "warning", steps=["a", "b"]), an_alert(2, steps=["c", "a"])]
    steps = next_steps(a_report(health=health(*alerts)))
    assert [(step.text, step.severity) for step in steps] == [("C", "critical"), ("A", "critical"), ("B", "warning")]


def test_what_was_never_measured_is_no_zero() -> None:
    run = a_run()
    assert run.tracked is not None
    unknown = replace(run, tracked=replace(run.tracked, best=None, value=None, best_epoch=None))
    facts = dict(facts_of(a_report(run=unknown)))
    assert facts["best val/acc"] == "never computed"
    assert facts["test"] == "never tested"
    tested = dict(facts_of(a_report(tests={"test/acc": 0.0, "test/loss": math.nan})))
    assert (tested["test/acc"], tested["test/loss"]) == ("0", "NaN")
    assert "test" not in tested


def test_a_page_loads_runs_and_asks_for_nothing() -> None:
    page = run_report_html(hostile_report())
    outline = outline_of(page)
    assert outline.dangers == []
    assert "script" not in outline.tags
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src &#39;none&#39;" in page
    assert "{{7*7}}" in page


def test_in_markdown_nothing_of_the_run_becomes_markup_a_link_or_a_call() -> None:
    text = run_report_markdown(hostile_report())
    html = GITHUB.render(text)
    assert set(re.findall(r"<(\w+)", html)) <= {
        "h1", "h2", "h3", "p", "strong", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
        "hr", "blockquote", "span",
    }  # fmt: skip
    read = re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL)
    assert not re.search(r"@\w|#\d|://", read)
    assert "$" not in read.replace("<span>$</span>", "")
    assert "<strong>bold</strong>" not in html
    rows = [len(re.findall("<td", row)) for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL)]
    assert set(rows) <= {0, 2, 3, 4, 5, 6, 7}


def test_charts_that_do_not_fit_are_named() -> None:
    many = [GivenChart("Loss", f"chart {place}", a_figure(n=4_000)) for place in range(120)]
    sheet = draw_charts(many, ["other"])
    drawn = [chart for _, charts in sheet.sections for chart in charts]
    assert sum(len(chart.picture.svg) for chart in drawn) <= MAX_CHART_CHARS
    assert 0 < len(drawn) < 120
    assert f"{121 - len(drawn)} more charts, not drawn here: other, chart {len(drawn)}" in sheet.left_out


def test_headings_with_a_single_chart_share_a_line() -> None:
    given = [
        GivenChart(title, title, a_figure()) for title in ("Tracked", "Loss", "Loss", "Rate", "Gradients", "Other")
    ]
    assert [title for title, _ in draw_charts(given, []).sections] == ["Tracked", "Loss", "Rate · gradients", "Other"]


def test_an_image_is_in_the_page_once_however_many_samples_show_it() -> None:
    rows = [SampleRow(title, [("", a_sample("a")), ("", a_sample("b"))]) for title in ("Best", "Worst")]
    page = run_report_html(a_report(samples=SampleSheet(rows, {PICTURE.sha256: PICTURE})))
    assert page.count("data:image/png;base64,") == 1
    assert page.count('<use href="#image-') == 4


def test_an_image_that_is_not_in_the_report_leaves_a_plate() -> None:
    page = run_report_html(a_report(samples=SampleSheet([SampleRow("Worst", [("", a_sample())])])))
    assert "image not in this report" in page
    assert "err=12px" in page


def test_bests_in_a_row_are_folded_into_the_last() -> None:
    bests = [event("best", {"metric": "val/acc", "value": n / 10}, n) for n in range(5)]
    page = run_report_html(a_report(events=[*bests, event("note", {"text": "hm"})]))
    assert page.count("New best") == 2 - 0  # the line, and its sign on the timeline
    assert "and 4 before it" in page


def test_a_report_of_an_empty_run_is_a_report() -> None:
    empty = a_report(
        run=a_run(tracked=None, config={}, environment={}, epochs_done=0, epoch=None, end=None),
        health=health(chip="not_checked"), evidence={}, events=[], charts=[], samples=SampleSheet(),
    )  # fmt: skip
    assert "Not checked yet" in run_report_html(empty)
    assert run_report_markdown(empty).startswith("# focal-loss\n")
    assert empty.made_ms == MADE_MS
    assert HOSTILE not in run_report_html(empty)


@pytest.mark.parametrize("value", ["1. one", "- x", "+ x", "= y", "---", "1) x", ": a"])
def test_what_begins_like_a_list_or_a_line_stays_text(value: str) -> None:
    html = GITHUB.render(run_report_markdown(a_report(health=health(an_alert(what=value)))))
    assert f"<p>{value}" in html or f"{value}" in html
    assert "<hr>\n<p>(" not in html
