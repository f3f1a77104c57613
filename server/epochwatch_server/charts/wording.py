"""Text inside a figure: Plotly reads a little HTML there, so whatever a run wrote is escaped first."""

import html

LABEL_CHARS = 28
NAME_CHARS = 60


def safe(text: str, chars: int = NAME_CHARS) -> str:
    """Make text that Plotly shows as it is: shortened in the middle, without markup.

    Plotly knows &amp;, &lt; and &gt;, so quotes stay as they are; a dollar sign would begin a formula.
    """
    return html.escape(shorten(text, chars), quote=False).replace("$", "&#36;")


def shorten(text: str, chars: int) -> str:
    """Cut the middle out of a long text: names differ most at their ends."""
    if len(text) <= chars:
        return text
    head = (chars - 1) // 2
    return f"{text[:head]}…{text[len(text) - (chars - 1 - head) :]}"


def number(value: float) -> str:
    """Write a number in few characters: 5 significant digits, no trailing zeros."""
    return f"{value:.5g}"


def elapsed(seconds: float) -> str:
    """Write a duration as h:mm:ss."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
