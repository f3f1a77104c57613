"""The keys that each page answers to, as its help shows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a key does. `press`: keys that do it, as they are written on them."""

    press: tuple[str, ...]
    does: str


@dataclass(frozen=True, slots=True)
class ShortcutGroup:
    """Shortcuts under one heading."""

    title: str
    shortcuts: tuple[Shortcut, ...]


_ANYWHERE = ShortcutGroup("Anywhere", (Shortcut(("?",), "This help"), Shortcut(("T",), "Dark or light")))

RUNS_SHORTCUTS = (
    ShortcutGroup(
        "Runs",
        (
            Shortcut(("j", "k"), "Next, previous run"),
            Shortcut(("Enter",), "Open the run"),
            Shortcut(("x", "Space"), "Select it"),
            Shortcut(("/",), "Search"),
            Shortcut(("Esc",), "Clear the selection or the search"),
        ),
    ),
    _ANYWHERE,
)

RUN_SHORTCUTS = (
    ShortcutGroup(
        "Charts",
        (
            Shortcut(("f",), "Filter by name"),
            Shortcut(("x",), "Along the bottom: epoch, step, time"),
            Shortcut(("l",), "Logarithmic y axes"),
            Shortcut(("z",), "Whole range; so does a double click on a chart"),
        ),
    ),
    ShortcutGroup(
        "Run",
        (
            Shortcut(("e",), "Rename"),
            Shortcut(("n",), "Note"),
            Shortcut(("u",), "Back to all runs"),
            Shortcut(("Esc",), "Close what is open"),
        ),
    ),
    _ANYWHERE,
)
