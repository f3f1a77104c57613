"""CSV tables, wide and long, ours and others', whole and torn."""

import math
from pathlib import Path

import pytest

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.recording import read_recordings


def _table(folder: Path, *lines: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines))
    return path


def test_a_long_table_becomes_steps_and_the_means_of_its_epochs(tmp_path: Path) -> None:
    path = _table(
        tmp_path,
        "metric,step,epoch,time_ms,value",
        "train/loss,0,0,1000,4.0",
        "train/loss,1,0,2000,2.0",
        "train/loss,2,1,3000,1.0",
        "val/loss,1,0,2000,2.5",
        "val/loss,2,1,3000,nan",
        "test/loss,3,,4000,9.0",
    )
    (recording,) = read_recordings(path)
    told = [
        (record.kind, record.place, record.epoch, record.time, dict(record.metrics)) for record in recording.records
    ]
    assert [line[:4] for line in told] == [
        ("step", 0, 0, 1.0),
        ("step", 1, 0, 2.0),
        ("epoch", 0, 0, 2.0),
        ("step", 2, 1, 3.0),
        ("epoch", 1, 1, 3.0),
        ("step", 3, None, 4.0),
    ]
    assert told[2][4] == {"train/loss": 3.0, "val/loss": 2.5}
    assert math.isnan(told[4][4]["val/loss"])
    assert recording.lost == ()


def test_a_long_table_of_epochs_needs_no_steps(tmp_path: Path) -> None:
    path = _table(tmp_path, "tag,epoch,value", "loss,0,2", "acc,0,0.5", "loss,1,1", "acc,1,0.75")
    (recording,) = read_recordings(path)
    assert [(record.kind, record.place, dict(record.metrics)) for record in recording.records] == [
        ("epoch", 0, {"loss": 2.0, "acc": 0.5}),
        ("epoch", 1, {"loss": 1.0, "acc": 0.75}),
    ]


def test_a_column_run_parts_a_table_into_runs(tmp_path: Path) -> None:
    path = _table(tmp_path, "run,epoch,loss", "a,0,2", "b,0,3", "a,1,1", "b,1,inf")
    a, b = read_recordings(path)
    assert (a.name, b.name) == ("a", "b")
    assert [record.metrics["loss"] for record in b.records] == [3.0, math.inf]


def test_the_quote_that_protects_a_spreadsheet_is_no_part_of_a_name(tmp_path: Path) -> None:
    (recording,) = read_recordings(_table(tmp_path, "metric,epoch,value", "'=cmd,0,1.0"))
    assert list(recording.records[0].metrics) == ["=cmd"]


def test_a_torn_table_gives_what_it_holds_and_says_what_was_lost(tmp_path: Path) -> None:
    path = _table(tmp_path, "epoch,loss,acc", "0,1.0,0.1", "1,0.5,0.2", "2,0.2")
    (recording,) = read_recordings(path)
    assert [record.place for record in recording.records] == [0, 1, 2]
    assert recording.lost == ("line 4: its cells do not match the columns",)


def test_rows_without_a_place_or_a_number_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        f"loss,{epoch},{value}" for epoch, value in ((0, "2"), ("", "1"), (1, "much"), (2, ""), ("x", "3"), (3, "1"))
    ]
    (recording,) = read_recordings(_table(tmp_path, "metric,epoch,value", *rows))
    assert [record.place for record in recording.records] == [0, 3]
    assert recording.lost[0] == "row 2: expected a metric, a place and a number"
    assert recording.lost[-1] == "1 more like these"


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "\0\0\0"])
def test_what_is_no_table_of_a_training_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="expected a column named epoch or step"):
        read_recordings(_table(tmp_path, text))


def test_a_table_that_has_only_just_begun_is_an_empty_recording(tmp_path: Path) -> None:
    assert [recording.records for recording in read_recordings(_table(tmp_path, "epoch,loss"))] == [()]


def test_a_table_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes("\ufeffepoch,loss\r\n0,1.5\r\n1,1.0\r\n".encode())
    (recording,) = read_recordings(path)
    assert [record.metrics["loss"] for record in recording.records] == [1.5, 1.0]
