"""The text on the terminal."""

import io
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.client_hook.conftest import Start

from epochwatch.console import (
    EndReport,
    EpochReport,
    duration,
    end_block,
    epoch_block,
    is_ascii_only,
    metric_rows,
    number,
    say,
    sparkline,
)  # fmt: skip
from epochwatch.early_stopping import EarlyStopping

MEANS = {
    "train/loss": 0.1224, "train/cmd_acc": 0.98, "train/param_type_acc": 0.9348, "train/composite_acc": 0.9142,
    "train/lr": 5.42e-05, "grad_norm": 12.0, "grad_norm/head": 3.0,
    "val/param_mae": 0.0, "val/loss": 0.4228, "val/cmd_acc": 1.0, "val/param_type_acc": 0.9377, "val/tol_accuracy": 1.0,
    "val/composite_acc": 0.9377,
}  # fmt: skip


def report(before: EarlyStopping, value: float) -> EpochReport:
    return EpochReport(
        "42/200", 12.34, 1947.0, MEANS, before, before.observe(41, value), 5.42e-05, frozenset({"composite_acc"})
    )


TRACKED = EarlyStopping("val/composite_acc", "max", 15, best=0.939, best_epoch=38, waited=2)


def test_the_block_of_an_epoch() -> None:
    assert epoch_block(report(TRACKED, 0.9377)) == "\n".join(
        [
            "",
            "=" * 80,
            "EPOCH 42/200 | epoch 41 | 12.3s | ETA 32m 27s",
            "=" * 80,
            "TRAIN: Loss=0.1224 | cmd_acc=98.00% | param_type_acc=93.48%",
            "       composite_acc=0.9142",
            "VAL:   Loss=0.4228 | cmd_acc=100.00% | param_type_acc=93.77%",
            "       tol_accuracy=100.00% | composite_acc=0.9377 | param_mae=0.0000",
            "",
            "Tracking composite_acc: 0.9377 (best: 0.9390) | no improvement | Patience: 3/15 | LR=5.42e-05",
        ]
    )


def test_a_script_that_counts_from_one_has_one_number_for_an_epoch() -> None:
    counted = EpochReport("42/200", 12.34, None, {}, None, None, None, first_epoch=0)
    assert "EPOCH 42/200 | 12.3s" in epoch_block(counted)


def test_of_what_was_observed_the_terminal_shows_what_is_judged() -> None:
    rest = ("pred_mean", "pred_min", "pred_max", "pred_range", "target_std", "target_mean")
    observed = dict.fromkeys([f"val/{name}" for name in ("r2", "variance_ratio", "pred_std", "rmse", *rest)], 0.5)
    (row,) = metric_rows(observed, frozenset())
    assert row == "VAL:   r2=0.5000 | variance_ratio=0.5000 | pred_std=0.5000 | rmse=0.5000"
    (own,) = metric_rows({"val/pred_mean": 0.5}, frozenset())  # logged by the script itself
    assert own == "VAL:   pred_mean=0.5000"


def test_a_run_says_where_to_watch_it_when_it_begins_and_is_called_the_same_when_it_ends(
    monkeypatch: pytest.MonkeyPatch, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EPOCHWATCH_CONSOLE", "on")
    monkeypatch.setattr(sys, "argv", ["train.py"])
    run = start("p", "")
    name = f"p/train-{run.id[-4:]}"
    assert capsys.readouterr().out == f"Epochwatch: {name} | {run.url}\n"
    for loss in (1.0, 0.5, 0.25):
        run.log({"loss": loss})
    run.finish()
    assert f"\n{name}: finished at step 2\n" in capsys.readouterr().out


def test_a_run_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    script = "import epochwatch; epochwatch.init(project='p', name='n').finish()"
    data = {"EPOCHWATCH_DATA": str(tmp_path), "EPOCHWATCH_CONSOLE": "on"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=dict(os.environ) | data,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("Epochwatch: p/n | no server yet: `epochwatch serve` starts one")


def test_a_new_best_is_said_with_what_it_improves() -> None:
    assert epoch_block(report(TRACKED, 0.9488)).endswith(
        "NEW BEST COMPOSITE_ACC: 0.9488 (improved from 0.9390) | LR=5.42e-05"
    )
    first = EarlyStopping("val/composite_acc", "max")
    assert "NEW BEST COMPOSITE_ACC: 0.9488 (first)" in epoch_block(report(first, 0.9488))


def test_early_stopping_is_said_with_the_best() -> None:
    almost = EarlyStopping("val/composite_acc", "max", 15, best=0.9488, best_epoch=50, waited=14)
    assert epoch_block(report(almost, 0.9)).splitlines()[-2:] == [
        "EARLY STOPPING: No improvement in composite_acc for 15 epochs",
        "    Best composite_acc: 0.9488 @ epoch 50",
    ]


def test_many_metrics_are_cut_and_long_rows_wrapped() -> None:
    means = {f"val/metric_{i:02d}": i / 7 for i in range(40)}
    rows = epoch_block(EpochReport("1", 1.0, None, means, None, None, None)).splitlines()[4:]
    assert rows[0].startswith("VAL:   metric_00=0.0000 | ")
    assert all(row.startswith("       metric_") or "VAL:" in row for row in rows[:-1])
    assert max(map(len, rows)) <= 80
    assert rows[-1].endswith("and 16 more")


def test_the_verdict_has_a_sparkline_and_says_where_to_look() -> None:
    end = EndReport(
        "p/n", "finished after 3 epochs", 65.0, "val/loss", [3.0, math.nan, 1.0], {"test/f1": 0.5}, "http://x/runs/1"
    )
    assert end_block(end, ascii_only=False).splitlines()[2:] == [
        "p/n: finished after 3 epochs",
        "=" * 80,
        "TEST:  f1=0.5000",
        "val/loss: █ ▁  3.0000 -> 1.0000",
        "took 1m 05s | http://x/runs/1",
    ]
    assert end_block(end, ascii_only=True).isascii()


def test_a_sparkline_of_anything() -> None:
    assert sparkline([], ascii_only=True) == ""
    assert sparkline([math.nan], ascii_only=True) == ""
    assert sparkline([1.0, 1.0], ascii_only=True) == "=="
    assert len(sparkline([float(i) for i in range(1000)], ascii_only=False)) == 40
    assert sparkline([1e308, -1e308], ascii_only=True) == "=="


@pytest.mark.parametrize(
    ("given", "text"),
    [(0.0, "0.0000"), (0.12345, "0.1235"), (1e-5, "1.000e-05"), (3e6, "3.000e+06"), (math.nan, "nan")],
)
def test_numbers(given: float, text: str) -> None:
    assert number(given) == text


@pytest.mark.parametrize(
    ("given", "text"), [(0.04, "0.0s"), (59.94, "59.9s"), (61, "1m 01s"), (7322, "2h 02m"), (200_000, "2d 7h")]
)
def test_durations(given: float, text: str) -> None:
    assert duration(given) == text


class _Terminal(io.TextIOWrapper):
    pass


def test_a_terminal_without_unicode_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", _Terminal(raw, encoding="ascii"))
    assert is_ascii_only()
    say("verlust ▁ größer")
    assert raw.getvalue() == b"verlust \\u2581 gr\\xf6\\xdfer\n"


def test_a_broken_terminal_is_no_trouble(monkeypatch: pytest.MonkeyPatch, start: Start) -> None:
    monkeypatch.setenv("EPOCHWATCH_CONSOLE", "on")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    run = start(epochs=1)
    for _ in run.epochs():
        run.log({"val/loss": 1.0})
    run.finish()
    monkeypatch.setattr(sys, "stdout", None)
    say("nobody hears")


def test_a_run_prints_its_blocks_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    for setting, option, is_heard in (("on", None, True), ("off", None, False), ("on", False, False)):
        monkeypatch.setenv("EPOCHWATCH_CONSOLE", setting)
        run = start("p", "n", epochs=1, track="val/loss", console=option)
        for _ in run.epochs():
            run.log({"train/loss": 2.0, "val/loss": 1.0})
        run.alert("look", "here", "critical")
        run.finish()
        text = capsys.readouterr().out
        assert ("EPOCH 1/1 | " in text) is is_heard
        assert ("NEW BEST LOSS: 1.0000 (first)" in text) is is_heard
        assert ("ALERT [critical] look: here" in text) is is_heard
        assert ("p/n: finished after 1 epoch; best val/loss 1.0000 @ epoch 0" in text) is is_heard
        assert (run.url in text) is is_heard
