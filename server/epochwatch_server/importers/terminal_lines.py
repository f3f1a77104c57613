"""What a terminal would have shown of a line: without colours, and each rewriting of it as a piece of its own."""

import re
from collections.abc import Iterator

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_REWRITTEN = re.compile(r"\r|\x08{8,}")  # so many steps back begin the line anew
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def pieces_of(line: str) -> Iterator[str]:
    """Yield what stood in a line, one writing after the other; empty ones are left out."""
    for piece in _REWRITTEN.split(_ESCAPES.sub("", line)):
        text = _CONTROLS.sub("", _stepped_back(piece) if "\x08" in piece else piece).rstrip()
        if text:
            yield text


def _stepped_back(piece: str) -> str:
    kept: list[str] = []
    for letter in piece:
        if letter != "\x08":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)
