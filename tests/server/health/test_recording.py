"""Reading recordings and tables, good and bad, and `epochwatch diagnose` over them."""

import argparse
import gzip
import json
import math
from pathlib import Path

import pytest

from epochwatch_server.cli import diagnose
from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.importers.recording import find_recordings, read_recording

HEADER = {
    "type": "run",
    "config": {"loss_weights": {"a": 2}, "milestones": [{"metric": "val/f1", "epoch": 5, "min": 0.1}]},
    "planned_epochs": 30,
    "tracked_metric": "val/f1",
    "mode": "max",
    "patience": 4,
    "components": ["a", "b"],
}


def _write(path: Path, *lines: object) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def _epochs(count: int, **metrics: float) -> list[dict[str, object]]:
    return [
        {"type": "epoch", "epoch": n, "metrics": {"train/loss": 2.0 / (n + 1), **metrics}, "time": 10.0 * n}
        for n in range(count)
    ]


def test_a_recording_is_read_with_what_it_declares_and_its_non_finite_values(tmp_path: Path) -> None:
    ending = {"type": "end", "status": "finished", "error": None, "time": 50, "metrics": {"test/f1": 0.5}}
    path = _write(
        tmp_path / "a.jsonl.gz",
        HEADER,
        *_epochs(2),
        {"type": "step", "step": 7, "epoch": 2, "metrics": {"x": "NaN", "y": "Infinity", "z": None}, "time": 3},
        {"type": "clock", "time": 40},
        ending,
    )
    recording = read_recording(path)
    assert recording.name == "a"
    assert recording.facts.milestones == (("val/f1", 5, 0.1),)
    assert recording.facts.weights == {"a": 2.0}
    assert [record.kind for record in recording.records] == ["epoch", "epoch", "step", "clock", "end"]
    step = recording.records[2].metrics
    assert math.isnan(step["x"])
    assert math.isinf(step["y"])
    assert "z" not in step


def test_a_table_with_a_row_per_epoch_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "log.csv", "Epoch,loss,val_loss,note", "0,2.5,2.4,hello", "1,nan,,", "2,inf,2.2,")
    recording = read_recording(path)
    assert [record.place for record in recording.records] == [0, 1, 2]
    assert recording.records[0].metrics == {"loss": 2.5, "val_loss": 2.4}
    assert math.isnan(recording.records[1].metrics["loss"])


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("a.jsonl", ["{broken"], "line 1: no JSON"),
        ("a.jsonl", ['["a list"]'], "expected a JSON object with a type"),
        ("a.jsonl", [], "is empty"),
        ("a.jsonl", [{"type": "epoch", "metrics": {}}], "KeyError 'epoch'"),
        ("a.jsonl", [{"type": "epoch", "epoch": 0, "metrics": {"x": "much"}}], "line 1"),
        ("a.jsonl", [{"type": "party", "time": 1}], "expected run, step, epoch, clock or end"),
        ("a.csv", ["a,b", "1,2"], "expected a column named epoch or step, found a, b"),
        ("a.txt", ["x"], "expected a name ending in"),
    ],
)
def test_bad_input_is_told_with_place_and_expectation(
    tmp_path: Path, name: str, lines: list[object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said.replace("'", ".")):
        read_recording(_write(tmp_path / name, *lines))


def test_what_is_no_gzip_or_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_recording(tmp_path / "a.jsonl.gz")
    with pytest.raises(InvalidInput, match="does not exist"):
        find_recordings(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="holds no recording"):
        find_recordings(tmp_path / "empty")


def _diagnose(*words: str) -> int:
    parser = argparse.ArgumentParser()
    diagnose.COMMAND.add_arguments(parser)
    return diagnose.COMMAND.run(parser.parse_args(list(words)))


def test_diagnose_tells_what_since_when_on_what_evidence_and_what_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(tmp_path / "sick.jsonl", HEADER, *_epochs(3), *_epochs(5, **{"train/loss": math.nan})[3:])
    assert _diagnose(str(path)) == 1
    told = capsys.readouterr().out
    for word in ("CRITICAL nonfinite", "since", "evidence", "cause", "try", "not checked"):
        assert word in told


def test_diagnose_of_a_folder_writes_alerts_and_one_line_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path / "good.jsonl", {"type": "run", "config": {}}, *_epochs(3, **{"val/loss": 1.0}))
    _write(tmp_path / "sick.jsonl", HEADER, *_epochs(3), *_epochs(5, **{"train/loss": math.nan})[3:])
    out = tmp_path / "alerts.json"
    assert _diagnose(str(tmp_path), "--alerts", str(out)) == 1
    written = {
        run: sorted(alerts, key=lambda alert: str(alert["rule"])) for run, alerts in json.loads(out.read_text()).items()
    }
    assert written == {
        "good": [],
        "sick": [{"rule": "nonfinite", "epoch": 3, "severity": "critical"}],
    }
    assert "2 runs, 1 with a critical alert" in capsys.readouterr().out


def test_diagnose_prints_json_and_asks_only_the_rules_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(tmp_path / "sick.jsonl", HEADER, *_epochs(9))
    assert _diagnose(str(path), "--json", "--rule", "val_missing") == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [alert["rule"] for alert in run["alerts"]] == ["val_missing"]
    assert _diagnose(str(path), "--rule", "nonsense") == 2
    assert "there is no rule nonsense" in capsys.readouterr().err


def test_diagnose_lets_no_name_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ending = {"type": "end", "status": "crashed", "error": "boom \x1b[2J", "time": 9}
    _diagnose(str(_write(tmp_path / "a.jsonl", HEADER, *_epochs(2), ending)))
    assert "\x1b" not in capsys.readouterr().out
