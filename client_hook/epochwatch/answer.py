"""What a server answers, and that it did not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. retry_after: seconds that the server asks to wait, 0 when it does not say."""

    status: int
    body: bytes
    retry_after: float = 0.0


class Unreachable(Exception):
    """No whole answer came: refused, timed out, cut, or not HTTP. Its cause says which."""
