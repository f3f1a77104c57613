"""CSV tables and JSON lines as runs: every value, in a stable order, whatever way the file is laid out."""

import base64
import json
import math
import random
from pathlib import Path

import pytest
from tests.server.images import png

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers import csv_table, jsonl_recording
from epochwatch_server.importers.format import Format, Mood
from epochwatch_server.importers.imported import Closing, EpochRow, Happening, ImportedRun, Item, Pause, Picture, Row
from epochwatch_server.importers.merging import Source, merged


def read(form: Format, path: Path, mood: Mood = Mood.WHOLE) -> list[tuple[ImportedRun, list[Item]]]:
    found = []
    for run in form.read(path, mood):
        items: list[Item] = []
        for item in run.items:
            items += item.items if isinstance(item, Closing) else [item]
        found.append((run, items))
    return found


def steps(items: list[Item]) -> list[tuple[int, int | None, dict[str, float]]]:
    return [(item.step, item.epoch, dict(item.metrics)) for item in items if isinstance(item, Row)]


def test_a_wide_table_keeps_its_steps_and_closes_its_epochs(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("epoch,step,loss,val_loss\n0,0,2.0,\n0,1,1.0,\n0,1,,1.5\n1,2,nan,\n1,2,,1.25\n")
    ((run, items),) = read(csv_table.FORMAT, path)
    assert steps(items)[:3] == [(0, 0, {"loss": 2.0}), (1, 0, {"loss": 1.0}), (1, 0, {"val_loss": 1.5})]
    assert [item.epoch for item in items if isinstance(item, EpochRow)] == [0, 1]
    assert (run.name, run.losses) == (tmp_path.name, [])


def test_a_table_of_epochs_that_count_from_one_keeps_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "fit.csv"
    path.write_text("epoch;accuracy;loss\n1;0.5;1\n2;0.75;0.5\n")
    ((_, items),) = read(csv_table.FORMAT, path)
    assert steps(items) == [(1, 1, {"accuracy": 0.5, "loss": 1.0}), (2, 2, {"accuracy": 0.75, "loss": 0.5})]


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_a_long_table_in_any_order_is_read_in_the_order_of_its_steps(tmp_path: Path, is_shuffled: bool) -> None:
    rows = [f"{metric},{step},{step // 2},{step + 0.5}" for metric in ("a", "b") for step in range(6)]
    if is_shuffled:
        random.Random(0).shuffle(rows)
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["metric,step,epoch,value", *rows]) + "\n")
    ((_, items),) = read(csv_table.FORMAT, path)
    values: dict[tuple[str, int], float] = {}
    for step, _, metrics in steps(items):
        values |= {(name, step): value for name, value in metrics.items()}
    assert values == {(metric, step): step + 0.5 for metric in ("a", "b") for step in range(6)}
    assert [step for step, _, _ in steps(items)] == sorted(step for step, _, _ in steps(items))
    assert [item.epoch for item in items if isinstance(item, EpochRow)] == [0, 1, 2]


def test_a_column_of_runs_makes_runs_with_keys_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("run,epoch,loss\na,0,2\nb,0,3\na,1,1\nb,1,inf\n")
    (a, of_a), (b, of_b) = read(csv_table.FORMAT, path)
    assert (a.name, b.name) == ("a", "b")
    assert a.key != b.key
    assert steps(of_b)[1] == (1, 1, {"loss": math.inf})
    assert len(steps(of_a)) == 2


def test_what_a_growing_table_gave_stays_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "growing.csv"
    lines = ["epoch,step,loss"] + [f"{step // 3},{step},{1 / (step + 1)}" for step in range(12)]
    before: list[Item] = []
    keys = set()
    for upto in (4, 7, 13):
        path.write_text("\n".join(lines[:upto]) + "\n" + (lines[upto][:3] if upto < len(lines) else ""))
        ((run, items),) = read(csv_table.FORMAT, path, Mood.GROWING)
        assert steps(items)[: len(steps(before))] == steps(before)
        before = items
        keys.add(run.key)
    assert len(keys) == 1
    assert len(steps(before)) == 11  # the last one may not be whole


def test_a_followed_table_pauses_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "live.csv"
    path.write_text("step,loss\n0,1\n1,0.5\n")
    (run,) = csv_table.read(path, Mood.LIVE)
    items = iter(run.items)
    first = [next(items), next(items)]
    assert [type(item) for item in first] == [Row, Pause]
    with path.open("a") as file:
        file.write("2,0.25\n3,0.1")
    assert [item.step if isinstance(item, Row) else None for item in (next(items), next(items))] == [1, None]
    assert isinstance(next(items), Pause)


def test_every_kind_of_line_of_an_export_is_taken(tmp_path: Path) -> None:
    image = png(8, 8)
    lines = [
        {"type": "run", "version": 1, "id": "abc", "name": "n", "project": "p", "created": 1.7e9, "config": {"lr": 0.1},
         "tracked_metric": "val/f1", "mode": "max", "patience": 3, "tracked": {"best": "NaN", "waited": 1},
         "tags": ["t"], "note": "x", "verdict": "good", "environment": {"model": {"parameters": 7}}},
        {"type": "step", "step": 0, "epoch": None, "time": 1.7e9 + 1, "metrics": {"a": "NaN", "b": "-Infinity"}},
        {"type": "epoch", "epoch": 0, "step": 0, "time": 1.7e9 + 2, "metrics": {"a": 1.5},
         "stats": {"a": [2, 0.5, 1.0, 2.0, 1]}},
        {"type": "event", "event": "best", "epoch": 0, "step": 0, "time": 1.7e9, "data": {"value": "Infinity"}},
        {"type": "image", "sha256": "x", "media_type": "image/png", "data": base64.b64encode(image).decode()},
        {"type": "sample", "split": "val", "id": "s", "epoch": 0, "step": 0, "time": 1.7e9, "image": "f" * 64,
         "width": 8, "height": 8, "gt": [[1, 2]], "error_px": "NaN", "caption": "c"},
        {"type": "end", "status": "crashed", "error": "boom", "time": 1.7e9 + 3, "metrics": {"test/f1": 0.5}},
    ]  # fmt: skip
    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    ((run, items),) = read(jsonl_recording.FORMAT, path)
    row = next(item for item in items if isinstance(item, Row))
    assert math.isnan(row.metrics["a"])
    assert (row.metrics["b"], row.time) == (-math.inf, 1.7e9 + 1)
    (epoch,) = [item for item in items if isinstance(item, EpochRow)]
    assert epoch.metrics == {"a": (2, 1.5, 0.5, 1.0, 2.0, 1)}
    watch, best, sample = [item for item in items if isinstance(item, Happening)]
    assert (watch.type, watch.fields["parameters"], best.fields["value"]) == ("watch", 7, "inf")
    assert sample.fields["samples"] == [
        {"id": "s", "gt": [[1, 2]], "error_px": "nan", "caption": "c", "image": "f" * 32}
    ]
    assert [item.data for item in items if isinstance(item, Picture)] == [image]
    assert run.declared["tracked"] == {
        "metric": "val/f1", "mode": "max", "patience": 3, "best": "nan", "waited": 1,
    }  # fmt: skip
    assert (run.declared["verdict"], run.end_fields["reason"], run.end_fields["summary"]) == (
        "good", "crashed", {"test/f1": 0.5},
    )  # fmt: skip
    assert run.losses == []


def test_objects_without_a_type_are_rows_of_metrics(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"epoch": 0, "loss": 1.5, "val": {"acc": 0.5}}\n{"epoch": 1, "loss": NaN}\n{"epoch": 2, "lo')
    ((run, items),) = read(jsonl_recording.FORMAT, path)
    assert steps(items)[0] == (0, 0, {"loss": 1.5, "val/acc": 0.5})
    assert run.losses == ["line 3: no JSON (the file ends within it)"]


def test_a_folder_of_files_gives_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("epoch,loss\n0,1\n")
    (tmp_path / "b.csv").write_text("name,price\nx,1\n")
    assert [run.name for run, _ in read(csv_table.FORMAT, tmp_path)] == ["a"]
    with pytest.raises(InvalidInput, match="expected a column named epoch or step"):
        read(csv_table.FORMAT, tmp_path / "b.csv")


def test_files_that_grow_side_by_side_wait_for_each_other() -> None:
    def things(*times: float) -> "list[tuple[float, float]]":
        return [(time, time) for time in times]

    def grown(*parts: "list[tuple[float, float]]") -> "list[object]":
        return list(merged([Source(iter(part), lambda: 0.0) for part in parts]))

    early = grown(things(1, 4, 6), things(2, 3))
    later = grown(things(1, 4, 6, 8), things(2, 3, 5, 9))
    assert early == [1, 2, 3]
    assert later[: len(early)] == early
    assert later == [1, 2, 3, 4, 5, 6, 8]
