"""Which epoch the points of a foreign log belong to, told without knowing what comes later in it."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.importers.imported import Closing, EpochRow, Happening, Item, Pause, Row, Told, spread_of

EPOCH_NAMES = ("epoch", "train/epoch", "epochs", "trainer/epoch")
_FIRST_STEPS, _LEAST_STEPS = 5, 2


@dataclass(slots=True)
class EpochCloser:
    """Gathers the values of the open epoch and closes it when a later one begins."""

    values: dict[str, list[float]] = field(default_factory=dict)
    last: Row | None = None

    def take(self, row: Row) -> EpochRow | None:
        """Take a row; returns the epoch that it ends, if it ends one."""
        if row.epoch is None:
            return None
        closed = None
        if self.last is not None and self.last.epoch is not None and row.epoch > self.last.epoch:
            closed = self.close()
        for metric, value in row.metrics.items():
            self.values.setdefault(metric, []).append(value)
        self.last = row
        return closed

    def close(self) -> EpochRow | None:
        """Close the open epoch; None when there is none."""
        if self.last is None or self.last.epoch is None or not self.values:
            return None
        spreads = {metric: spread_of(of) for metric, of in self.values.items()}
        self.values = {}
        return EpochRow(self.last.epoch, self.last.step, self.last.time, spreads)


def with_epochs(items: Iterable[Item], *, is_whole: bool) -> Iterator[Item]:
    """Give every row its epoch and close epochs, where the log tells epochs by a series of its own.

    Rows of one step are taken together, for a program writes the epoch last of what it logs at once. Without such a
    series, rows that have an epoch keep it. Of a log that still grows, the last step is held back: it may not be whole.
    A pause is passed on.

    Args:
        items: in the log's order, rows of one metric or many.
    """
    closer, clock, group = EpochCloser(), _Clock(), list[Told]()
    step: int | None = None
    for item in items:
        if isinstance(item, Pause):
            yield item
            continue
        if isinstance(item, Row) and step is not None and item.step != step:
            clock.read(group)
            yield from _told(group, clock.epoch, closer)
            group = []
        step = item.step if isinstance(item, Row) else step
        group.append(item)
    if not is_whole:
        return
    clock.read(group)
    yield from _told(group, clock.epoch, closer)
    last = closer.close()
    if last is not None:
        yield Closing((last,))


def steps_are_epochs(items: Iterable[Item]) -> bool:
    """Say whether a log has one step an epoch: its first steps rise by one, and a validation stands in each of them.

    Told from the first few steps alone, so that the answer does not change while the log grows.
    """
    splits: dict[int, set[str | None]] = {}
    for item in items:
        if isinstance(item, Row):
            if item.step not in splits and len(splits) == _FIRST_STEPS:
                break
            splits.setdefault(item.step, set()).update(read_metric_name(name).split for name in item.metrics)
    steps = sorted(splits)
    rises = steps == list(range(steps[0], steps[0] + len(steps))) if steps else False
    return (
        len(steps) >= _LEAST_STEPS and steps[0] in (0, 1) and rises and all("val" in told for told in splits.values())
    )


def by_steps(items: Iterable[Item]) -> Iterator[Item]:
    """Take each row's step for its epoch; a log that counts from 1 is left to count from 1."""
    for item in items:
        yield replace(item, epoch=item.step) if isinstance(item, Row) and item.epoch is None else item


@dataclass(slots=True)
class _Clock:
    """Reads the epoch off a log's own series. counts_done: its values say how many epochs are done, as 0.5 does."""

    epoch: int | None = None
    counts_done: bool = False

    def read(self, group: Iterable[Item]) -> None:
        """Read the epoch of a step's rows; without a word of it the one before holds."""
        for item in group:
            if isinstance(item, Row):
                for name in EPOCH_NAMES:
                    value = item.metrics.get(name)
                    if value is not None and math.isfinite(value) and 0 <= value < 2**31:
                        self._take(value)

    def _take(self, value: float) -> None:
        # Programs that count from 0 begin there; fractions, and counting from 1, say what is done.
        self.counts_done = self.counts_done or value != int(value) or (self.epoch is None and value == 1)
        self.epoch = max(0, math.ceil(value) - 1) if self.counts_done else int(value)


def _in_epoch(item: Told, epoch: int | None) -> Told:
    """A log tells the step of a sample; where it tells epochs too, the sample is of the one that runs."""
    if epoch is None or not isinstance(item, Happening) or item.type != "samples":
        return item
    return replace(item, fields={**item.fields, "epoch": epoch})


def _told(group: Iterable[Told], epoch: int | None, closer: EpochCloser) -> Iterator[Item]:
    for item in group:
        if not isinstance(item, Row):
            yield _in_epoch(item, epoch)
            continue
        metrics = {name: value for name, value in item.metrics.items() if name not in EPOCH_NAMES}
        if not metrics:
            continue
        row = replace(item, metrics=metrics, epoch=epoch if item.epoch is None else item.epoch)
        closed = closer.take(row)
        if closed is not None:
            yield closed
        yield row
