"""Why a run ended, and the sentence that says so."""

from collections.abc import Sequence

from epochwatch.console import number
from epochwatch.delivery import Command
from epochwatch.early_stopping import EarlyStopping
from epochwatch.guard import warn_once
from epochwatch.loop import Progress

REASONS = ("finished", "early_stopped", "stopped", "crashed", "interrupted")
MAX_TRACEBACK_CHARS = 64 * 1024
MAX_LINE_CHARS = 300


def find_reason(given: str | None, progress: Progress) -> str:
    """Return why the run ended: what the script says, else what the loop was told to stop for, else `finished`."""
    if given in REASONS:
        return str(given)
    if given is not None:
        warn_once(
            "finish reason", f"finish: given the reason {str(given)[:60]!r}, expected one of {', '.join(REASONS)}."
        )
    return {"command": "stopped", "patience": "early_stopped"}.get(progress.obeyed, "finished")


def verdict(
    reason: str,
    progress: Progress,
    *,
    planned: int | None,
    step: int,
    before: int,
    stopping: EarlyStopping | None,
    command: Command | None,
    trace: str | None,
) -> str:
    """Say in a sentence how the run went: how far it came, why it ended, what its best was.

    Args:
        step: the last one; it says how far a loop came that knows no epochs.
        before: epochs that an earlier process of the run had done.
    """
    parts = [_why(reason, _how_far(progress, planned, step, before), stopping, command, trace)]
    if stopping is not None and stopping.best is not None and stopping.best_epoch is not None:
        # Numbered as the script numbers its epochs, and so as the charts do; only k/N counts them.
        parts.append(f"best {stopping.metric} {number(stopping.best)} @ epoch {stopping.best_epoch}")
    return "; ".join(parts)


def _how_far(progress: Progress, planned: int | None, step: int, before: int) -> str:
    if progress.first is None and planned is None and step > 0:
        return f"at step {step}"
    done = progress.done + (before if progress.first is None else min(before, progress.first))
    if planned is not None and done < planned:
        return f"after {done} of {planned} epochs"
    return f"after {done} epoch" + ("" if done == 1 else "s")


def _why(reason: str, far: str, stopping: EarlyStopping | None, command: Command | None, trace: str | None) -> str:
    if reason == "early_stopped" and stopping is not None:
        return f"stopped early {far}, {stopping.waited} without improvement in {stopping.metric}"
    if reason == "stopped" and command is not None:
        by = f" by {command.actor}" if command.actor else ""
        return f"stopped{by} {far}" + (f": {command.reason}" if command.reason else "")
    if reason == "crashed" and trace:
        return f"crashed {far}: {_last_line(trace.splitlines())}"
    return f"{reason.replace('_', ' ')} {far}"


def _last_line(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "")[:MAX_LINE_CHARS]
