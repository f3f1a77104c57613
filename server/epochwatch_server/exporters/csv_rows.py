"""Every point as a row of CSV: `metric,step,epoch,time_ms,value`."""

from collections.abc import Iterator, Sequence

from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import Points
from epochwatch_server.exporters.rows import Read
from epochwatch_server.store import series

_CHUNK_ROWS = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by a spreadsheet


def export_csv(read: Read, run: Run, metrics: Sequence[str] = ()) -> Iterator[bytes]:
    """Yield the asked metrics, or all, one after the other; the epoch is empty where unknown."""
    yield b"metric,step,epoch,time_ms,value\r\n"
    if not metrics:
        with read() as connection:
            metrics = [found.metric for found in series.list_series(connection, run.id)]
    for metric in metrics:
        with read() as connection:
            points = series.read_points(connection, run.id, metric)
            by_epoch = {} if len(points) else series.read_epoch_points(connection, run.id, [metric])
        yield from _step_rows(_cell(metric), points)
        # What was only ever told by epoch, such as what the hook itself works out.
        for point in by_epoch.get(metric, []):
            yield f"{_cell(metric)},{point.step},{point.epoch},{point.time_ms},{point.value!r}\r\n".encode()


def _step_rows(name: str, points: Points) -> Iterator[bytes]:
    for start in range(0, len(points), _CHUNK_ROWS):
        part = slice(start, start + _CHUNK_ROWS)
        columns = (array[part].tolist() for array in (points.steps, points.epochs, points.times_ms, points.values))
        lines = [
            f"{name},{step},{epoch if epoch >= 0 else ''},{time},{value!r}\r\n"
            for step, epoch, time, value in zip(*columns, strict=True)
        ]
        yield "".join(lines).encode()


def _cell(text: str) -> str:
    text = "'" + text if text.startswith(_FORMULA) else text
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text
