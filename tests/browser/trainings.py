"""Trainings for the pages to show: packets as a hook sends them, made by hand so that every value is known."""

import itertools
import math
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.server_process import Answer, Client, HandMadeWriter, Rows, start_event

_numbers = itertools.count()


class HasClient(Protocol):
    """A server that packets can be posted to."""

    url: str

    def client(self) -> AbstractContextManager[Client]: ...


@dataclass
class Training:
    """One run. `metrics` are logged at every step, their epoch means at every epoch's end."""

    client: Client
    id: str = field(default_factory=lambda: f"t{next(_numbers):011d}")
    steps_per_epoch: int = 5
    patience: int = 6
    epoch: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int = 0

    def __post_init__(self) -> None:
        self.writer = HandMadeWriter(self.id)

    def post(self, **parts: Any) -> Answer:
        """Post a packet; it must be taken. A connection that idled away while the page was looked at is opened anew."""
        packet = self.writer.packet(**parts)
        try:
            answer = self.client.post_packet(packet)
        except OSError:
            answer = self.client.post_packet(packet)
        assert answer.status == 200, answer
        return answer

    def begin(self, **fields: Any) -> "Training":
        """Say hello, tracking val/acc over 20 epochs unless `fields` say otherwise."""
        tracked = {"metric": "val/acc", "mode": "max", "patience": self.patience, "min_delta": 0.0}
        self.post(events=[start_event(**{"name": self.id, "planned_epochs": 20, "tracked": tracked, **fields})])
        return self

    def log(self, values: Mapping[str, float], steps: int = 1) -> None:
        """Log the same values at the next steps."""
        self.step += steps
        at = list(range(self.step - steps, self.step))
        self.post(rows=[Rows(list(values), at, [list(values.values())] * steps, self.epoch)])

    def run_epoch(self, **values: float) -> None:
        """Train one epoch whose curves are simple; `values` go over them (`val_acc` is val/acc)."""
        loss = 2.0 * math.exp(-self.epoch / 5)
        steps = [[loss * (1 + 0.1 * k), 0.7 * loss, 0.3 * loss] for k in range(self.steps_per_epoch)]
        names = ["train/loss", "train/loss_signal", "train/loss_peak"]
        at = [self.step + k for k in range(self.steps_per_epoch)]
        self.step += self.steps_per_epoch
        told = {"val/loss": 1.1 * loss, "val/acc": 1 - 0.5 * math.exp(-self.epoch / 5)}
        told |= {name.replace("_", "/", 1): value for name, value in values.items()}
        rows = [Rows(names, at, steps, self.epoch)]
        rows += [Rows(list(told), [self.step - 1], [list(told.values())], self.epoch)]
        means = {name: spread([row[place] for row in steps]) for place, name in enumerate(names)}
        means |= {name: spread([value]) for name, value in told.items()}
        self.post(rows=rows, events=[*self._news(told["val/acc"]), self._epoch_event(means, told["val/acc"])])
        self.epoch += 1

    def run_epochs(self, count: int) -> "Training":
        for _ in range(count):
            self.run_epoch()
        return self

    def samples(self, samples: Sequence[Mapping[str, Any]], images: Mapping[str, bytes] | None = None) -> None:
        """Send samples of the last epoch."""
        event = {"type": "samples", "split": "val", "epoch": max(0, self.epoch - 1), "step": self.step}
        self.post(events=[{**event, "samples": samples}], images=images)

    def end(self, reason: str, **fields: Any) -> None:
        self.post(events=[{"type": "end", "reason": reason, "actor": None, "traceback": None, "summary": {}, **fields}])

    def _news(self, accuracy: float) -> list[dict[str, Any]]:
        if self.best is not None and not accuracy > self.best:
            return []
        news = {"type": "best", "metric": "val/acc", "epoch": self.epoch}
        news |= {"value": number(accuracy), "previous": self.best}
        self.best, self.best_epoch = accuracy, self.epoch
        return [news]

    def _epoch_event(self, means: Mapping[str, list[Any]], accuracy: float) -> dict[str, Any]:
        tracked = {"metric": "val/acc", "value": number(accuracy), "best": self.best, "best_epoch": self.best_epoch}
        tracked |= {"waited": self.epoch - self.best_epoch, "patience": self.patience, "mode": "max", "min_delta": 0.0}
        shared = {"epoch": self.epoch, "step": self.step - 1}
        return {"type": "epoch", **shared, "seconds": 1.0, "metrics": means, "tracked": tracked, "lr": 5.4e-5}


@contextmanager
def training(server: HasClient, **fields: Any) -> Iterator[Training]:
    """Open a run on a server."""
    with server.client() as client:
        yield Training(client).begin(**fields)


def spread(values: Sequence[float]) -> list[Any]:
    """Sum values up as the hook does: n, mean, std, min, max, non-finite."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return [0, number(values[-1]), None, None, None, len(values)]
    mean = sum(finite) / len(finite)
    std = math.sqrt(sum((value - mean) ** 2 for value in finite) / len(finite))
    return [len(finite), mean, std, min(finite), max(finite), len(values) - len(finite)]


def number(value: float) -> float | str:
    """Write a number as events carry it: what is not finite is a word."""
    return value if math.isfinite(value) else str(value)


def grey_png(width: int, height: int) -> bytes:
    """Make a grey image file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + b"\x60" * width) * height, 1)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
