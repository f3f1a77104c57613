"""Metrics side by side: each run's best (not its last) with the epoch, and which run did best."""

from collections.abc import Sequence
from dataclasses import dataclass

from epochwatch_server.comparison.compared import Compared, Standing, metrics_of, standing_of
from epochwatch_server.domain.roles import read_metric_name

_HIDDEN_ROLES = frozenset({"lr", "grad_norm", "clip_fraction", "update_ratio", "weight"})  # told in their own rows


@dataclass(frozen=True, slots=True)
class MetricCell:
    """One run's standing; None: the run never computed the metric, which is not 0."""

    standing: Standing | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric over all runs, one cell a run. differs: not all runs say the same."""

    metric: str
    split: str | None
    role: str
    direction: str | None
    cells: tuple[MetricCell, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class ValTestRow:
    """One quantity's best validation value against its test value, one pair a run. None: never computed."""

    stem: str
    pairs: tuple[tuple[float | None, float | None], ...]


def metric_rows(group: Sequence[Compared], metrics: Sequence[str] | None = None) -> list[MetricRow]:
    """Lay the metrics side by side; without a list, all but those about the optimiser."""
    names = metrics if metrics is not None else metrics_of(group)
    return [
        _row(group, name) for name in names if metrics is not None or read_metric_name(name).role not in _HIDDEN_ROLES
    ]


def val_test_rows(group: Sequence[Compared]) -> list[ValTestRow]:
    """Pair every quantity's best validation value with its test value, where any run has either as a score."""
    stems = dict.fromkeys(
        told.stem
        for told in map(read_metric_name, metrics_of(group))
        if told.split in ("val", "test") and told.direction
    )
    rows = []
    for stem in stems:
        pairs = tuple((_value(compared, stem, "val"), _value(compared, stem, "test")) for compared in group)
        if any(val is not None or test is not None for val, test in pairs):
            rows.append(ValTestRow(stem, pairs))
    return rows


def was_tested(compared: Compared) -> bool:
    """Say whether the run has any test metric."""
    return any(read_metric_name(name).split == "test" for name in (*compared.series, *compared.epochs))


def _value(compared: Compared, stem: str, split: str) -> float | None:
    for name in metrics_of([compared]):
        told = read_metric_name(name)
        if told.split == split and told.stem == stem:
            found = standing_of(compared, name)
            if found is not None:
                # What was tested once at the end is told as it is; a validation value is the one that was chosen.
                return found.last if split == "test" or found.best is None else found.best
    return None


def _row(group: Sequence[Compared], metric: str) -> MetricRow:
    told = read_metric_name(metric)
    standings = [standing_of(compared, metric) for compared in group]
    direction = next((found.direction for found in standings if found and found.direction), None)
    values = [found.best for found in standings if found is not None and found.best is not None]
    winner = (min if direction == "min" else max)(values, default=None) if len(values) > 1 else None
    cells = tuple(
        MetricCell(found, found is not None and winner is not None and found.best == winner and len(set(values)) > 1)
        for found in standings
    )
    said = {None if found is None else (found.best, found.last) for found in standings}
    return MetricRow(metric, told.split, told.role, direction, cells, len(said) > 1)
