"""What one event of TensorBoard's tells: a number, a text, images, or the settings of a run."""

import hashlib
import math
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from epochwatch_server.importers.imported import Happening, Picture, Row, Told

_MAX_IMAGES_A_STEP = 8
_MAX_IMAGE_BYTES = 4 << 20
_MAX_WHOLE = 2**53  # beyond it a float is not exact
_SETTINGS = "_hparams_/"
_EPOCH, _BATCH, _EVALUATION = "epoch_", "batch_", ("evaluation_", "_vs_iterations")  # how Keras names its series
_SAID_ELSEWHERE = ("scalars", "hparams", "custom_scalars")
_KINDS = {"histograms": "histogram", "graphs": "graph", "graph_keras_model": "graph", "pr_curves": "curve"}
_FORMATS = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}  # DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64


@dataclass(slots=True)
class ValueReader:
    """Reads the values of one run in their order.

    done: how many epochs Keras has ended; it writes by the epoch, and what it writes by the batch is of the next one.
    left_out: what was met and is not kept, by kind.
    """

    done: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def read(self, event: Any, value: Any, split: str) -> Iterator[Told]:
        """Yield what a value tells; nothing for histograms, graphs, audio and what else is not kept."""
        is_simple = value.HasField("simple_value")
        plugin = "scalars" if is_simple else value.metadata.plugin_data.plugin_name
        if plugin == "scalars" and not value.tag.startswith(_SETTINGS):
            number = value.simple_value if is_simple else number_of(value.tensor)
            if number is not None:
                epoch = self._epoch(event, value.tag, split)
                yield Row(event.step, epoch, event.wall_time, {_name(value.tag, split): number})
        elif plugin == "text":
            text = b"\n".join(value.tensor.string_val).decode("utf-8", "replace")
            fields = {"text": f"{value.tag.removesuffix('/text_summary')}: {text}", "step": event.step}
            yield Happening("note", event.wall_time, fields)
        elif plugin == "images":
            yield from _pictures(event, value)
        elif plugin not in _SAID_ELSEWHERE:
            self.left_out[_KINDS.get(plugin, plugin[:40] or "value of no kind")] += 1

    def remark(self) -> list[str]:
        """Say what was left out."""
        told = [f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in self.left_out.items()]
        return [f"not kept: {', '.join(told)}"] if told else []

    def _epoch(self, event: Any, tag: str, split: str) -> int | None:
        if not split or event.step < 0:
            return None
        if tag.startswith(_EPOCH):
            self.done = event.step + 1
            return int(event.step)
        is_of_batches = tag.startswith(_BATCH) or (tag.startswith(_EVALUATION[0]) and tag.endswith(_EVALUATION[1]))
        return self.done if is_of_batches else None


def _name(tag: str, split: str) -> str:
    """Keras writes `epoch_loss` into a folder of its split."""
    return f"{split}/{tag.removeprefix(_EPOCH)}" if split else tag


def number_of(tensor: Any) -> float | None:
    """Read the one number of a tensor, in whichever field it stands."""
    for values in (tensor.float_val, tensor.double_val, tensor.int_val, tensor.int64_val):
        if values:
            return float(values[0])
    layout = _FORMATS.get(tensor.dtype)
    if layout is not None and len(tensor.tensor_content) == struct.calcsize(layout):
        return float(struct.unpack(layout, tensor.tensor_content)[0])
    return None


def _pictures(event: Any, value: Any) -> Iterator[Told]:
    """Take the images of a tag as samples; the tensor holds width, height, and then the files."""
    shown = [data for data in value.tensor.string_val[2:] if len(data) <= _MAX_IMAGE_BYTES][:_MAX_IMAGES_A_STEP]
    if not shown or event.step < 0:
        return
    samples = []
    for place, data in enumerate(shown):
        key = hashlib.sha256(data).digest()[:16]
        yield Picture(key, data)
        samples.append({"id": f"{value.tag}/{place}", "image": key.hex(), "caption": value.tag})
    fields: Mapping[str, Any] = {"split": "val", "epoch": event.step, "step": event.step, "samples": samples}
    yield Happening("samples", event.wall_time, fields)


def settings_of(value: Any) -> dict[str, Any]:
    """Read what `add_hparams` and Lightning's logger wrote about a run's settings; empty where it is something else."""
    from google.protobuf.message import DecodeError
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    if value.tag != f"{_SETTINGS}session_start_info":
        return {}
    try:
        given = HParamsPluginData.FromString(value.metadata.plugin_data.content).session_start_info.hparams
    except DecodeError:
        return {}
    kinds = {name: (one, one.WhichOneof("kind")) for name, one in given.items()}
    return {name: _plain(getattr(one, kind)) if kind else None for name, (one, kind) in kinds.items()}


def _plain(value: Any) -> Any:
    """The format keeps every number as a float: a whole one was most likely given as one."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_WHOLE else value


def time_of(event: Any) -> float:
    """Read when an event was written; one that says nonsense stands at the beginning."""
    return float(event.wall_time) if math.isfinite(event.wall_time) else 0.0
