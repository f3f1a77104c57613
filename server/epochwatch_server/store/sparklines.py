"""Small curves for the runs table: many runs in a few queries, no chunk unpacked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection

from epochwatch_server.domain.series import Points
from epochwatch_server.store.buckets import thin
from epochwatch_server.store.columns import join_float
from epochwatch_server.store.points import in_order
from epochwatch_server.store.statement import Statement, portions, question_marks

_Curve = dict[int, float]  # by step or by epoch


def sparklines(connection: Connection, metric_of_run: Mapping[str, str], n: int = 60) -> dict[str, list[float]]:
    """Read the course of one metric for each run: over its epochs, or over its steps when it has no two epochs.

    Args:
        metric_of_run: run id to metric.
        n: at most this many values a run, at least 4; beyond it extremes are kept and non-finite values are not.

    Returns:
        Values in order; a run without any point of its metric is left out.
    """
    series = _find_series(connection, metric_of_run)
    curves = _epoch_curves(connection, list(series))
    by_step = [series_id for series_id in series if len(curves.get(series_id, ())) < 2]
    curves |= _step_curves(connection, by_step)
    return {series[series_id]: _shorten(curve, n) for series_id, curve in curves.items()}


def _find_series(connection: Connection, metric_of_run: Mapping[str, str]) -> dict[int, str]:
    metrics = sorted(set(metric_of_run.values()))
    found: dict[int, str] = {}
    for names in portions(metrics, 10_000):
        for ids in portions(list(metric_of_run), 10_000):
            statement = Statement(
                "SELECT id, run_id, metric FROM series WHERE run_id IN ({ids}) AND metric IN ({names})",
                ids=question_marks(ids),
                names=question_marks(names),
            )
            rows = statement.rows(connection, *ids, *names)
            found |= {series_id: run_id for series_id, run_id, metric in rows if metric_of_run[run_id] == metric}
    return found


def _epoch_curves(connection: Connection, series_ids: Sequence[int]) -> dict[int, _Curve]:
    curves: dict[int, _Curve] = defaultdict(dict)
    for ids in portions(series_ids):
        statement = Statement(
            "SELECT series_id, epoch, value, flag FROM epoch_point WHERE series_id IN ({ids})",
            ids=question_marks(ids),
        )
        for series_id, epoch, value, flag in statement.rows(connection, *ids):
            curves[series_id][epoch] = join_float(value, flag)
    return curves


def _step_curves(connection: Connection, series_ids: Sequence[int]) -> dict[int, _Curve]:
    """Take hot rows as they are and of each chunk its first, lowest, highest and last value."""
    curves: dict[int, _Curve] = defaultdict(dict)
    for ids in portions(series_ids):
        marks = question_marks(ids)
        headers = Statement(
            "SELECT series_id, first_step, first_value, min_step, min_value, max_step, max_value, last_step, "
            "last_value FROM chunk WHERE series_id IN ({ids})",
            ids=marks,
        )
        for series_id, *pairs in headers.rows(connection, *ids):
            values = zip(pairs[::2], pairs[1::2], strict=True)
            curves[series_id] |= {step: value for step, value in values if value is not None}
        hot = Statement("SELECT series_id, step, value, flag FROM point WHERE series_id IN ({ids})", ids=marks)
        for series_id, step, value, flag in hot.rows(connection, *ids):
            curves[series_id][step] = join_float(value, flag)
    return curves


def _shorten(curve: _Curve, n: int) -> list[float]:
    if len(curve) <= n:
        return [curve[place] for place in sorted(curve)]
    places = np.array(list(curve), np.int64)
    points = Points(places, places, places, np.array(list(curve.values()), np.float64))
    kept: list[float] = thin(in_order(points), max(1, n // 2 - 1)).values.tolist()
    return kept
