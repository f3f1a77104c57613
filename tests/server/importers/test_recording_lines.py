"""A recording written as lines is read back as it was, and a damaged one as far as it goes."""

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from tests.server_process import ROOT

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.health.history import RunEnding, RunFacts
from epochwatch_server.health.replay import Record, Recording
from epochwatch_server.importers.recording import read_lines, read_recordings
from epochwatch_server.importers.recording_lines import recording_lines

FACTS = RunFacts(
    config={"lr": "5e-5", "nested": {"depth": [1, 2]}},
    planned_epochs=30,
    tracked_metric="val/f1",
    mode="max",
    patience=4,
    components=("a", "b"),
    weights={"a": 2.0},
    milestones=(("val/f1", 5, 0.1),),
    bands={"val/r2": {"minimum": 0.0, "good": 0.3}},
    roles={"score": "accuracy"},
    failed_starts=("ValueError: no",),
    stops_itself=True,
)
RECORDING = Recording(
    "p/n",
    FACTS,
    (
        Record("step", 1.5, 3, 0, {"train/loss": 2.0, "lr": 1e-4}),
        Record("epoch", 2.0, 0, 0, {"train/loss": 1.5, "val/f1": 0.25}),
        Record("clock", 60.0),
        Record("step", 61.0, 4, None, {"train/loss": -math.inf}),
        Record("end", 62.0, ending=RunEnding("crashed", "boom", 62.0, {"test/f1": 0.5})),
    ),
)


def test_nothing_is_lost_on_the_way_out_and_in() -> None:
    assert read_lines("p/n", recording_lines(RECORDING)) == RECORDING


def test_nan_comes_back_as_nan() -> None:
    records = (Record("epoch", 0.0, 0, 0, {"train/loss": math.nan}),)
    lines = list(recording_lines(replace(RECORDING, records=records)))
    assert all(json.loads(line, parse_constant=pytest.fail) for line in lines)
    assert math.isnan(read_lines("n", lines).records[0].metrics["train/loss"])


def test_a_recording_of_the_corpus_survives_the_round_trip() -> None:
    for path in sorted((ROOT / "tests/corpus/dev").glob("*.jsonl.gz"))[::45]:
        (before,) = read_recordings(path)
        after = read_lines(before.name, recording_lines(before))
        assert after.facts == before.facts
        assert repr(after.records) == repr(before.records)  # as text, for NaN equals nothing


def test_a_line_that_is_cut_off_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "torn.jsonl"
    path.write_bytes(b"".join(recording_lines(RECORDING))[:-40])
    (recording,) = read_recordings(path)
    assert recording.records == RECORDING.records[:-1]
    (lost,) = recording.lost
    assert lost.startswith("line 6: no JSON")


def test_a_packed_file_that_is_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    epochs = tuple(
        Record("epoch", float(n), n, n, {"val/f1": math.sin(n), "train/loss": 1 / (n + 1)}) for n in range(500)
    )
    packed = gzip.compress(b"".join(recording_lines(replace(RECORDING, records=epochs))))
    path = tmp_path / "torn.jsonl.gz"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    (recording,) = read_recordings(path)
    assert recording.records == epochs[: len(recording.records)]
    assert len(recording.records) > 100
    assert recording.lost[0] == "the end of the file: it is cut off"


def test_a_packed_file_that_is_damaged_within_gives_what_came_before(tmp_path: Path) -> None:
    epochs = tuple(
        Record("epoch", float(n), n, n, {"val/f1": math.sin(n), "train/loss": 1 / (n + 1)}) for n in range(900)
    )
    packed = bytearray(gzip.compress(b"".join(recording_lines(replace(RECORDING, records=epochs)))))
    packed[len(packed) // 2 : len(packed) // 2 + 400] = bytes(400)
    path = tmp_path / "spot.jsonl.gz"
    path.write_bytes(packed)
    (recording,) = read_recordings(path)
    assert recording.records[:50] == epochs[:50]
    assert recording.lost


def test_several_packed_parts_in_one_file_are_one_recording(tmp_path: Path) -> None:
    path = tmp_path / "parts.jsonl.gz"
    path.write_bytes(b"".join(gzip.compress(line) for line in recording_lines(RECORDING)))
    (recording,) = read_recordings(path)
    assert (recording.records, recording.lost) == (RECORDING.records, ())


def test_bytes_that_are_no_text_cost_their_line_only(tmp_path: Path) -> None:
    lines = list(recording_lines(RECORDING))
    path = tmp_path / "spots.jsonl"
    path.write_bytes(b"".join([*lines[:2], b"\xff\xfe\x00garbage\n", *lines[2:]]))
    (recording,) = read_recordings(path)
    assert recording.records == RECORDING.records
    assert len(recording.lost) == 2
    assert "no UTF-8" in recording.lost[0]
    assert recording.lost[1].startswith("line 3: no JSON")


def test_a_file_of_nothing_but_damage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.jsonl"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(InvalidInput, match="line 1: no JSON"):
        read_recordings(path)


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "run", "config": [1]}',
        '{"type": "run", "config": {"milestones": [1]}, "planned_epochs": "many"}',
        '{"type": "run", "milestones": [["only two", 1]]}',
        '{"type": "step", "step": 1e400, "metrics": {}}',
        '{"type": "epoch", "epoch": 0, "metrics": [1]}',
        '{"type": "end"}',
        "[" * 100_000,
        '{"type": ' + "9" * 5000 + "}",
    ],
)
def test_a_line_of_wrong_kinds_is_a_loss_and_no_crash(line: str) -> None:
    lines = list(recording_lines(RECORDING))
    recording = read_lines("n", [*lines, line])
    assert recording.records[:5] == RECORDING.records
    assert recording.lost or recording.facts != FACTS
