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


ANYWHERE = ShortcutGroup("Anywhere", (Shortcut(("?",), "This help"), Shortcut(("T",), "Dark or light")))

RUNS_SHORTCUTS = (
    ShortcutGroup(
        "Runs",
        (
            Shortcut(("j", "k"), "Next, previous run"),
            Shortcut(("Enter",), "Open the run"),
            Shortcut(("x", "Space"), "Select it"),
            Shortcut(("c",), "Compare the selected runs"),
            Shortcut(("/",), "Search"),
            Shortcut(("Esc",), "Clear the selection or the search"),
        ),
    ),
    ANYWHERE,
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
    ANYWHERE,
)

ALERTS_SHORTCUTS = (
    ShortcutGroup(
        "Alerts",
        (
            Shortcut(("j", "k"), "Next, previous alert"),
            Shortcut(("Enter",), "Open or close it"),
            Shortcut(("a",), "Acknowledge it, or all that are selected"),
            Shortcut(("x",), "Select it; shift and a click select all between"),
            Shortcut(("o",), "Show it in its run"),
            Shortcut(("u",), "Back to all runs"),
            Shortcut(("Esc",), "Clear the selection"),
        ),
    ),
    ANYWHERE,
)

COMPARE_SHORTCUTS = (
    ShortcutGroup(
        "Compare",
        (
            Shortcut(("a",), "Add a run"),
            Shortcut(("1", "8"), "Hide or show the run of that place; a double click shows it alone"),
            Shortcut(("o",), "Overview, charts, samples"),
            Shortcut(("d",), "Only what differs, or everything"),
            Shortcut(("n",), "Note"),
            Shortcut(("u",), "Back to all runs"),
        ),
    ),
    ShortcutGroup(
        "Charts",
        (
            Shortcut(("f",), "Filter by name"),
            Shortcut(("x",), "Along the bottom: epoch, step, time, share of the plan"),
            Shortcut(("l",), "Logarithmic y axes"),
            Shortcut(("z",), "Whole range; so does a double click on a chart"),
        ),
    ),
    ANYWHERE,
)

RULES_SHORTCUTS = (
    ShortcutGroup(
        "Rules",
        (
            Shortcut(("j", "k"), "Next, previous rule"),
            Shortcut(("/",), "Search"),
            Shortcut(("u",), "Back to all runs"),
            Shortcut(("Esc",), "Clear the search"),
        ),
    ),
    ANYWHERE,
)
