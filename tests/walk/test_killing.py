"""Trainers and the server are killed at random moments; what `log` returned for is stored, once and as it was."""

from pathlib import Path

from benchmarks.faults.kill_loop import Plan, play

KILLS = 8  # `python -m benchmarks.faults.kill_loop --kills 50` takes longer and finds the same


def test_killing_the_trainer_loses_no_point_that_log_returned_for(tmp_path: Path) -> None:
    verdict = play(Plan("trainer", KILLS, gap=(0.1, 0.6)), tmp_path)

    assert verdict.logged > 1000
    assert verdict.is_clean, verdict


def test_killing_the_server_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    verdict = play(Plan("server", KILLS, gap=(0.1, 0.6)), tmp_path)

    assert verdict.logged > 1000
    assert verdict.is_clean, verdict
