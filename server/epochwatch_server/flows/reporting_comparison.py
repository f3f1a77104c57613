"""From the store to the report of a comparison: the same tables, findings and charts as the Compare page shows."""

from collections.abc import Sequence

from epochwatch_server.charts.overlay import Overlay
from epochwatch_server.comparison.catalogue import findings_of
from epochwatch_server.comparison.compared import Compared, metrics_of, yardstick_of
from epochwatch_server.comparison.config_table import ConfigCell, config_rows
from epochwatch_server.comparison.metric_table import MetricCell, MetricRow, ValTestRow, metric_rows, val_test_rows
from epochwatch_server.comparison.run_table import run_facts
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.flows.comparing import Comparing, overlay_of
from epochwatch_server.flows.report_samples import samples_beside
from epochwatch_server.flows.reporting import PIXELS, RenderNote
from epochwatch_server.reports.comparison_report import (
    NEVER_COMPUTED,
    NEVER_TESTED,
    TEXT_NUMBER,
    Cell,
    ComparisonReport,
    Line,
    RunInComparison,
)
from epochwatch_server.reports.numbers import score_word
from epochwatch_server.reports.run_report import GivenChart
from epochwatch_server.store import views
from epochwatch_server.store.database import Connection

MOST_CHARTS = 12
_MOST_SETTINGS = 200
_MOST_METRICS = 60
_DIRECTIONS = {"max": "higher is better", "min": "lower is better"}
_DRAWN_ROLES = ("loss", "component")


def comparison_report(
    connection: Connection,
    comparing: Comparing,
    run_ids: Sequence[str],
    metric: str | None,
    now_ms: int,
    render: RenderNote,
) -> ComparisonReport:
    """Read everything a report of a comparison says; `metric` ranks the runs, by default the one most of them track.

    Raises:
        InvalidInput: Fewer than two runs are named, or more than eight.
        NotFound: One of them does not exist.
    """
    group = comparing.read(connection, run_ids)
    yardstick = metric or yardstick_of(group)
    settings = config_rows(group)
    differing = [row for row in settings if row.differs]
    rows, tests = metric_rows(group), val_test_rows(group)
    usual = [row for row in rows if row.metric == yardstick or (row.direction is not None and row.split == "val")]
    usual.sort(key=lambda row: row.metric != yardstick)
    charts = chart_metrics(group, yardstick)
    note = views.get_comparison_note(connection, [one.run.id for one in group])
    return ComparisonReport(
        runs=_runs(group, rows, tests, yardstick),
        made_ms=now_ms,
        yardstick=yardstick,
        settings=[Line(row.key, [_setting(cell) for cell in row.cells]) for row in differing[:_MOST_SETTINGS]],
        same_settings=len(settings) - len(differing),
        metrics=[line for row in usual[:_MOST_METRICS] for line in _metric_lines(row, tests, yardstick)],
        more_metrics=len(rows) - len(usual[:_MOST_METRICS]),
        findings=[(found.text, found.caution) for found in findings_of(group, yardstick)],
        charts=[
            GivenChart("", one, overlay_of(connection, group, one, Overlay(width=PIXELS)))
            for one in charts[:MOST_CHARTS]
        ],
        left_out=[name for name in metrics_of(group) if name not in charts[:MOST_CHARTS]],
        samples=samples_beside(connection, [(one.run, one.name) for one in group]),
        note=note,
        note_html=render(note) if note else "",
    )


def chart_metrics(group: Sequence[Compared], yardstick: str | None) -> list[str]:
    """Choose what is drawn of all runs: the ranking metric, the losses, then other scores of the validation."""
    names = metrics_of(group)
    told = {name: read_metric_name(name) for name in names}
    losses = [name for name in names if told[name].role == "loss"]
    parts = [name for name in names if told[name].role in _DRAWN_ROLES]
    scores = [name for name in names if told[name].split == "val" and told[name].direction]
    first = [yardstick] if yardstick in told and yardstick is not None else []
    return list(dict.fromkeys([*first, *losses, *scores, *parts]))


def _runs(
    group: Sequence[Compared], rows: Sequence[MetricRow], tests: Sequence[ValTestRow], yardstick: str | None
) -> list[RunInComparison]:
    row = next((row for row in rows if row.metric == yardstick), None)
    pairs = _pairs(tests, yardstick)
    told = []
    for place, (one, facts) in enumerate(zip(group, run_facts(group), strict=True)):
        cell = row.cells[place] if row is not None else None
        standing = cell.standing if cell is not None else None
        told.append(
            RunInComparison(
                run=one.run,
                name=one.name,
                best=standing.best if standing is not None else None,
                best_epoch=standing.best_epoch if standing is not None else None,
                is_best=cell is not None and cell.is_best,
                test=pairs[place][1] if pairs else None,
                seconds=facts.seconds,
                alerts=one.alerts,
            )
        )
    return told


def _pairs(tests: Sequence[ValTestRow], metric: str | None) -> Sequence[tuple[float | None, float | None]]:
    stem = read_metric_name(metric).stem if metric else None
    return next((row.pairs for row in tests if row.stem == stem), ())


def _setting(cell: ConfigCell) -> Cell:
    if cell.is_absent:
        return Cell("not set")
    return Cell(cell.text[:400], TEXT_NUMBER if cell.is_text_number else "")


def _metric_lines(row: MetricRow, tests: Sequence[ValTestRow], yardstick: str | None) -> list[Line]:
    """Make a metric's line, and one of what the same quantity was on the test data, where any run has tested it."""
    hint = _DIRECTIONS.get(row.direction or "", "")
    lines = [Line(row.metric, [_metric_cell(cell, row.metric) for cell in row.cells], hint)]
    pairs = _pairs(tests, row.metric) if row.split == "val" else ()
    if pairs and (row.metric == yardstick or any(test is not None for _, test in pairs)):
        cells = [
            Cell("never tested", NEVER_TESTED) if test is None else Cell(score_word(test, row.metric))
            for _, test in pairs
        ]
        lines.append(Line(f"test/{read_metric_name(row.metric).stem}", cells))
    return lines


def _metric_cell(cell: MetricCell, metric: str) -> Cell:
    standing = cell.standing
    if standing is None:
        return Cell("never computed", NEVER_COMPUTED)
    chosen = standing.last if standing.best is None else standing.best
    at = "" if standing.best_epoch is None else f" @ {standing.best_epoch}"
    second = "last" if standing.best is None else f"last {score_word(standing.last, metric)}"
    return Cell(f"{score_word(chosen, metric)}{at}", second=second, is_best=cell.is_best)
