"""Plain output of trainings: what is recognised is read as it stands, everything else is counted."""

import math
from pathlib import Path

import pytest

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers import text_log
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import Closing, EpochRow, ImportedRun, Row

BLOCKS = """\
Using device cpu
================================================================================
EPOCH 41/200
================================================================================
TRAIN: Loss=0.1224 | Cmd=98.00% | ParamType=93.48% | Composite=0.9142
VAL:   Loss=0.4228 | Cmd=100.00% | ParamType=93.77% | Composite=0.9377
       ParamMAE=0.0000 | ParamTolAcc=100.00%

📊 Tracking composite_acc: 0.9377 (best: 0.9390) | Patience: 3/15 | LR=5.42e-05
EPOCH 42/200
TRAIN: Loss=nan, Cmd=98%
✅ NEW BEST COMPOSITE_ACC: 0.9488 (improved from 0.9477) | LR=3.89e-05
⏹️  EARLY STOPPING: No improvement in composite_acc for 15 epochs
    Best composite_acc: 0.9488
"""


def read(folder: Path, text: str, mood: Mood = Mood.WHOLE) -> tuple[ImportedRun, list[Row], list[EpochRow]]:
    """Read a log; returns the run, its steps and its epochs."""
    path = folder / "run.log"
    path.write_text(text, newline="")
    (run,) = text_log.read(path, mood)
    items = [inner for item in run.items for inner in (item.items if isinstance(item, Closing) else (item,))]
    rows = [item for item in items if isinstance(item, Row)]
    return run, rows, [item for item in items if isinstance(item, EpochRow)]


def test_blocks_become_epochs_with_percentages_as_fractions(tmp_path: Path) -> None:
    run, rows, epochs = read(tmp_path, BLOCKS)
    assert rows[0].metrics == {
        "train/loss": 0.1224,
        "train/Cmd": 0.98,
        "train/ParamType": pytest.approx(0.9348),
        "train/Composite": 0.9142,
    }
    assert rows[2].metrics == {"val/ParamMAE": 0.0, "val/ParamTolAcc": 1.0}
    assert rows[3].metrics == {"lr": 5.42e-05}
    assert [(epoch.epoch, epoch.step) for epoch in epochs] == [(40, 40), (41, 41)]
    assert math.isnan(rows[4].metrics["train/loss"])
    assert (run.planned_epochs, dict(run.end_fields)) == (200, {"reason": "early_stopped"})
    assert run.remarks[-1] == "not recognised: 1 lines"


def test_our_own_console_is_read_back(tmp_path: Path) -> None:
    from epochwatch.console import EpochReport, epoch_block

    means = {"train/loss": 0.25, "train/acc": 0.5, "val/loss": 0.5, "temperature": 3.5}
    blocks = [epoch_block(EpochReport(f"{n}/2", 1.5, 3.0, means, None, None, 1e-3)) for n in (1, 2)]
    _, rows, epochs = read(tmp_path, "\n".join(blocks) + "\n")
    assert [epoch.epoch for epoch in epochs] == [0, 1]
    told = {name: value for row in rows[:4] for name, value in row.metrics.items()}
    assert told == {**means, "lr": 1e-3}


def test_dictionaries_are_read_by_a_grammar_and_never_evaluated(tmp_path: Path) -> None:
    lines = [
        "  3%|▎         | 1/30 [00:01<00:30]{'loss': 0.6931, 'learning_rate': 5e-05, 'epoch': 0.5}",
        "{'loss': '0.5', 'grad_norm': nan, 'epoch': '1.0'}",
        "{'eval_loss': 0.52, 'eval_runtime': 0.5, 'epoch': 1.0}",
        "{'loss': __import__('os').getpid(), 'epoch': 1.5}",
        "{'loss': 1 + 1, 'epoch': 1.5}",
        "{'loss': 0.25, 'epoch': 2.0}",
    ]
    run, rows, epochs = read(tmp_path, "\n".join(lines) + "\n")
    assert [row.metrics.get("loss", row.metrics.get("eval_loss")) for row in rows] == [0.6931, 0.5, 0.52, 0.25]
    assert [row.epoch for row in rows] == [0, 0, 0, 1]
    assert [epoch.epoch for epoch in epochs] == [0, 1]
    assert run.remarks[-1] == "not recognised: 2 lines"


def test_named_numbers_behind_an_epoch_or_a_step_are_read(tmp_path: Path) -> None:
    lines = [
        "Epoch 1 | R²: -0.045 | Var Ratio: 40.1% | Pred Std: 0.50",
        "2026-03-01 10:15:00,500 INFO step=1200 train_loss=0.31 lr=1e-4",
        "Saved the best model of epoch 3: model.pt",
        "Epoch 3 of loading: 12 files",
    ]
    run, rows, _ = read(tmp_path, "\n".join(lines) + "\n")
    assert rows[0].metrics == {"R²": -0.045, "Var Ratio": pytest.approx(0.401), "Pred Std": 0.5}
    assert (rows[1].step, rows[1].metrics, rows[1].time % 60) == (1200, {"train_loss": 0.31, "lr": 1e-4}, 0.5)
    assert run.remarks[-1] == "not recognised: 2 lines"


def test_steps_counted_anew_in_each_epoch_go_on(tmp_path: Path) -> None:
    lines = [f"Epoch [{epoch}/2], Step [{step}/300], Loss: 0.5" for epoch in (1, 2) for step in (100, 300)]
    _, rows, _ = read(tmp_path, "\n".join(lines) + "\n")
    assert [(row.step, row.epoch) for row in rows] == [(100, 0), (300, 0), (400, 1), (600, 1)]


@pytest.mark.parametrize(("error", "reason"), [("ValueError: no", "crashed"), ("KeyboardInterrupt", "interrupted")])
def test_a_traceback_at_the_end_is_how_it_ended(tmp_path: Path, error: str, reason: str) -> None:
    text = f'Epoch 1 | loss: 0.5\nTraceback (most recent call last):\n  File "x.py", line 3, in f\n    f()\n{error}\n'
    run, _, _ = read(tmp_path, text)
    assert run.end_fields["reason"] == reason
    assert run.end_fields["traceback"].endswith(error)
    run, _, _ = read(tmp_path, text + "Epoch 2 | loss: 0.4\n")
    assert dict(run.end_fields) == {}


def test_a_bar_that_was_not_done_when_the_log_ends_is_no_epoch(tmp_path: Path) -> None:
    done = "Epoch 0: 100%|██| 6/6 [00:00<00:00, 24.4it/s, v_num=0, train_loss=1.5]"
    cut = "Epoch 1:  50%|█ | 3/6 [00:00<00:00, 24.4it/s, v_num=0, train_loss=0.5]"
    _, rows, _ = read(tmp_path, f"{done}\r{cut}")
    assert [row.metrics for row in rows] == [{"train_loss": 1.5}]


def test_of_a_log_that_grows_only_what_is_certain_is_given(tmp_path: Path) -> None:
    lines = "".join(f"Epoch {n} | loss: 0.5\n" for n in range(4))
    _, whole, _ = read(tmp_path, lines)
    _, growing, _ = read(tmp_path, lines + "Epoch 4 | lo", Mood.GROWING)
    assert [row.epoch for row in whole] == [0, 1, 2, 3]
    assert [row.epoch for row in growing] == [0, 1, 2]


def test_a_log_of_which_nothing_is_known_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("hello\nworld\n")
    with pytest.raises(InvalidInput, match="no line has a form that is known"):
        list(text_log.read(path, Mood.WHOLE))
    assert not text_log.looks_like(path)
