"""Markdown as GitHub renders it: what a run wrote stays text, whatever signs are in it."""

import re
from collections.abc import Iterable, Sequence

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_BEGINS = re.compile(r"^(\d*)([-+=:.)])(?=\s|$|[-+=])")
_HASH = re.compile(r"\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])([0-9a-f]{3})(?=[0-9a-f]{4,37}\b)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_GAP = "\u200b"  # nothing to see, but what was one word to a machine are two


def prose(text: object, chars: int = 2_000) -> str:
    """Write text in a paragraph, a list or a cell: no sign in it means anything, no name is called, no link made."""
    plain = _line(text, chars)
    parted = re.sub(r"@(?=\S)", f"@{_GAP}", plain)
    parted = re.sub(r"://", f":{_GAP}//", parted)
    parted = re.sub(r"\b(www|GH|mailto|xmpp)(?=[.:-])", rf"\1{_GAP}", parted, flags=re.IGNORECASE)
    parted = re.sub(r"#(?=\w)", f"#{_GAP}", parted)
    parted = _HASH.sub(rf"\1{_GAP}", parted)
    escaped = _BEGINS.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", parted))
    return escaped.replace("$", "<span>$</span>")  # GitHub takes a pair of them for a formula, escaped or not


def code(text: object, chars: int = 400) -> str:
    """Write text as code, in which GitHub looks for nothing; the pipe is told apart from that of a table."""
    plain = _line(text, chars)
    if not plain:
        return ""
    fence = "`" * (_longest(plain) + 1)
    pad = " " if plain[0] == "`" or plain[-1] == "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def cell(written: str) -> str:
    """Put something written into a cell of a table: in code too, a pipe would end it."""
    return re.sub(r"(?<!\\)\|", r"\\|", written)


def block(text: str, chars: int = 20_000) -> str:
    """Write text as it is, lines kept, in a fence that it cannot close."""
    plain = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))[:chars]
    fence = "`" * max(3, _longest(plain) + 1)
    return f"{fence}text\n{plain}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table of what is already written."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(one) for one in line)} |" for line in lines)


def bullets(items: Iterable[str]) -> str:
    """Lay out a list of what is already written."""
    return "\n".join(f"- {item}" for item in items)


def _line(text: object, chars: int) -> str:
    plain = " ".join(_CONTROL.sub("\ufffd", re.sub(r"\s+", " ", str(text))).split())
    return plain if len(plain) <= chars else f"{plain[:chars]}…"


def _longest(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
