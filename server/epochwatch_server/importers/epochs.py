"""Which epoch the points of a foreign log belong to, told without knowing what comes later in it."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from epochwatch_server.domain.roles import read_metric_name
from epochwatch_server.importers.imported import Closing, EpochRow, Happening, Item, Pause, Row, Told, spread_of

_OF_AN_EPOCH = ("samples", "classes", "scatter")
EPOCH_NAMES = ("epoch", "train/epoch", "epochs", "trainer/epoch")
_FIRST_STEPS, _LEAST_STEPS = 3, 2  # how many are looked at, and of a log that ends sooner, how many suffice


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


def with_epochs(items: Iterable[Item], *, is_whole: bool | Callable[[], bool]) -> Iterator[Item]:
    """Give every row its epoch and close epochs, where the log tells epochs by a series of its own.

    Rows of one step are taken together, for a program writes the epoch last of what it logs at once. Without such a
    series, rows that have an epoch keep it. Of a log that still grows, the last step is held back: it may not be whole.
    A pause is passed on.

    Args:
        items: in the log's order, rows of one metric or many.
        is_whole: whether nothing more will come behind the last item; a function is asked when that was read.
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
    if not (is_whole() if callable(is_whole) else is_whole):
        return
    clock.read(group)
    yield from _told(group, clock.epoch, closer)
    last = closer.close()
    if last is not None:
        yield Closing((last,))


def by_own_steps(items: Iterable[Item], *, is_whole: bool) -> Iterator[Item]:
    """Take each row's step for its epoch where a log has one step an epoch; pass everything on where it has not.

    Told from the first steps alone, which are held back until it is sure: the answer must not change while the log
    grows. A log that counts from 1 is left to count from 1.
    """
    counter, held = _StepCounter(), list[Told]()
    source = iter(items)
    for item in source:
        if isinstance(item, Pause):
            yield item
            continue
        held.append(item)
        if counter.take(item) is not None:
            break
    is_sure = counter.answer is not None
    if not is_sure and not is_whole:
        return
    counter.answer = counter.answer if is_sure else counter.conclude()
    for one in chain(held, source):
        is_open = counter.answer and isinstance(one, Row) and one.epoch is None
        yield replace(one, epoch=one.step) if is_open and isinstance(one, Row) else one


@dataclass(slots=True)
class _StepCounter:
    """Finds out whether steps are epochs: the first ones rise by one, and a validation stands in each of them."""

    splits: dict[int, set[str | None]] = field(default_factory=dict)
    answer: bool | None = None

    def take(self, item: Told) -> bool | None:
        """Look at an item; returns the answer once it cannot change any more."""
        if not isinstance(item, Row):
            return None
        is_new = item.step not in self.splits
        if is_new and self._is_refuted(item.step):
            self.answer = False
        elif is_new and len(self.splits) == _FIRST_STEPS:
            self.answer = self.conclude()
        else:
            self.splits.setdefault(item.step, set()).update(read_metric_name(name).split for name in item.metrics)
        return self.answer

    def _is_refuted(self, step: int) -> bool:
        known = list(self.splits)
        if not known:
            return step not in (0, 1)
        return step != known[-1] + 1 or any("val" not in self.splits[one] for one in known[:-1])

    def conclude(self) -> bool:
        """Answer from what there is."""
        return len(self.splits) >= _LEAST_STEPS and all("val" in told for told in self.splits.values())


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
    if epoch is None or not isinstance(item, Happening) or item.type not in _OF_AN_EPOCH:
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
