"""A comparison's tables as lines of a report: what the page's table says in a cell, in the same words."""

from collections.abc import Callable, Sequence

from epochwatch_server.comparison.compared import Compared
from epochwatch_server.comparison.config_table import ConfigCell, ConfigRow
from epochwatch_server.comparison.metric_table import MetricCell, MetricRow, ValTestRow
from epochwatch_server.comparison.run_table import RunFactsRow
from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.reports.comparison_report import NEVER_COMPUTED, TEXT_NUMBER, Cell, Line, untested
from epochwatch_server.reports.event_words import state_word
from epochwatch_server.reports.numbers import (
    ABSENT,
    count_word,
    duration_word,
    gap_word,
    large_word,
    score_word,
)

_DIRECTIONS = {"max": "higher is better", "min": "lower is better"}
_TITLES = {rule.id: rule.title for rule in RULES}


def setting_lines(rows: Sequence[ConfigRow]) -> list[Line]:
    """Lay settings side by side."""
    return [Line(row.key, [_setting(cell) for cell in row.cells]) for row in rows]


def pairs_of(tests: Sequence[ValTestRow], metric: str | None) -> Sequence[tuple[float | None, float | None]]:
    """Find each run's best validation value and test value of what a metric measures."""
    stem = read_metric_name(metric).stem if metric else None
    return next((row.pairs for row in tests if row.stem == stem), ())


def metric_lines(
    row: MetricRow, tests: Sequence[ValTestRow], facts: Sequence[RunFactsRow], yardstick: str | None
) -> list[Line]:
    """Make a metric's line, and one of what the same quantity was on the test data, where any run has tested it."""
    hint = _DIRECTIONS.get(row.direction or "", "")
    lines = [Line(row.metric, [_metric_cell(cell, row.metric) for cell in row.cells], hint)]
    pairs = pairs_of(tests, row.metric) if row.split == "val" else ()
    if pairs and (row.metric == yardstick or any(test is not None for _, test in pairs)):
        cells = [
            untested(is_tested=fact.is_tested) if test is None else _test_cell(val, test, row.metric)
            for (val, test), fact in zip(pairs, facts, strict=True)
        ]
        lines.append(Line(f"test/{read_metric_name(row.metric).stem}", cells))
    return lines


def fact_lines(group: Sequence[Compared], facts: Sequence[RunFactsRow]) -> list[Line]:
    """Say how the runs went: state, health, epochs, pace; what nobody gave has no line."""

    def line(name: str, tell: Callable[[RunFactsRow], Cell]) -> Line:
        return Line(name, [tell(row) for row in facts])

    lines = [
        line("State", lambda row: Cell(state_word(row.state))),
        line("Health", _health_cell),
        line("Epochs", lambda row: Cell(_epochs(row))),
        line("Duration", lambda row: Cell(duration_word(row.seconds))),
        line("An epoch", lambda row: Cell(duration_word(row.epoch_seconds))),
        line("Steps a second", lambda row: Cell(_rate(row.steps_per_second))),
    ]
    if any(row.parameters is not None for row in facts):
        lines.append(line("Parameters", lambda row: Cell(large_word(row.parameters))))
    if any(row.verdict for row in facts):
        lines.append(line("Verdict by hand", lambda row: Cell(row.verdict or ABSENT)))
    if any(one.run.tags for one in group):
        lines.append(Line("Tags", [Cell(", ".join(one.run.tags) or ABSENT) for one in group]))
    return lines


def _setting(cell: ConfigCell) -> Cell:
    if cell.is_absent:
        return Cell("not set")
    return Cell(cell.text[:400], TEXT_NUMBER if cell.is_text_number else "")


def _metric_cell(cell: MetricCell, metric: str) -> Cell:
    standing = cell.standing
    if standing is None:
        return Cell("never computed", NEVER_COMPUTED)
    chosen = standing.last if standing.best is None else standing.best
    at = "" if standing.best_epoch is None else f" @ {standing.best_epoch}"
    last = f"last {score_word(standing.last, metric)}"
    second = f"last of {count_word(standing.n)}" if standing.best is None else last
    return Cell(f"{score_word(chosen, metric)}{at}", second=second, is_best=cell.is_best)


def _test_cell(val: float | None, test: float, metric: str) -> Cell:
    gap = gap_word(val, test, metric)
    return Cell(score_word(test, metric), second=f"{gap} to val" if gap else "")


def _epochs(row: RunFactsRow) -> str:
    planned = f" of {count_word(row.planned_epochs)}" if row.planned_epochs else ""
    return f"{count_word(row.epochs_done)}{planned}"


def _health_cell(row: RunFactsRow) -> Cell:
    """Count what ever fired, and name the rules, the worst first."""
    counts = [f"{count} {severity}" for severity, count in row.alerts.items() if count]
    if not counts:
        return Cell("no alert" if row.epochs_done else "not checked")
    return Cell(", ".join(counts), second=", ".join(_TITLES.get(rule, rule) for rule in row.rules))


def _rate(rate: float | None) -> str:
    if rate is None:
        return ABSENT
    return f"{rate:.3g}" if rate < 1000 else large_word(round(rate))
