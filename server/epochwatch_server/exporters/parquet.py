"""Every point as a row of a Parquet table, written with pyarrow."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import Points
from epochwatch_server.exporters.rows import Read
from epochwatch_server.exporters.sink import Sink
from epochwatch_server.store import series
from epochwatch_server.store.database import Connection


def export_parquet(read: Read, run: Run) -> Iterator[bytes]:
    """Yield a table of metric, step, epoch (null where unknown), time (UTC, milliseconds) and value; a group a metric.

    Raises:
        InvalidInput: pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise InvalidInput("Parquet needs pyarrow: pip install 'epochwatch[export]'")
    return _write(read, run)


def _write(read: Read, run: Run) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("metric", pa.dictionary(pa.int32(), pa.string())),
            ("step", pa.int64()),
            ("epoch", pa.int64()),
            ("time", pa.timestamp("ms", tz="UTC")),
            ("value", pa.float64()),
        ],
        metadata={"epochwatch.run": run.id, "epochwatch.name": run.name, "epochwatch.project": run.project},
    )
    sink = Sink()
    with read() as connection:
        metrics = [found.metric for found in series.list_series(connection, run.id)]
    with pq.ParquetWriter(sink, schema) as writer:
        for metric in metrics:
            with read() as connection:
                points = _read(connection, run.id, metric)
            if len(points):
                writer.write_table(_table(pa, schema, metric, points))
                yield sink.take()
    yield sink.take()


def _table(pa: Any, schema: Any, metric: str, points: Points) -> Any:
    names = pa.DictionaryArray.from_arrays(np.zeros(len(points), np.int32), [metric])
    epochs = pa.array(points.epochs, mask=points.epochs < 0)
    columns = [names, pa.array(points.steps), epochs, pa.array(points.times_ms).cast(schema.field("time").type)]
    return pa.Table.from_arrays([*columns, pa.array(points.values)], schema=schema)


def _read(connection: Connection, run_id: str, metric: str) -> Points:
    """Read a metric's points; of one that was only ever told by epoch, the epochs' as points of their last steps."""
    points = series.read_points(connection, run_id, metric)
    if len(points):
        return points
    found = series.read_epoch_points(connection, run_id, [metric]).get(metric, [])
    steps, epochs, times = (
        np.array([getattr(point, name) for point in found], np.int64) for name in ("step", "epoch", "time_ms")
    )
    return Points(steps, epochs, times, np.array([point.value for point in found], np.float64))
