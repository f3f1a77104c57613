"""Servers that are killed between commit and delivery lose no alert, and repeat at most one message each."""

from pathlib import Path

from benchmarks.faults.delivery_kills import Plan, play


def test_fifteen_kills_lose_no_alert_and_repeat_at_most_one_message_each(tmp_path: Path) -> None:
    verdict = play(Plan(kills=15, gap=(0.3, 1.6)), tmp_path)
    assert verdict.is_clean, verdict
    assert verdict.committed > 100
