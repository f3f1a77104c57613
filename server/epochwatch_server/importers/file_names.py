"""What a file of a log is called, and what tells it apart from every other."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

_NAMES_OF_NOTHING = ("metrics", "log", "train", "training", "history", "output", "stdout")


def run_name(path: Path, suffixes: Sequence[str]) -> tuple[str, str]:
    """Name the run and the project of a file: after itself and its folder, or after its folder and the one above."""
    stem = next((path.name.removesuffix(end) for end in suffixes if path.name.endswith(end)), path.stem)
    here = path.resolve()
    if stem in _NAMES_OF_NOTHING and here.parent.name:
        return here.parent.name, here.parent.parent.name or here.parent.name
    return stem, here.parent.name or stem


def file_key(path: Path, beginning: bytes | str) -> str:
    """Tell a log apart for ever: where it is, and how it begins, for a new training may write over an old one's."""
    head = beginning.encode() if isinstance(beginning, str) else beginning
    return hashlib.sha256(str(path.resolve()).encode() + b"\0" + head).hexdigest()
