"""Text that stays text: names come from runs, and no receiver may read markup or a mention in them."""

import html
import re
from collections.abc import Callable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~=])")
_LINK = re.compile(r"^https?://\S+$")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_GAP = "\u200b"  # takes no room, and ends a mention before it begins


def one_line(text: str, limit: int) -> str:
    """Make one line without control characters of at most `limit` characters of a text from outside."""
    line = _CONTROLS.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "\u2026"


def no_mentions(text: str) -> str:
    """Let no @name call anybody."""
    return text.replace("@", f"@{_GAP}")


def for_markdown(text: str) -> str:
    """Escape what Markdown reads, and mentions; a line that is an address stays one."""
    return _by_line(text, lambda line: no_mentions(_MARKDOWN.sub(r"\\\1", line)))


def for_html(text: str) -> str:
    """Escape what HTML reads, and mentions; a line that is an address only keeps its signs."""
    return "\n".join(
        html.escape(line, quote=False) if _LINK.match(line) else html.escape(no_mentions(line), quote=False)
        for line in text.split("\n")
    )


def for_plain(text: str) -> str:
    """Take mentions out of a text that is shown as it is."""
    return _by_line(text, no_mentions)


def _by_line(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(line if _LINK.match(line) else change(line) for line in text.split("\n"))
