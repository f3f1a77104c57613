"""From the store to the report of a comparison: the same tables, findings and charts as the Compare page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.overlay import Overlay
from epochwatch_server.comparison.catalogue import findings_of
from epochwatch_server.comparison.compared import Compared, metrics_of, yardstick_of
from epochwatch_server.comparison.config_table import config_rows
from epochwatch_server.comparison.groups import group_by
from epochwatch_server.comparison.metric_table import MetricRow, ValTestRow, metric_rows, val_test_rows
from epochwatch_server.comparison.run_table import run_facts
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.flows.comparing import Comparing, overlay_of, spread_of
from epochwatch_server.flows.comparison_lines import fact_lines, metric_lines, pairs_of, setting_lines
from epochwatch_server.flows.report_samples import samples_beside
from epochwatch_server.flows.reporting import PIXELS, RenderNote
from epochwatch_server.reports.comparison_report import ComparisonReport, RunInComparison
from epochwatch_server.reports.numbers import plural
from epochwatch_server.reports.run_report import GivenChart
from epochwatch_server.store import views
from epochwatch_server.store.database import Connection

MOST_CHARTS = 32
_MOST_SETTINGS = 400
_MOST_METRICS = 200
_DRAWN_ROLES = ("loss", "component")
_TITLES = {"val": "Validation", "test": "Test", "train": "Training", None: "Other"}
_ALONG = {"step": "along steps", "time": "along the time since each began", "fraction": "along the share of each plan"}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a comparison is to be told, as the page's address says it.

    metric: ranks the runs; None: the one most of them track. overlay: how the charts lay the runs over one another.
    group: a setting whose values are averaged over.
    """

    metric: str | None = None
    overlay: Overlay = field(default_factory=Overlay)
    group: str | None = None


def comparison_report(
    connection: Connection, comparing: Comparing, run_ids: Sequence[str], asked: Asked, now_ms: int, render: RenderNote
) -> ComparisonReport:
    """Read everything a report of a comparison says.

    Raises:
        InvalidInput: Fewer than two runs are named, or more than eight; or the baseline is not among them.
        NotFound: One of them does not exist.
    """
    group = comparing.read(connection, run_ids)
    yardstick = asked.metric or yardstick_of(group)
    settings, facts = config_rows(group), run_facts(group)
    rows, tests = metric_rows(group), val_test_rows(group)
    usual = [row for row in rows if row.metric == yardstick or (row.direction is not None and row.split == "val")]
    usual.sort(key=lambda row: row.metric != yardstick)
    others = [row for row in rows if row not in usual]
    names = chart_metrics(group, yardstick)
    note = views.get_comparison_note(connection, [one.run.id for one in group])
    return ComparisonReport(
        runs=_runs(group, rows, tests, yardstick),
        made_ms=now_ms,
        yardstick=yardstick,
        settings=setting_lines([row for row in settings if row.differs][:_MOST_SETTINGS]),
        same_settings=[(row.key, row.cells[0].text[:400]) for row in settings if not row.differs][:_MOST_SETTINGS],
        metrics=[line for row in usual[:_MOST_METRICS] for line in metric_lines(row, tests, facts, yardstick)],
        other_metrics=[line for row in others[:_MOST_METRICS] for line in metric_lines(row, (), facts, yardstick)],
        facts=fact_lines(group, facts),
        findings=[(found.text, found.caution) for found in findings_of(group, yardstick)],
        charts=_charts(connection, group, names[:MOST_CHARTS], asked),
        left_out=names[MOST_CHARTS:],
        asked=_told(group, asked),
        groups=_groups(group, yardstick, asked.group),
        samples=samples_beside(connection, [(one.run, one.name) for one in group]),
        note=note,
        note_html=render(note) if note else "",
    )


def chart_metrics(group: Sequence[Compared], yardstick: str | None) -> list[str]:
    """Order what is drawn of all runs: the ranking metric, the losses, scores of the validation, then the rest."""
    names = metrics_of(group)
    told = {name: read_metric_name(name) for name in names}
    losses = [name for name in names if told[name].role == "loss"]
    parts = [name for name in names if told[name].role in _DRAWN_ROLES]
    scores = [name for name in names if told[name].split == "val" and told[name].direction]
    first = [yardstick] if yardstick in told and yardstick is not None else []
    return list(dict.fromkeys([*first, *losses, *scores, *parts, *names]))


def _charts(connection: Connection, group: Sequence[Compared], names: Sequence[str], asked: Asked) -> list[GivenChart]:
    """Draw metrics by their splits, in the order of the page; the first of them stands first of all."""
    splits = {name: read_metric_name(name).split for name in names}
    order = list(dict.fromkeys([*(splits[name] for name in names[:1]), *_TITLES]))
    sorted_names = sorted(names, key=lambda name: order.index(splits[name] if splits[name] in order else None))
    return [
        GivenChart(_TITLES.get(splits[name], _TITLES[None]), name, _draw(connection, group, name, asked))
        for name in sorted_names
    ]


def _draw(connection: Connection, group: Sequence[Compared], metric: str, asked: Asked) -> Figure:
    overlay = replace(asked.overlay, width=PIXELS)
    if asked.group:
        return spread_of(group, metric, asked.group, overlay)
    return overlay_of(connection, group, metric, overlay)


def _told(group: Sequence[Compared], asked: Asked) -> str:
    """Say how the runs are laid over one another, where it is not along epochs and as they are."""
    overlay, parts = asked.overlay, []
    baseline = next((one.name for one in group if one.run.id == overlay.baseline), None)
    if asked.group:
        parts.append(f"Mean of the runs that share {asked.group}, with one standard deviation")
    elif baseline is not None:
        parts.append(f"Differences to {baseline}")
    parts += [_ALONG[overlay.align]] if overlay.align in _ALONG and not asked.group else []
    parts += ["on a logarithmic axis"] if overlay.scale == "log" else []
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _groups(group: Sequence[Compared], metric: str | None, key: str | None) -> list[tuple[str, int]]:
    """Name the groups with the hues that their lines have."""
    found = group_by(group, key, metric) if key and metric else []
    return [(f"{key} {each.value} ({plural(len(each.runs), 'run')})", place) for place, each in enumerate(found)]


def _runs(
    group: Sequence[Compared], rows: Sequence[MetricRow], tests: Sequence[ValTestRow], yardstick: str | None
) -> list[RunInComparison]:
    row = next((row for row in rows if row.metric == yardstick), None)
    pairs = pairs_of(tests, yardstick)
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
                is_tested=facts.is_tested,
            )
        )
    return told
