"""A view of a page that somebody gave a name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SavedView:
    """A page as it was set up: `url` is its path with the query that holds the setting."""

    id: int
    name: str
    url: str
    created_ms: int
