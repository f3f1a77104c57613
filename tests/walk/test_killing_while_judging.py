"""The server dies between commit and judgement, again and again: every alert is there once, as if it had not."""

from pathlib import Path

from benchmarks.faults.alert_kills import play

KILLS = 20  # `python -m benchmarks.faults.alert_kills --kills 100` takes longer and finds the same


def test_a_killed_server_repeats_no_alert_and_forgets_none(tmp_path: Path) -> None:
    verdict = play(KILLS, tmp_path)

    assert verdict.transitions > 40
    assert verdict.is_clean, verdict
