"""What a run that is resumed must remember: where its epochs were, and its best. A small file beside the spool."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from epochwatch.early_stopping import EarlyStopping
from epochwatch.guard import warn_once

MAX_STATE_BYTES = 64 * 1024
KEPT_SECONDS = 90 * 24 * 3600.0  # nobody resumes a run later than that


@dataclass(frozen=True, slots=True)
class LoopState:
    """The state after an epoch. metric, best, best_epoch and waited are those of early stopping."""

    epoch: int
    step: int
    metric: str | None = None
    best: float | None = None
    best_epoch: int | None = None
    waited: int = 0

    def restore(self, stopping: EarlyStopping | None) -> EarlyStopping | None:
        """Give early stopping its past back, if it still follows the same metric."""
        return None if stopping is None else stopping.restored(asdict(self))


def state_path(folder: Path, run: str) -> Path:
    """Name the state file of a run."""
    return folder / f"{run}.state.json"


def read_state(path: Path) -> LoopState | None:
    """Read a state; None when there is none that makes sense."""
    try:
        with path.open("rb") as file:
            raw: Any = json.loads(file.read(MAX_STATE_BYTES))
        state = LoopState(**{name: raw.get(name) for name in LoopState.__slots__})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return state if type(state.epoch) is int and type(state.step) is int and state.epoch >= 0 else None


def prune_states(folder: Path, now: float) -> None:
    """Delete states that nobody came back for. now: seconds since 1970."""
    for path in folder.glob("*.state.json"):
        try:
            if now - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
        except OSError:
            continue


def write_state(path: Path, epoch: int, step: int, stopping: EarlyStopping | None) -> None:
    """Replace the state of a run; a folder that cannot be written is told once."""
    state = LoopState(epoch, step)
    if stopping is not None:
        state = LoopState(epoch, step, stopping.metric, stopping.best, stopping.best_epoch, stopping.waited)
    try:
        scratch = path.with_suffix(".json-new")
        scratch.write_text(json.dumps(asdict(state)), encoding="ascii")
        scratch.replace(path)
    except OSError as error:
        warn_once(f"state {path}", f"cannot note the state of early stopping in {path} ({error}).")
