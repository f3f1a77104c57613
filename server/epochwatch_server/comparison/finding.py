"""What a comparison says in a sentence, and the catalogue's shape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from epochwatch_server.comparison.compared import Compared


@dataclass(frozen=True, slots=True)
class CompareFinding:
    """A sentence with its numbers. kind: the file that found it; runs: ids of those it speaks of; caution: or ""."""

    kind: str
    text: str
    runs: tuple[str, ...] = ()
    caution: str = ""
    keys: tuple[str, ...] = field(default_factory=tuple)


Find = Callable[[Sequence[Compared], str | None], list[CompareFinding]]
