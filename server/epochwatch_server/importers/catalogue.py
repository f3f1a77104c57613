"""Every format that can be imported: one file each, one line here. A guess takes the first that fits."""

from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers import (
    csv_table,
    jsonl_recording,
    mlflow_store,
    tensorboard,
    text_log,
    trackio_store,
    wandb_offline,
)
from epochwatch_server.importers.format import Format

FORMATS: tuple[Format, ...] = (
    wandb_offline.FORMAT,
    mlflow_store.FORMAT,
    trackio_store.FORMAT,
    tensorboard.FORMAT,
    jsonl_recording.FORMAT,
    csv_table.FORMAT,
    text_log.FORMAT,
)
NAMES = tuple(known.name for known in FORMATS)


def find_format(name: str) -> Format:
    """Find a format by name.

    Raises:
        InvalidInput: There is none of this name.
    """
    found = next((known for known in FORMATS if known.name == name), None)
    if found is None:
        raise InvalidInput(f"there is no format {name!r}; expected {', '.join(NAMES)}")
    return found


def guess_format(path: Path) -> Format | None:
    """Name the first format that a path looks like; None when it looks like none."""
    return next((known for known in FORMATS if known.looks_like(path)), None)
