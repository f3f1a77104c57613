"""Which run a user means: by id, by name, or by project/name."""

from collections.abc import Mapping
from typing import Any

from epochwatch_server.cli.reach import Reach, ServerProblem


def find_run(server: Reach, text: str) -> Mapping[str, Any]:
    """Find the one run that is called so.

    Raises:
        ServerProblem: None or several are, or the server could not be asked.
    """
    return pick_run(server.ask("GET", "/api/runs")["runs"], text)


def pick_run(runs: list[Mapping[str, Any]], text: str) -> Mapping[str, Any]:
    """Pick the one run that is called so from a list."""
    meant = called(runs, text)
    if not meant:
        raise ServerProblem(f"There is no run {text!r}; `epochwatch ls` lists them.")
    if len(meant) > 1:
        ids = ", ".join(each["id"] for each in meant[:5])
        raise ServerProblem(f"{len(meant)} runs are called {text!r}: name one by its id ({ids}).")
    return meant[0]


def called(runs: list[Mapping[str, Any]], text: str) -> list[Mapping[str, Any]]:
    """List the runs that a user may mean: the one of this id, else those of this name or project/name."""
    meant = [each for each in runs if each["id"] == text]
    return meant or [each for each in runs if text in (each["name"], f"{each['project']}/{each['name']}")]
