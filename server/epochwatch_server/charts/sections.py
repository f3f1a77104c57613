"""The sections of a run's page, in the order in which a reader needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from epochwatch_server.charts.chart import Entry

MOST_LISTED = 200  # charts listed in a section; the page's filter finds the others

TITLES: Final[Mapping[str, str]] = {
    "tracked": "Tracked",
    "loss": "Loss",
    "components": "Loss components",
    "accuracy": "Accuracy",
    "observed": "Observed",
    "lr": "Learning rate",
    "gradients": "Gradients",
    "other": "Other",
}

_SECTION_OF_ROLE: Final[Mapping[str, str]] = {
    "loss": "loss",
    "component": "components",
    "weight": "components",
    "accuracy": "accuracy",
    "f1": "accuracy",
    "f1_class": "observed",
    "r2": "observed",
    "variance_ratio": "observed",
    "pred_std": "observed",
    "pred_mean": "observed",
    "pred_range": "observed",
    "target_std": "observed",
    "target_mean": "observed",
    "error": "observed",
    "lr": "lr",
    "grad_norm": "gradients",
    "clip_fraction": "gradients",
    "update_ratio": "gradients",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its charts. `hidden`: how many more there are than are listed."""

    id: str
    title: str
    charts: tuple[Entry, ...]
    hidden: int


def section_of(role: str) -> str:
    """Say in which section a metric with this role is looked for."""
    return _SECTION_OF_ROLE.get(role, "other")


def arrange(entries: Sequence[Entry], query: str = "") -> list[Section]:
    """Sort charts into sections, those that a query does not find left out; empty sections too.

    Args:
        entries: Charts in the order in which they stand within their section.
        query: Words that must all occur in a chart's title or in one of its metrics' names, in any case.
    """
    words = query.casefold().split()
    found: dict[str, list[Entry]] = {section: [] for section in TITLES}
    for entry in entries:
        if not words or _matches(entry, words):
            found[entry.section].append(entry)
    return [
        Section(section, TITLES[section], tuple(charts[:MOST_LISTED]), max(0, len(charts) - MOST_LISTED))
        for section, charts in found.items()
        if charts
    ]


def _matches(entry: Entry, words: Sequence[str]) -> bool:
    text = "\n".join((entry.title, *entry.metrics)).casefold()
    return all(word in text for word in words)
