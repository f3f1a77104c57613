"""No logging at all: the noise of the harness."""

from collections.abc import Mapping, Sequence
from typing import Any

from .base import Base  # noqa: TID252 - as in its sibling that also runs elsewhere


class Contender(Base):
    """Does nothing."""

    has_ui = False

    def open(self, run: str = "r0") -> None:
        """Do nothing."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Do nothing."""

    def log_images(self, key: str, arrays: Sequence[Any], step: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
