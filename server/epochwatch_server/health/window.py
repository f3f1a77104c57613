"""What a rule may see of a run at one evaluation: everything up to now, nothing later."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from epochwatch_server.health.history import Column, History, RunEnding, RunFacts
from epochwatch_server.health.intent import Intent, read_intent
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.signals import ERROR_ROLES, SCORE_ROLES, Signal, is_in_percent, read_signal
from epochwatch_server.health.terms import ACTORS, CRITICS, DISCRIMINATORS, GENERATORS, is_only_a_term, words_of
from epochwatch_server.health.track import Floats, Ints, Track

__all__ = ["TERMS_JOINED", "Floats", "Ints", "Track", "Window"]

_UNKNOWN = 2**31  # an epoch that is never reached
TERMS_JOINED = " + "  # in the name of a total that is not logged itself


class Window:
    """A view on a history for one evaluation; computes what rules ask for once, and forgets it with itself."""

    def __init__(self, history: History, moment: Moment) -> None:
        self._history = history
        self._tracks: dict[tuple[str, str], Track] = {}
        self.moment = moment
        self.facts: RunFacts = history.facts
        self.now: float = history.now
        self.started: float = history.started
        self.ending: RunEnding | None = history.ending

    @property
    def counts_steps(self) -> bool:
        """Say whether the run knows no epochs, and stretches of its steps stand for them."""
        return self._history.counts_steps

    @cached_property
    def intent(self) -> Intent:
        """What the configuration declares; epochs of a curriculum cannot be found again in a run that counts steps."""
        intent = read_intent(self.facts.config)
        if not self.counts_steps:
            return intent
        return replace(intent, starts=dict.fromkeys(intent.starts, _UNKNOWN), validates_every=None)

    @property
    def epochs_seen(self) -> int:
        """Number of complete epochs."""
        return len(self._history.epochs)

    @property
    def epoch(self) -> int:
        """Number of the newest complete epoch; -1 before the first."""
        return self._history.epochs[-1] if self._history.epochs else -1

    @property
    def current_epoch(self) -> int:
        """Number of the epoch that runs, or ran last; 0 before anything arrived."""
        return self._history.current_epoch if self._history.current_epoch is not None else 0

    @cached_property
    def epochs(self) -> Ints:
        """Numbers of the complete epochs."""
        return np.asarray(self._history.epochs, dtype=np.int64)

    @cached_property
    def epoch_times(self) -> Floats:
        """Seconds at which each epoch was complete."""
        return np.asarray(self._history.epoch_times, dtype=np.float64)

    @cached_property
    def record_times(self) -> Floats:
        """Seconds at which records arrived."""
        return np.asarray(self._history.record_times, dtype=np.float64)

    @property
    def steps_seen(self) -> int:
        """Number of step records."""
        return self._history.steps_seen

    @property
    def planned(self) -> int:
        """Epochs planned; when nothing was said twice those seen, and at least 30."""
        return self.facts.planned_epochs or max(2 * self.epochs_seen, 30)

    @property
    def warm_up(self) -> int:
        """Epochs in which little is expected: 10 % of the plan, at least 2."""
        return max(2, int(0.1 * self.planned))

    @property
    def span(self) -> int:
        """Epochs over which progress is judged: 15 % of the plan, between 3 and 10."""
        return int(min(max(0.15 * self.planned, 3), 10))

    @property
    def progress_share(self) -> float:
        """Share of the plan that is done."""
        return self.epochs_seen / max(self.planned, self.epochs_seen, 1)

    def epochs_ago(self, count: int) -> int:
        """Return the number of the epoch that began the last `count` epochs."""
        seen = self._history.epochs
        return seen[max(0, len(seen) - count)] if seen else 0

    def track(self, metric: str) -> Track | None:
        """Return a metric's epoch values; None when it was never logged."""
        column = self._history.epoch_columns.get(metric)
        return None if column is None else self._read("epoch", metric, column)

    def as_logged(self, metric: str) -> Track | None:
        """Return a metric's epoch values in the user's own unit, to compare with what the user declared."""
        column = self._history.epoch_columns.get(metric)
        return None if column is None else _as_logged(column)

    def steps(self, metric: str) -> Track | None:
        """Return a metric's step values, under its own name or its step's (`train_loss_step`); None without any."""
        columns = self._history.step_columns
        name = metric if metric in columns else self._step_names.get(read_signal(metric).kind)
        return None if name is None else self._read("step", name, columns[name])

    def signals(self) -> Iterator[Signal]:
        """Yield what is logged by epoch."""
        for column in self._history.epoch_columns.values():
            yield column.signal

    def all_tracks(self) -> Iterator[Track]:
        """Yield every metric's epoch values."""
        for metric, column in self._history.epoch_columns.items():
            yield self._read("epoch", metric, column)

    def all_steps(self) -> Iterator[Track]:
        """Yield every metric's step values."""
        for metric, column in self._history.step_columns.items():
            yield self._read("step", metric, column)

    def find(self, role: str, split: str | None = None) -> list[Track]:
        """Return the metrics of a role, shortest name first."""
        return [
            self._read("epoch", signal.metric, self._history.epoch_columns[signal.metric])
            for signal in self._by_role.get(role, ())
            if split is None or signal.split == split
        ]

    def one(self, role: str, split: str | None = None) -> Track | None:
        """Return the metric of a role with the shortest name; None when there is none."""
        found = self.find(role, split)
        return found[0] if found else None

    def loss(self, split: str) -> Track | None:
        """Return the total loss of a split, its non-finite values left out.

        None when it was never logged finite, and where it says nothing: of a pair of adversaries, and beside a return.
        """
        if self.is_adversarial or self.is_reinforced:
            return None
        if split not in self._losses:
            track = self._total(split) or self._sum_of_terms(split)
            finite = track.finite() if track is not None else None
            self._losses[split] = finite if finite is not None and len(finite) else None
        return self._losses[split]

    def _total(self, split: str) -> Track | None:
        """Return what is called a loss; else a likelihood and the like, but no divergence, and no bound below 0."""
        found = self.find("loss", split)
        named = next((track for track in found if "loss" in track.signal.stem.lower()), None)
        return named or next((track for track in found if not is_only_a_term(track)), None)

    def _sum_of_terms(self, split: str) -> Track | None:
        """Return the weighted sum of a loss's terms where the total is not logged (detectors log the terms alone)."""
        terms = self.components(split)
        tracks = list(terms.values())
        if not tracks or any(not np.array_equal(track.epochs, tracks[0].epochs) for track in tracks):
            return None
        values = sum(
            (abs(self.facts.weights.get(name, 1.0)) * track.values for name, track in terms.items()), np.zeros(1)
        )
        name = TERMS_JOINED.join(track.metric for track in tracks)
        return Track(Signal(name, split, "loss", "loss", "min"), tracks[0].places, tracks[0].epochs, values)

    def components(self, split: str) -> dict[str, Track]:
        """Return the terms of a split's loss by name; only where there are at least two."""
        known = {name.lower(): name for name in (*self.facts.weights, *self.facts.components)}
        named = [(track.signal.component or "", track) for track in self.find("component", split)]
        found = {known.get(name.lower(), name): track for name, track in named}
        declared = self.facts.components
        if declared:
            found = {name: found[name] for name in found if name in declared} or found
        return found if len(found) > 1 else {}

    @cached_property
    def is_adversarial(self) -> bool:
        """Say whether the loss is that of a discriminator and a generator."""
        return bool(self._term_words & DISCRIMINATORS) and bool(self._term_words & GENERATORS)

    @cached_property
    def is_reinforced(self) -> bool:
        """Say whether a return is logged, or the terms of an agent's loss.

        Such a loss follows its own moving targets, and may rise or swing.
        """
        agent = bool(self._term_words & ACTORS) and bool(self._term_words & CRITICS)
        return agent or any(signal.is_return for signal in self._by_role.get("score", ()))

    @cached_property
    def _term_words(self) -> frozenset[str]:
        return words_of(self._by_role.get("component", ()))

    def scores(self, split: str = "val") -> list[Track]:
        """Return what tells quality in a split: accuracies, F1, R2, errors and the like; no losses."""
        roles = (*sorted(SCORE_ROLES), *sorted(ERROR_ROLES))  # sets have another order in every process
        return [track for role in roles for track in self.find(role, split) if len(track.finite())]

    @cached_property
    def tracked(self) -> Track | None:
        """The tracked metric's epoch values; None when nothing is tracked or it was never logged."""
        name = self.facts.tracked_metric
        track = self.track(name) if name else None
        return track if track is not None and len(track.finite()) else None

    @property
    def tracked_has_direction(self) -> bool:
        """Say whether it is known which direction of the tracked metric is better."""
        return self.facts.mode in ("min", "max") or (
            self.tracked is not None and self.tracked.signal.direction is not None
        )

    @property
    def tracked_is_larger_better(self) -> bool:
        """Say which direction of the tracked metric is better: as declared, else by its name."""
        if self.facts.mode in ("min", "max"):
            return self.facts.mode == "max"
        return self.tracked is not None and self.tracked.signal.direction == "max"

    @cached_property
    def first_loss(self) -> float | None:
        """The training loss at the first steps, before anything was learned: the median of three."""
        values = self.early_losses
        if len(values):
            usual = float(np.median(values[:3]))
            leapt = len(values) > 1 and usual > 1.5 * values[0] and values[1:].min() >= values[0]
            leapt = leapt or (len(values) > 4 and usual > 1.2 * values[0] and values[1:].min() > 1.05 * values[0] > 0)
            return float(values[0]) if leapt else usual  # a rate that is too high leaps at its first steps
        loss = self.loss("train") or self.loss("val")
        return loss.first if loss is not None else None

    @cached_property
    def early_losses(self) -> Floats:
        """The training loss at the steps of the first epoch, finite ones only."""
        loss = next((t for t in self._step_losses() if t.signal.split in ("train", None)), None)
        if loss is None:
            return np.empty(0)
        first = loss.epochs[0] if len(loss) else 0
        values = loss.values[loss.epochs == first]
        finite: Floats = values[np.isfinite(values)]
        return finite

    def _step_losses(self) -> list[Track]:
        columns = self._history.step_columns.items()
        found = [self._read("step", name, column) for name, column in columns if column.signal.role == "loss"]
        return sorted(found, key=lambda track: len(track.signal.stem))

    @cached_property
    def _step_names(self) -> dict[tuple[str | None, str, str], str]:
        return {column.signal.kind: name for name, column in self._history.step_columns.items()}

    @cached_property
    def _losses(self) -> dict[str, Track | None]:
        return {}

    @cached_property
    def _by_role(self) -> dict[str, list[Signal]]:
        by_role: dict[str, list[Signal]] = {}
        for signal in sorted(self.signals(), key=lambda signal: (len(signal.stem), signal.metric)):
            by_role.setdefault(signal.role, []).append(signal)
        return by_role

    def _read(self, kind: str, metric: str, column: Column) -> Track:
        key = (kind, metric)
        track = self._tracks.get(key)
        if track is None:
            track = _as_logged(column)
            if is_in_percent(track.signal, track.values):
                track = Track(track.signal, track.places, track.epochs, track.values / 100)
            self._tracks[key] = track
        return track


def _as_logged(column: Column) -> Track:
    places, epochs = (np.asarray(numbers, dtype=np.int64) for numbers in (column.places, column.epochs))
    return Track(column.signal, places, epochs, np.asarray(column.values, dtype=np.float64))
