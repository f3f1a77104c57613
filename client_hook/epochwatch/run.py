"""The run as the training loop sees it. Nothing here raises into the loop or waits for the network."""

import itertools
import traceback
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import TracebackType
from typing import Any

from epochwatch.arguments import MAX_NAME_CHARS
from epochwatch.engine import Engine
from epochwatch.free_values import storable
from epochwatch.guard import guarded, report, shown, warn_once
from epochwatch.run_config import RunConfig
from epochwatch.samples import Given
from epochwatch.settings import MAX_NOTE_CHARS, RunSettings, read_settings
from epochwatch.values import as_epoch, as_step

DEFAULT_WATCH_STEPS = 10  # a norm over all gradients costs about as much as a `log` of a hundred scalars


class AlertLevel(StrEnum):
    """How urgent an alert is; the strings do as well."""

    INFO = "info"
    WARNING = "warning"
    WARN = "warning"
    CRITICAL = "critical"
    ERROR = "critical"


class Run:
    """One execution of a training script. Made by `epochwatch.init`.

    Without an engine (another rank, a forked child, EPOCHWATCH_MODE=disabled, after `finish`) every method does
    nothing, epochs still count and `should_stop` is False.

    id, project, name: as given or made. config: a dictionary, also by attribute. summary: whatever should stay.
    """

    def __init__(self, settings: RunSettings, run_id: str, engine: Engine | None) -> None:
        self.id = run_id
        self.project = settings.project
        self.name = settings.name
        self.config = RunConfig(settings.config, self._config_changed)
        self.summary = RunConfig({}, self._summary_changed)
        self._settings = settings
        self._engine = engine
        self._is_over = False
        self._end_asked: tuple[str | None, BaseException | None] | None = None

    @property
    def url(self) -> str:
        """The run's page."""
        return f"{self._settings.place.server_url}/runs/{self.id}"

    def log(
        self, data: Any = None, step: Any = None, epoch: Any = None, commit: Any = None, *more: Any, **unknown: Any
    ) -> None:
        """Log numbers, every step or once an epoch.

        Args:
            data: name -> number, tensor or array of one element, or such a mapping again, joined by `/`; NaN and
                infinity are data. Names as `split/name`, as in "train/loss".
            step: optimizer steps done. Without it a name that comes again begins the next step.
            epoch: for loops that neither use `epochs()` nor call `epoch(n)`.
            commit: ignored; every call is kept as it is.
        """
        engine = self._engine
        if engine is None:
            if self._is_over:
                warn_once("log after the end", "log: the run is over; what is logged now is not kept.")
            return
        try:
            if epoch is None:
                engine.recorder.log(data, step)
            else:
                engine.log_with_epoch(data, step, epoch)
            if more or unknown:
                warn_once("log arguments", f"log: unknown arguments are left out: {[*more, *unknown]}.")
        except Exception as error:  # noqa: BLE001 - what `guarded` does, without its cost on the hot path
            report("Run.log", error)

    @guarded(None)
    def observe(self, split: str, prediction: Any, target: Any) -> None:
        """Follow predictions against targets: R2 and variance ratio, or accuracy and F1, at the epoch's end.

        Args:
            split: train, val or test.
            prediction, target: tensors or arrays (n, ...); float targets make it a regression, integer ones a
                classification (prediction: logits (n, classes) or class indices).
        """
        engine = self._live()
        if engine is not None:
            engine.loop.observations.observe(str(split), prediction, target)

    @guarded(None)
    def samples(  # noqa: PLR0913 - one argument for each thing to see
        self, split: str, images: Any = None, *, gt: Any = None, pred: Any = None, gt_done: Any = None,
        pred_done: Any = None, ids: Any = None, captions: Any = None, extra: Any = None, gt_boxes: Any = None,
        pred_boxes: Any = None, gt_lines: Any = None, pred_lines: Any = None, gt_class: Any = None,
        scores: Any = None, class_names: Any = None, signals: Any = None, reconstructions: Any = None,
        gt_peaks: Any = None, pred_peaks: Any = None, errors: Any = None, error_unit: str = "",
    ) -> None:  # fmt: skip
        """Show examples on the run's page; every argument has one entry for each sample.

        Args:
            images: arrays or tensors (height, width, channels) or (channels, height, width), PIL images, or paths
                and bytes of image files. One that did not change is sent once.
            gt, pred: where it is and where it was seen: (x, y) in pixels, or a list of such.
            gt_done, pred_done: flag and predicted probability that nothing is left to find.
            ids: what a sample is called through the epochs. captions: a line of text. extra: small mappings.
            gt_boxes, pred_boxes: [x0, y0, x1, y1] in pixels, or {box, label, score}, or a list of them.
            gt_lines, pred_lines: [(x, y), ...] in pixels, or a list of such.
            gt_class, scores, class_names: index or name of the true class; a score for each class, or {class: score};
                what the classes are called (for all samples).
            signals, reconstructions, gt_peaks, pred_peaks: lists of numbers, and positions on them.
            errors, error_unit: how wrong each sample is, where the page should not work it out itself.
        """
        engine = self._live()
        if engine is not None:
            given = Given(
                images, gt, pred, gt_done, pred_done, ids, captions, extra, gt_boxes, pred_boxes, gt_lines, pred_lines,
                gt_class, scores, signals, reconstructions, gt_peaks, pred_peaks, errors, class_names, error_unit,
            )  # fmt: skip
            engine.show_samples(str(split), given)

    @guarded(None)
    def watch(
        self, model: Any, optimizer: Any = None, every: int | None = None, log_freq: int | None = None, **_: Any
    ) -> None:
        """Follow gradient norms, clipping, update ratio and learning rates of a torch model.

        Args:
            every: steps between two samples; `log_freq` is the same.
        """
        engine = self._live()
        if engine is not None:
            engine.watch(model, optimizer, every or log_freq or DEFAULT_WATCH_STEPS)

    def epochs(self, count: int | None = None) -> Iterator[int]:
        """Yield the numbers of the epochs still to train, and keep their books; ends early when told to stop.

        Args:
            count: how many there are altogether, when `init(epochs=...)` did not say so.
        """
        planned = self._settings.planned_epochs if count is None else as_step(count)
        first = 0 if self._engine is None else self._engine.loop.next_epoch
        for epoch in itertools.count(first) if planned is None else range(first, planned):
            self._begin(epoch)
            try:
                yield epoch
            except GeneratorExit:
                self._leave()
                raise
            self._end_epoch()
            if self.should_stop:
                return

    @guarded(None)
    def epoch(self, number: int) -> None:
        """Say that an epoch begins, for loops of their own; the one before ends."""
        epoch = as_epoch(number)
        if epoch is not None:
            self._begin(epoch)

    @property
    def should_stop(self) -> bool:
        """Whether the loop should stop after this epoch: its patience is used up, or somebody asked for it."""
        return self._asks_to_stop()

    @guarded(None)
    def note(self, text: str) -> None:
        """Write a line into the run's feed."""
        engine = self._live()
        if engine is not None:
            engine.recorder.event("note", text=shown(text, MAX_NOTE_CHARS))

    @guarded(None)
    def alert(self, title: str, text: str = "", level: str = "warning", **_: Any) -> None:
        """Raise an alert of the script's own. level: info, warning or critical."""
        engine = self._live()
        if engine is not None:
            engine.alert(shown(title, MAX_NAME_CHARS), shown(text, MAX_NOTE_CHARS), level)

    @guarded(None)
    def finish(self, exit_code: int | str | None = None, *, reason: str | None = None, **_: Any) -> None:
        """End the run and send what is left, waiting a few seconds at most; calling it again does nothing.

        Args:
            exit_code: anything but 0 means the run crashed.
            reason: finished, early_stopped, stopped, crashed or interrupted, when the script knows better.
        """
        if isinstance(exit_code, str):
            exit_code, reason = None, exit_code
        self.end("crashed" if exit_code and not reason else reason, None)

    @guarded(None)
    def end(self, reason: str | None, error: BaseException | None) -> None:
        """End the run for a reason, with the exception that ended it, if any."""
        engine = self._engine
        if engine is None:
            return
        if engine.recorder.is_interrupted():  # a signal handler in the middle of `log`: as soon as that is over
            self._end_asked = self._end_asked or (reason, error)
            engine.recorder.do_next(lambda: self.end(None, None))
            return
        reason, error = self._end_asked or (reason, error)
        self._engine, self._is_over = None, True
        trace = "".join(traceback.format_exception(error)) if error is not None else None
        engine.end(reason, trace, storable(self.summary.as_dict()))

    def detach(self) -> None:
        """In a forked child: become silent and leave the parent's files and connection alone."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.abandon()

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_with(error)

    def end_with(self, error: BaseException | None) -> None:
        """End the run the way that an exception, or none, ends it."""
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.end(None, None)
        elif isinstance(error, KeyboardInterrupt):
            self.end("interrupted", error)
        else:
            self.end("crashed", error)

    def __repr__(self) -> str:
        return f"<epochwatch.Run {self.project}/{self.name} {self.id}>"

    def __reduce__(self) -> tuple[Callable[..., "Run"], tuple[str, str, str, dict[str, Any]]]:
        # A run that travels to a worker process is silent there; functions in its settings would not survive the way.
        return silent_run, (self.project, self.name, self.id, storable(self.config.as_dict()))

    def __deepcopy__(self, memo: Mapping[int, Any]) -> "Run":
        return self

    @guarded(default=False)
    def _asks_to_stop(self) -> bool:
        engine = self._live()
        return engine is not None and engine.loop.should_stop()

    @guarded(None)
    def _begin(self, epoch: int) -> None:
        engine = self._live()
        if engine is not None:
            engine.loop.begin(epoch)

    @guarded(None)
    def _leave(self) -> None:
        if self._engine is not None:
            self._engine.loop.leave()

    @guarded(None)
    def _end_epoch(self) -> None:
        if self._engine is not None:
            self._engine.loop.end()

    def _live(self) -> Engine | None:
        """Return the engine after it did what was left for the next call."""
        engine = self._engine
        if engine is not None:
            engine.recorder.catch_up()
        return engine

    def _config_changed(self) -> None:
        if self._engine is not None:
            self._engine.change("config", self.config.as_dict)

    def _summary_changed(self) -> None:
        if self._engine is not None:
            self._engine.change("summary", self.summary.as_dict)


def silent_run(project: str, name: str, run_id: str, config: Mapping[str, Any]) -> Run:
    """Make a run that does nothing but answer."""
    settings = read_settings(project, name, {"mode": "disabled", "config": config})
    return Run(settings, run_id, None)
