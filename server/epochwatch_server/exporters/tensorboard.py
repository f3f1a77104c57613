"""A run as a TensorBoard event file: scalars, images and the config, framed and encoded by TensorBoard's own code."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.run import Run
from epochwatch_server.exporters.rows import Read, StepRow, rows_of
from epochwatch_server.exporters.sink import Sink
from epochwatch_server.store import samples, series

_CHUNK_EVENTS = 2_000


def export_tensorboard(read: Read, run: Run) -> Iterator[bytes]:
    """Yield an event file; values become float32, as event files hold them.

    Raises:
        InvalidInput: TensorBoard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise InvalidInput("event files need TensorBoard: pip install 'epochwatch[export]'")
    return _write(read, run)


def _write(read: Read, run: Run) -> Iterator[bytes]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    sink = Sink()
    writer = RecordWriter(sink)
    writer.write(Event(wall_time=run.created_ms / 1000, file_version="brain.Event:2").SerializeToString())
    for number, event in enumerate(_events(read, run), 1):
        writer.write(event.SerializeToString())
        if number % _CHUNK_EVENTS == 0:
            yield sink.take()
    yield sink.take()


def _events(read: Read, run: Run) -> Iterator[Any]:
    yield _event(run.created_ms, 0, [_text("config", json.dumps(run.config, indent=2, default=str))])
    with read() as connection:
        by_step = {found.metric for found in series.list_series(connection, run.id) if found.n}
    for row in rows_of(read, run.id):
        if isinstance(row, StepRow):
            values = dict(row.metrics)
        else:  # of what was logged by step, the sum of an epoch would be a second, other point
            values = {name: point.value for name, point in row.points.items() if name not in by_step}
        if values:
            yield _event(row.time_ms, row.step, [_scalar(name, value) for name, value in values.items()])
    yield from _images(read, run)


def _images(read: Read, run: Run) -> Iterator[Any]:
    from tensorboard.compat.proto.summary_pb2 import Summary

    with read() as connection:
        shown = samples.sample_epochs(connection, run.id)
    for split, epochs in shown.items():
        for epoch in epochs:
            with read() as connection:
                found = samples.list_samples(connection, run.id, split, epoch)
            for sample in found:
                with read() as connection:
                    image = samples.get_image(connection, sample.image) if sample.image else None
                if image is not None:
                    picture = Summary.Image(height=image.height, width=image.width, encoded_image_string=image.data)
                    tag = f"{split}/{sample.id}"
                    yield _event(sample.time_ms, epoch, [Summary.Value(tag=tag, image=picture)])


def _event(time_ms: int, step: int, values: list[Any]) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Event(wall_time=time_ms / 1000, step=step, summary=Summary(value=values))


def _scalar(name: str, value: float) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary.Value(tag=name, simple_value=value)


def _text(name: str, text: str) -> Any:
    from tensorboard.plugins.text.summary_v2 import text_pb

    return text_pb(name, text).value[0]
