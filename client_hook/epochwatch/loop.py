"""The epochs of a run: when one begins and ends, what it came to, and whether the loop should stop."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from epochwatch import composites
from epochwatch.console import EpochReport
from epochwatch.delivery import Command
from epochwatch.early_stopping import EarlyStopping
from epochwatch.epoch_statistics import EpochStatistics
from epochwatch.free_values import number_or_word
from epochwatch.guard import attempt, warn_once
from epochwatch.observations import Observations
from epochwatch.recorder import Recorder
from epochwatch.settings import RunSettings
from epochwatch.state import LoopState, write_state
from epochwatch.weights import are_constant, weights_at

if TYPE_CHECKING:
    from epochwatch.collectors.gradients import GradientWatch

SETTLE_SECONDS = 2.0  # longest wait at an epoch's end for values on their way from a device
LR_NAMES = ("lr", "train/lr", "learning_rate", "train/learning_rate")
LR_JUMP = 0.2  # share by which a rate must differ from the one last told, or a schedule would fill the feed
CHECK_FACTORS_AFTER = 2  # epochs; by then validation has been logged
MAX_HISTORY = 10_000  # epochs kept for the sparkline
RECENT = 0.3  # weight of the newest epoch in the usual duration of one


@dataclass(slots=True)
class Progress:
    """Where the loop is. obeyed: what `should_stop` said yes for, "patience" or "command"."""

    is_open: bool = False
    first: int | None = None
    done: int = 0
    started_at: float = 0.0
    left_after: float | None = None  # seconds after which the body of the loop was left, by break or by exception
    usual_seconds: float = 0.0
    asked_at: set[int] = field(default_factory=set)  # steps at which `should_stop` was asked in this epoch
    is_asked_within: bool = False  # it is asked at every batch: an epoch half done is then no observation
    obeyed: str = ""


class EpochLoop:
    """Keeps the books of the epochs. For the training thread; `command` is set by the sender's."""

    def __init__(
        self,
        settings: RunSettings,
        recorder: Recorder,
        *,
        state: Path | None,
        is_main: bool,
        show: Callable[[EpochReport], None],
    ) -> None:
        # Other ranks see other shards: one that stops by its own numbers would leave the rest waiting for it.
        self.stopping = settings.stopping if is_main else None
        self.progress = Progress()
        self.observations = Observations()
        self.watches: list[GradientWatch] = []
        self.history: list[float] = []  # of the tracked metric, or of a loss
        self.command: Command | None = None
        self.next_epoch = 0
        self._settings = settings
        self._recorder = recorder
        self._state = state
        self._is_main = is_main
        self._show = show
        self._rates_told: dict[str, float] = {}
        self._last: dict[str, object] = {}  # the last epoch's event without its metrics

    def restore(self, state: LoopState) -> None:
        """Go on where an earlier process of this run was after its last whole epoch."""
        self.stopping = state.restore(self.stopping)
        self.next_epoch = state.epoch + 1
        self._recorder.step = state.step + 1

    def begin(self, epoch: int) -> None:
        """Begin an epoch; the one before ends."""
        if self.progress.is_open and epoch == self._recorder.epoch:
            return
        self.end()
        progress = self.progress
        if progress.first is None:
            progress.first = epoch
        progress.is_open, progress.started_at, progress.left_after = True, time.monotonic(), None
        progress.asked_at.clear()
        self._recorder.turn_to(epoch)
        self._tell("epoch_start")

    def leave(self) -> None:
        """Note that the loop's body was left. By `break` the epoch is over, by an exception it is not.

        A generator cannot tell the two apart; what the script does next can, unless it was told to stop.
        """
        self.progress.left_after = time.monotonic() - self.progress.started_at
        if self.progress.obeyed:
            self.end()
        else:
            self._recorder.do_next(self._end_if_left)

    def end(self) -> None:
        """Close the books of the epoch: patience advances, the block is printed, the state saved."""
        progress = self.progress
        if not progress.is_open:
            return
        seconds = time.monotonic() - progress.started_at if progress.left_after is None else progress.left_after
        progress.is_open = False
        progress.done += 1
        progress.usual_seconds += (seconds - progress.usual_seconds) * (RECENT if progress.done > 1 else 1.0)
        statistics = self._complete_statistics()
        before, epoch = self.stopping, self._recorder.epoch
        self.stopping = self._judged(before, {name: found.value for name, found in statistics.items()})
        rates = self._read_rates(statistics)
        self._tell_epoch(seconds, statistics, rates)
        self._tell_best(before)
        self._tell_rates(rates)
        self._remember(statistics)
        self._show(self._report(seconds, statistics, before, rates))
        self.next_epoch = epoch + 1
        if self._state is not None and self._is_main:
            write_state(self._state, epoch, self._recorder.step, self.stopping)
        self._recorder.turn_to(epoch)

    def abandon(self) -> None:
        """Forget the epoch in progress: it did not reach its end."""
        self.progress.is_open = False

    def end_late(self) -> dict[str, float]:
        """Tell what was logged behind the last epoch, such as test metrics, and return its means."""
        statistics = self._complete_statistics()
        if statistics and self._last:
            metrics = {name: found.row() for name, found in statistics.items()}
            self._tell("epoch", **{**self._last, "step": self._recorder.step, "metrics": metrics})
        return {name: found.value for name, found in statistics.items()}

    def should_stop(self) -> bool:
        """Say whether the loop should stop now: asked for by somebody, or the patience is used up."""
        progress = self.progress
        if progress.is_open:
            step = self._recorder.step
            progress.is_asked_within = progress.is_asked_within or bool(progress.asked_at - {step})
            progress.asked_at.add(step)
        if self.command is not None:
            progress.obeyed = "command"
        elif self._is_exhausted():
            progress.obeyed = "patience"
        else:
            return False
        return True

    def _is_exhausted(self) -> bool:
        """Judge the epoch in progress as if it ended here; its books are closed, once, when it does."""
        stopping = self.stopping
        if stopping is None or stopping.patience is None:
            return False
        if not self.progress.is_open or self.progress.is_asked_within or stopping.waited + 1 < stopping.patience:
            return stopping.is_exhausted
        self._recorder.settle(SETTLE_SECONDS)
        means = {name: found.value for name, found in self._recorder.fold().items()}
        if stopping.metric not in means:
            means |= self.observations.peek().metrics
            means |= composites.compute(self._settings.composite, means)
        judged = self._judged(stopping, means)
        return judged is not None and judged.is_exhausted

    def _judged(self, stopping: EarlyStopping | None, means: Mapping[str, float]) -> EarlyStopping | None:
        if stopping is None or stopping.metric not in means:
            return stopping
        return stopping.observe(self._recorder.epoch, means[stopping.metric])

    def _end_if_left(self) -> None:
        if self.progress.is_open and self.progress.left_after is not None:
            self.end()

    def _complete_statistics(self) -> dict[str, EpochStatistics]:
        """Return the epoch's statistics with all that is only known at its end."""
        recorder = self._recorder
        recorder.settle(SETTLE_SECONDS)
        findings = self.observations.finish()
        values = findings.metrics
        for watch in self.watches:
            nothing: dict[str, float] = {}
            values |= attempt("watch", watch.end_epoch, nothing)
        if values:
            recorder.log_here(values)
        for classes in findings.classes:
            self._tell("classes", **classes)
        for pairs in findings.scatter:
            self._tell("scatter", **pairs)
        means = {name: found.value for name, found in recorder.fold().items()}
        made = composites.compute(self._settings.composite, means)
        if made:
            recorder.log_here(made)
        return recorder.fold()

    def _tell_epoch(self, seconds: float, statistics: Mapping[str, EpochStatistics], rates: dict[str, float]) -> None:
        stopping = self.stopping
        weights = {} if are_constant(self._settings.weights) else self._settings.weights
        no_weights: dict[str, float] = {}
        self._last = {
            "epoch": self._recorder.epoch,
            "seconds": seconds,
            "tracked": None if stopping is None else tracked_fields(stopping),
            "lr": number_or_word(next(iter(rates.values()), None)),
            "weights": attempt("weights", lambda: weights_at(weights, self._recorder.epoch), no_weights) or None,
        }
        self._tell("epoch", **self._last, metrics={name: found.row() for name, found in statistics.items()})

    def _tell_best(self, before: EarlyStopping | None) -> None:
        after = self.stopping
        if before is None or after is None or after is before or after.waited or after.best is None:
            return
        self._tell("best", metric=after.metric, value=after.best, previous=before.best)

    def _read_rates(self, statistics: Mapping[str, EpochStatistics]) -> dict[str, float]:
        """Return the rates that were in force: a scheduler has often moved on to the next epoch's by now."""
        rates = {name: found.last for name, found in statistics.items() if name == "lr" or name.startswith("lr/")}
        if rates:
            return rates
        logged = next((name for name in LR_NAMES if name in statistics), None)
        if logged is not None:
            return {"lr": statistics[logged].last}
        for watch in self.watches:
            rates = attempt("learning rates", watch.learning_rates, rates) | rates
        return rates

    def _tell_rates(self, rates: Mapping[str, float]) -> None:
        for name, rate in rates.items():
            told = self._rates_told.get(name)
            if told is not None and abs(rate - told) <= LR_JUMP * abs(told):
                continue
            self._rates_told[name] = rate
            if told is not None:
                group = name.partition("/")[2] or None
                self._tell("lr", value=number_or_word(rate), previous=number_or_word(told), group=group)

    def _remember(self, statistics: Mapping[str, EpochStatistics]) -> None:
        name = self.headline
        if name in statistics and len(self.history) < MAX_HISTORY:
            self.history.append(statistics[name].value)
        if self.progress.done == CHECK_FACTORS_AFTER and self._settings.composite:
            self._check_factors(self._recorder.reader.names)

    @property
    def headline(self) -> str:
        """Name the metric that stands for the run: the tracked one, else a loss."""
        if self.stopping is not None:
            return self.stopping.metric
        names = self._recorder.reader.names
        return next((name for name in ("val/loss", "train/loss", "loss") if name in names), "")

    def _check_factors(self, names: set[str]) -> None:
        for composite, factor, near in composites.missing_factors(self._settings.composite, names):
            hint = f"did you mean {near!r}?" if near else "it was not logged."
            warn_once(f"factor {composite} {factor}", f"composite {composite!r}: no metric {factor!r}; {hint}")

    def _report(
        self,
        seconds: float,
        statistics: Mapping[str, EpochStatistics],
        before: EarlyStopping | None,
        rates: Mapping[str, float],
    ) -> EpochReport:
        epoch, planned, progress = self._recorder.epoch, self._settings.planned_epochs, self.progress
        first = 0 if progress.first == 1 else 1  # a script that counts from one is not corrected
        left = None if planned is None else max(0, planned - epoch - first)
        return EpochReport(
            position=f"{epoch + first}" + (f"/{planned}" if planned is not None else ""),
            seconds=seconds,
            eta_seconds=left * progress.usual_seconds if left else None,
            means={name: found.value for name, found in statistics.items()},
            before=before,
            after=self.stopping,
            lr=next(iter(rates.values()), None),
            raw=frozenset(self._settings.composite),
            first_epoch=first,
        )

    def _tell(self, kind: str, **fields: object) -> None:
        if self._is_main:
            self._recorder.event(kind, **fields)


def tracked_fields(stopping: EarlyStopping) -> dict[str, object]:
    """Return early stopping as it goes on the wire."""
    return {
        "metric": stopping.metric,
        "mode": stopping.mode,
        "patience": stopping.patience,
        "min_delta": stopping.min_delta,
        "value": number_or_word(stopping.value),
        "best": stopping.best,
        "best_epoch": stopping.best_epoch,
        "waited": stopping.waited,
    }
