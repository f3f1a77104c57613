"""The report of a diagnosis holds what was found, on what evidence, and what could not be told; in one file."""

import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.server_process import ROOT

from epochwatch_server.cli import main
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine
from epochwatch_server.health.history import History, RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording, replay
from epochwatch_server.importers.recording import read_recordings
from epochwatch_server.reports.case import Case, case_of, sentence, verdict_of
from epochwatch_server.reports.diagnosis import diagnosis_html
from epochwatch_server.reports.recorded import RecordedCharts
from epochwatch_server.reports.run import run_chapter

CORPUS = ROOT / "tests/corpus/dev"
HOSTILE = "</title></style><script>alert(1)</script><img src=http://example.org/x onerror=alert(1)>{{7*7}}\x00"


class _Outline(HTMLParser):
    """Collects a page's elements and what they would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            is_local = (value or "").startswith(("#", "data:,", "data:image/"))
            if (
                name.startswith("on")
                or name == "style"
                or (name in ("src", "href", "srcset", "action") and not is_local)
            ):
                self.dangers.append(f"{tag} {name}={value}")


def _case(recording: Recording) -> Case:
    return case_of(replay(recording, Engine(RULES)), RULES)


def _sick(name: str = "sick") -> Recording:
    losses = [2.0, 1.5, 1.2, math.nan, math.nan, math.nan]
    records = [
        Record("epoch", 10.0 * n, n, n, {"train/loss": loss, "val/loss": loss, "val/acc": 0.1 * n, "lr": 1e-3})
        for n, loss in enumerate(losses)
    ]
    ending = RunEnding("crashed", "Traceback\nValueError: boom", 60.0)
    facts = RunFacts(config={"lr": "5e-5", "note": "x"}, planned_epochs=20, tracked_metric="val/acc", mode="max")
    return Recording(name, facts, (*records, Record("end", 60.0, ending=ending)))


def outline_of(page: str) -> _Outline:
    outline = _Outline()
    outline.feed(page)
    return outline


def test_a_report_tells_verdict_evidence_cause_and_what_to_try() -> None:
    case = _case(_sick())
    page = diagnosis_html([case], "sick", "2025-01-01 10:00")
    (alert,) = [alert for alert in case.alerts if alert.rule == "nonfinite"]
    for words in (
        "critical",
        "Timeline",
        "What was found",
        "6 of 20 epochs, crashed",
        "ValueError: boom",
        "not logged",
    ):
        assert words in page
    assert alert.finding.what in page
    assert all(step in page for step in alert.finding.recommendations)
    assert "a number as text" in page
    chapter = run_chapter(case, "run")
    assert [section.title for section in chapter.sections] == [
        "Timeline",
        "What was found",
        "The error that ended it",
        "Charts",
        "Configuration",
        "What was checked, and what was not",
    ]


def test_the_stretch_of_an_alert_is_washed_on_its_chart() -> None:
    page = diagnosis_html([_case(_sick())], "sick", "")
    found = page[page.index('id="run-alerts"') :]
    assert re.search(r'<rect [^>]*fill="var\(--critical\)"', found)


def test_a_report_loads_runs_and_asks_for_nothing() -> None:
    page = diagnosis_html([_case(_sick())], "sick", "")
    outline = outline_of(page)
    assert outline.dangers == []
    assert "script" not in outline.tags
    assert "default-src &#39;none&#39;" in page
    assert "url(" not in page
    assert "@import" not in page


def test_nothing_that_a_run_wrote_becomes_markup() -> None:
    sick = _sick(HOSTILE)
    records = tuple(
        Record("epoch", 10.0 * n, n, n, {f"train/{HOSTILE}": 1.0, f"val/{HOSTILE}": math.nan, "train/loss": math.nan})
        for n in range(5)
    )
    facts = RunFacts(config={HOSTILE: {HOSTILE: HOSTILE}}, tracked_metric=HOSTILE)
    ending = Record("end", 60.0, ending=RunEnding(HOSTILE, HOSTILE, 60.0, {HOSTILE: 1.0}))
    hostile = Recording(sick.name, facts, (*records, ending), lost=(HOSTILE,))
    clean = outline_of(diagnosis_html([_case(_sick())], "sick", ""))
    for cases in ([_case(hostile)], [_case(hostile), _case(_sick())]):
        page = diagnosis_html(cases, HOSTILE, HOSTILE)
        outline = outline_of(page)
        assert outline.dangers == []
        assert set(outline.tags) <= set(clean.tags) | {
            "table",
            "thead",
            "tbody",
            "th",
            "td",
            "tr",
            "a",
            "ul",
            "li",
            "text",
        }
        assert "<script" not in page
        assert "{{7*7}}" in page


def test_a_healthy_run_is_said_to_be_so_and_what_was_not_checked_is_said_too() -> None:
    (recording,) = read_recordings(CORPUS / "dev_105.jsonl.gz")
    case = _case(recording)
    page = diagnosis_html([case], "well", "")
    assert verdict_of(case) == "Nothing found in 24 epochs"
    assert "Timeline" not in page
    assert "That is not the same as healthy" in page
    assert 'data-severity="ok"' in page


def test_several_runs_have_one_page_with_a_line_each_and_chapters_for_the_sick() -> None:
    (well,) = read_recordings(CORPUS / "dev_105.jsonl.gz")
    page = diagnosis_html([_case(_sick()), _case(well), _case(_sick("other"))], "logs", "")
    assert page.count('<article class="chapter"') == 2
    assert 'href="#run-1"' in page
    assert 'href="#run-3"' in page
    assert "3 runs: 2 with a critical alert, 0 with a warning, 1 without either." in page


def test_what_could_not_be_read_is_said() -> None:
    torn = Recording("torn", RunFacts(), _sick().records[:2], lost=("line 9: no JSON",))
    page = diagnosis_html([_case(torn)], "torn", "")
    assert "What could not be read" in page
    assert "line 9: no JSON" in page
    assert "without an end" in page


@pytest.mark.parametrize("records", [(), (Record("clock", 9.0),), (Record("step", 0.0, 0, None, {"x": math.inf}),)])
def test_a_run_of_next_to_nothing_has_a_report_too(records: tuple[Record, ...]) -> None:
    page = diagnosis_html([_case(Recording("empty", RunFacts(), records))], "empty", "")
    assert "Nothing found" in page


def test_every_recording_of_the_corpus_has_a_report_of_bounded_size() -> None:
    for path in sorted(CORPUS.glob("*.jsonl.gz"))[::18]:
        (recording,) = read_recordings(path)
        page = diagnosis_html([_case(recording)], recording.name, "")
        assert len(page) < 800_000, path.name
        assert outline_of(page).dangers == []


def test_a_report_of_a_long_run_stays_small() -> None:
    history = History(RunFacts())
    for step in range(20_000):
        values = {"train/loss": math.sin(step), "lr": 1e-3, "grad_norm": 1.0 + step % 7}
        history.add_step(step, step // 100, values, float(step))
    case = Case("long", history, (), {}, {}, RecordedCharts("long", history))
    assert len(diagnosis_html([case], "long", "")) < 1_000_000


def test_the_name_of_a_metric_at_the_begin_of_a_sentence_stays_as_it_is() -> None:
    assert sentence("val/loss is NaN") == "val/loss is NaN"
    assert sentence("grad_norm is 28") == "grad_norm is 28"
    assert sentence("the loss rises") == "The loss rises"


def test_diagnose_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.html"
    assert main(["diagnose", str(CORPUS / "dev_063.jsonl.gz"), "--html", str(report)]) == 1
    said = capsys.readouterr()
    assert f"wrote {report}" in said.err
    assert "CRITICAL nonfinite" in said.out
    assert report.read_text().startswith("<!doctype html>")
