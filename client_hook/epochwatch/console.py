"""The block of an epoch on the terminal, and the verdict at the end; plain text on any terminal."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from epochwatch.alerts import ServerAlert
from epochwatch.early_stopping import EarlyStopping

WIDTH = 80
MAX_METRICS = 24  # of one row; more belong on the page
SPARK_COLUMNS = 40
_SPARKS, _ASCII_SPARKS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_PERCENT = re.compile(r"(^|[_.-])(acc|accuracy|precision|recall)([_.-]|\d|$)|acc$")
_LOSS = re.compile(r"^loss$|^(total_)?loss$")
_HIDDEN = re.compile(r"^(lr|learning_rate)([/_.-]|$)|^grad_norm|^update_ratio|^clip_fraction|^(loss_)?weights?/")
# What `observe` makes besides R2, variance ratio and errors: on the page, and too much for every epoch of a terminal.
_OBSERVED = frozenset({"pred_mean", "pred_min", "pred_max", "pred_range", "target_std", "target_mean"})
_ROWS = (("train", "TRAIN: "), ("val", "VAL:   "), ("test", "TEST:  "), ("", "       "))


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one epoch came to.

    position: "42/200", counted from one. means: metric -> mean, in the order of logging. raw: names (without their
    split) that are shown as plain numbers though they look like accuracies, such as a product of several.
    """

    position: str
    seconds: float
    eta_seconds: float | None
    means: Mapping[str, float]
    before: EarlyStopping | None
    after: EarlyStopping | None
    lr: float | None
    raw: frozenset[str] = frozenset()
    first_epoch: int = 1  # what epoch 0 is called; the script's own number stands beside the position where they differ


@dataclass(frozen=True, slots=True)
class EndReport:
    """What a run came to. history: the tracked metric (or a loss) by epoch; means: test metrics, if any."""

    name: str
    verdict: str
    seconds: float
    metric: str
    history: Sequence[float] = ()
    means: Mapping[str, float] = field(default_factory=dict)
    url: str = ""
    raw: frozenset[str] = frozenset()


def epoch_block(report: EpochReport) -> str:
    """Lay out the block of an epoch: header bar, a row for each split, what became of the tracked metric."""
    bar = "=" * WIDTH
    eta = "" if report.eta_seconds is None else f" | ETA {duration(report.eta_seconds)}"
    lines = ["", bar, f"EPOCH {report.position}{_own_number(report)} | {duration(report.seconds)}{eta}", bar]
    lines += metric_rows(report.means, report.raw)
    tracked = _tracked_lines(report)
    return "\n".join([*lines, "", *tracked] if tracked else lines)


def begin_line(name: str, url: str | None) -> str:
    """Say which run begins, and where to watch it; url None: no server is known yet."""
    return (
        f"Epochwatch: {name} | {url or 'no server yet: `epochwatch serve` starts one, and nothing is lost till then'}"
    )


def end_block(report: EndReport, *, ascii_only: bool) -> str:
    """Lay out the verdict at the end of a run."""
    lines = ["", "=" * WIDTH, f"{report.name}: {report.verdict}", "=" * WIDTH]
    lines += metric_rows(report.means, report.raw)
    finite = [value for value in report.history if math.isfinite(value)]
    if len(finite) > 1:
        spark = sparkline(report.history, ascii_only=ascii_only)
        lines.append(f"{report.metric}: {spark}  {number(finite[0])} -> {number(finite[-1])}")
    lines.append(f"took {duration(report.seconds)}" + (f" | {report.url}" if report.url else ""))
    return "\n".join(lines)


def alert_lines(alert: ServerAlert) -> str:
    """Lay out an alert of the server: how bad, which rule, what it saw; then what to try first."""
    at = "" if alert.epoch is None else f" @ {alert.unit} {alert.epoch}"
    lines = [f"ALERT [{alert.severity}] {alert.rule}{at}" + (f": {alert.text}" if alert.text else "")]
    return "\n".join([*lines, f"    Try: {alert.advice}"] if alert.advice else lines)


def metric_rows(means: Mapping[str, float], raw: frozenset[str]) -> list[str]:
    """Lay out one row for each split: the loss first, then its components, accuracies in percent, the rest."""
    lines = []
    for split, label in _ROWS:
        stems = {_stem(name): value for name, value in means.items() if _split(name) == split}
        hidden = _OBSERVED if stems.keys() >= _OBSERVED else ()
        stems = {stem: value for stem, value in stems.items() if stem not in hidden and not _HIDDEN.search(stem)}
        cells = [_cell(stem, stems[stem], raw) for stem in sorted(stems, key=_rank)]
        if len(cells) > MAX_METRICS:
            cells = [*cells[:MAX_METRICS], f"and {len(cells) - MAX_METRICS} more"]
        lines += _wrap(label, cells)
    return lines


def sparkline(values: Sequence[float], *, ascii_only: bool) -> str:
    """Draw a series in one line of at most `SPARK_COLUMNS` marks; a column without finite values is a blank."""
    marks = _ASCII_SPARKS if ascii_only else _SPARKS
    columns = min(SPARK_COLUMNS, len(values))
    groups = [values[i * len(values) // columns : (i + 1) * len(values) // columns] for i in range(columns)]
    means = [_mean([value for value in group if math.isfinite(value)]) for group in groups]
    finite = [value for value in means if value is not None]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    span = high - low if math.isfinite(high - low) else 0.0
    top = len(marks) - 1
    return "".join(
        " " if value is None else marks[round((value - low) / span * top) if span else top // 2] for value in means
    )


def number(value: float) -> str:
    """Write a number as a reader of a training log expects it: four decimals, or an exponent."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """Write a span of time in its two largest units."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m" if hours < 48 else f"{hours // 24}d {hours % 24}h"


def is_ascii_only() -> bool:
    """Say whether the terminal lacks the marks of a sparkline."""
    try:
        _SPARKS.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def say(text: str) -> None:
    """Print, whatever the terminal's encoding; a terminal that is gone is no trouble."""
    try:
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        shown = text.encode(encoding, "backslashreplace").decode(encoding, "replace")
        print(shown + "\n", end="", flush=True)  # in one write: the sender's thread prints alerts meanwhile
    except (OSError, ValueError, LookupError, AttributeError):
        pass


def _own_number(report: EpochReport) -> str:
    """Name the epoch as the script, the charts and `best @ epoch` do, where that is not its position."""
    place = report.position.partition("/")[0]
    return f" | epoch {int(place) - report.first_epoch}" if report.first_epoch and place.isdecimal() else ""


def _tracked_lines(report: EpochReport) -> list[str]:
    before, after = report.before, report.after
    lr = "" if report.lr is None else f" | LR={report.lr:.2e}"
    if before is None or after is None or after.value is None or after is before:
        return [f"LR={report.lr:.2e}"] if report.lr is not None else []
    stem = _stem(after.metric)
    if after.waited == 0 and after.best is not None:
        improved = "first" if before.best is None else f"improved from {number(before.best)}"
        return [f"NEW BEST {stem.upper()}: {number(after.best)} ({improved}){lr}"]
    best = "none yet" if after.best is None else number(after.best)
    patience = "" if after.patience is None else f" | Patience: {after.waited}/{after.patience}"
    lines = [f"Tracking {stem}: {number(after.value)} (best: {best}) | no improvement{patience}{lr}"]
    if after.is_exhausted:
        lines.append(f"EARLY STOPPING: No improvement in {stem} for {after.waited} epochs")
        if after.best is not None and after.best_epoch is not None:
            lines.append(f"    Best {stem}: {number(after.best)} @ epoch {after.best_epoch}")
    return lines


def _cell(stem: str, value: float, raw: frozenset[str]) -> str:
    label = stem[:1].upper() + stem[1:] if _LOSS.search(stem) else stem
    if stem not in raw and _PERCENT.search(stem) and 0 <= value <= 1:
        return f"{label}={100 * value:.2f}%"
    return f"{label}={number(value)}"


def _rank(stem: str) -> tuple[int, str]:
    if _LOSS.search(stem):
        return 0, ""
    if stem.startswith("loss_"):
        return 1, ""
    return (2, "") if _PERCENT.search(stem) else (3, "")


def _wrap(label: str, cells: Sequence[str]) -> list[str]:
    lines: list[str] = []
    line = ""
    for cell in cells:
        if line and len(label) + len(line) + len(cell) + 3 > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} | {cell}" if line else cell
    if line:
        lines.append(line)
    return [(label if place == 0 else " " * len(label)) + line for place, line in enumerate(lines)]


def _split(name: str) -> str:
    head, slash, _ = name.partition("/")
    return head if slash and head in ("train", "val", "test") else ""


def _stem(name: str) -> str:
    return name.partition("/")[2] if _split(name) else name


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(value / len(values) for value in values) if values else None
