"""From the store to the report of a run: the same figures, charts, alerts and samples as its page shows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from epochwatch_server.charts.chart import Entry
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.sections import Section
from epochwatch_server.charts.view import View
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.alert_chart import alert_figure
from epochwatch_server.flows.announce import HIDDEN
from epochwatch_server.flows.charting import charts_of, figure_of
from epochwatch_server.flows.health_views import health_of
from epochwatch_server.flows.recordings import ending_of
from epochwatch_server.flows.report_samples import samples_of
from epochwatch_server.flows.rule_book import RuleBook
from epochwatch_server.flows.targets import targets_of
from epochwatch_server.live.health_messages import HealthJson
from epochwatch_server.reports.run_report import GivenChart, RunReport
from epochwatch_server.store import events, runs, series
from epochwatch_server.store.database import Connection

RenderNote = Callable[[str], str]

PIXELS = 300  # of a still chart's width, for how many points it gets
MOST_CHARTS = 32
_IN_A_SECTION = 6  # at first: no section may keep the others out
MOST_SAMPLE_CHARTS = 12
_SAMPLE_KINDS = ("sample_error", "done_flag", "scatter", "confusion")  # in this order, with the samples
_MOST_EVIDENCE = 30
_MOST_EVENTS = 1_000


def run_report(connection: Connection, book: RuleBook, run_id: str, now_ms: int, render: RenderNote) -> RunReport:
    """Read everything a report of a run says.

    Args:
        render: Turns the Markdown of the note into HTML that can do no harm.

    Raises:
        NotFound: There is no such run.
    """
    run = runs.get_run(connection, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:64]!r}; it may have been deleted.")
    health = health_of(connection, book, run)
    sections, of_samples = part_charts(charts_of(connection, run_id))
    chosen = choose_charts(sections)
    listed = [*(entry for section in sections for entry in section.charts), *of_samples[MOST_SAMPLE_CHARTS:]]
    return RunReport(
        run=run,
        made_ms=now_ms,
        health=health,
        evidence=_evidence(connection, run_id, health),
        tests=_tests(connection, run),
        events=events.list_events(connection, run_id, limit=_MOST_EVENTS, without=HIDDEN)[::-1],
        charts=[
            GivenChart(section.title, entry.title, _draw(connection, run_id, entry))
            for section in sections
            for entry in section.charts
            if entry in chosen
        ],
        left_out=[entry.title for entry in listed if entry not in chosen],
        standings=targets_of(connection, run),
        samples=samples_of(connection, run),
        sample_charts=[
            GivenChart("", entry.title, _draw(connection, run_id, entry)) for entry in of_samples[:MOST_SAMPLE_CHARTS]
        ],
        note_html=render(run.note) if run.note else "",
    )


def part_charts(sections: Sequence[Section]) -> tuple[list[Section], list[Entry]]:
    """Take out the charts that tell of the samples: they stand with them, and no other chart keeps them out."""
    listed = [entry for section in sections for entry in section.charts]
    of_samples = [entry for kind in _SAMPLE_KINDS for entry in listed if entry.kind == kind]
    others = [
        replace(section, charts=tuple(entry for entry in section.charts if entry not in of_samples))
        for section in sections
    ]
    return [section for section in others if section.charts], of_samples


def choose_charts(sections: Sequence[Section]) -> set[Entry]:
    """Choose the charts to draw: some of every section, then more in the order of the page."""
    first = [entry for section in sections for entry in section.charts[:_IN_A_SECTION]]
    more = [entry for section in sections for entry in section.charts[_IN_A_SECTION:]]
    return set([*first, *more][:MOST_CHARTS])


def _draw(connection: Connection, run_id: str, entry: Entry) -> Figure:
    return figure_of(connection, run_id, entry.id, View(width=PIXELS))


def _evidence(connection: Connection, run_id: str, health: HealthJson) -> dict[int, Figure]:
    told = [alert for alert in health.alerts if alert.muted is None][:_MOST_EVIDENCE]
    return {alert.id: alert_figure(connection, run_id, alert.id) for alert in told}


def _tests(connection: Connection, run: Run) -> dict[str, float]:
    """Read what was measured on the test data: logged, or told at the end."""
    found = series.series_of_runs(connection, [run.id])[run.id].values()
    logged = {one.metric: one.last for one in found if read_metric_name(one.metric).split == "test"}
    ending = ending_of(connection, run)
    told = dict(ending.metrics) if ending is not None else {}
    return {metric: value for metric, value in (told | logged).items() if not math.isnan(value) or metric in logged}
