"""The books tell lost, doubled, wrong and invented points apart."""

from pathlib import Path

import pytest
from benchmarks.faults.ledger import Ledger, Verdict, compare, last_step, value_of

Point = tuple[str, str, int, float]


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Three steps logged, a fourth begun."""
    path = tmp_path / "r0.txt"
    ledger = Ledger(path)
    for step in range(3):
        ledger.enter("<", step)
        ledger.enter(">", step)
    ledger.enter("<", 3)
    return path


def point(step: int) -> Point:
    return ("r0", "loss", step, value_of("r0", "loss", step))


def test_all_points_once_and_as_they_were_is_clean(books: Path) -> None:
    verdict = compare([books], ["loss"], [point(step) for step in range(3)])

    assert verdict == Verdict(logged=3, stored=3, lost=0, doubled=0, wrong=0, invented=0)
    assert verdict.is_clean


def test_a_point_whose_log_never_returned_may_be_stored_or_not(books: Path) -> None:
    assert compare([books], ["loss"], [point(step) for step in range(4)]).is_clean


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        ([point(0), point(1)], "lost"),
        ([point(0), point(1), point(2), point(2)], "doubled"),
        ([point(0), point(1), ("r0", "loss", 2, 0.5)], "wrong"),
        ([point(0), point(1), point(2), point(9)], "invented"),
    ],
)
def test_every_kind_of_fault_is_named(books: Path, stored: list[Point], fault: str) -> None:
    verdict = compare([books], ["loss"], stored)

    assert not verdict.is_clean
    assert getattr(verdict, fault) == 1


def test_a_trainer_goes_on_after_the_last_step_it_tried(books: Path, tmp_path: Path) -> None:
    assert last_step(books) == 3
    assert last_step(tmp_path / "never.txt") == -1
