"""A run from `init` to `finish`, as the server sees it."""

import argparse
import copy
import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import PacketServer, wait_until

import epochwatch

Told = Callable[[], str]


def test_the_start_says_everything_a_post_mortem_needs(start: Start, server: PacketServer) -> None:
    run = start(
        "abr", "focal", config={"lr": "5e-5", "batch": 32, "nan": math.nan, "path": Path("/x"), "big": "x" * 5_000_000},
        epochs=200, track="val/composite_acc", mode="max", patience=15, min_delta=0.001,
        composite={"composite_acc": ["a", "b"]}, targets={"val/f1": {5: 0.1}}, bands={"val/r2": (0.0, 0.3, 0.5)},
        components=["signal", "peak"], weights={"signal": 1.0, "peak": [0.0, 0.5]}, tags=["x"], note="why",
    )  # fmt: skip
    run.finish()
    (said,) = server.run(run.id).of_type("start")
    assert said["number"] == 0
    assert (said["project"], said["name"], said["planned_epochs"]) == ("abr", "focal", 200)
    assert said["config"]["lr"] == "5e-5"
    assert said["config"]["batch"] == 32
    assert said["config"]["nan"] == {"$float": "nan"}
    assert said["config"]["path"]["$type"] == "PosixPath"
    assert said["config"]["big"] == "x" * 256 * 1024
    assert said["tracked"] == {
        "metric": "val/composite_acc", "mode": "max", "patience": 15, "min_delta": 0.001, "value": None, "best": None,
        "best_epoch": None, "waited": 0,
    }  # fmt: skip
    assert said["composite"] == {"composite_acc": ["a", "b"]}
    assert said["targets"] == {"val/f1": {"5": 0.1}}
    assert said["bands"] == {"val/r2": {"minimum": 0.0, "good": 0.3, "excellent": 0.5}}
    assert said["components"] == ["signal", "peak"]
    assert said["weights"] == {"signal": 1.0, "peak": 0.0}
    assert (said["tags"], said["note"], said["resumed"], said["rank"], said["world_size"]) == (
        ["x"],
        "why",
        False,
        0,
        1,
    )
    assert said["environment"]["python"]


def test_config_and_summary_can_change_later(start: Start, server: PacketServer) -> None:
    run = start(config=argparse.Namespace(lr=0.1, _hidden=1))
    assert run.config.lr == run.config["lr"] == 0.1
    run.config.update({"batch": 8}, seed=1)
    run.config.lr = 0.2
    run.summary["best"] = 0.9
    assert wait_until(lambda: server.run(run.id).of_type("config"))
    run.summary.update(note="good")
    run.finish()
    stored = server.run(run.id)
    assert stored.of_type("config")[-1]["config"] == {"lr": 0.2, "batch": 8, "seed": 1}
    assert stored.of_type("summary")[-1]["values"] == {"best": 0.9, "note": "good"}
    assert stored.of_type("end")[0]["summary"] == {"best": 0.9, "note": "good"}
    with pytest.raises(AttributeError, match="no setting named 'missing'"):
        _ = run.config.missing


def test_notes_and_alerts_are_events(start: Start, server: PacketServer, told: Told) -> None:
    run = start()
    run.note("lowered the rate by hand")
    run.alert("F1 stuck", "for 5 epochs", epochwatch.AlertLevel.CRITICAL)
    run.alert("odd", level="loud")
    run.alert("other word", level="ERROR")
    run.finish()
    assert server.run(run.id).of_type("note")[0]["text"] == "lowered the rate by hand"
    assert [(e["title"], e["level"]) for e in server.run(run.id).of_type("alert")] == [
        ("F1 stuck", "critical"), ("odd", "warning"), ("other word", "critical"),
    ]  # fmt: skip
    assert "'loud'" in told()


def test_finish_says_why_and_may_be_called_again(start: Start, server: PacketServer, told: Told) -> None:
    run = start(epochs=10)
    for epoch in run.epochs():
        run.log({"val/loss": 1.0})
        if epoch == 1:
            break
    run.finish()
    run.finish()
    run.log({"late": 1.0})
    (end,) = server.run(run.id).of_type("end")
    assert end["reason"] == "finished"
    assert end["verdict"] == "finished after 2 of 10 epochs"
    assert server.run(run.id).points.get(("late", 2)) is None
    assert "the run is over" in told()


@pytest.mark.parametrize(
    ("how", "reason"),
    [({"exit_code": 1}, "crashed"), ({"exit_code": 0}, "finished"), ({"reason": "interrupted"}, "interrupted"),
     ({"reason": "bored"}, "finished"), ({"exit_code": "stopped"}, "stopped")],
)  # fmt: skip
def test_finish_takes_an_exit_code_or_a_reason(
    start: Start, server: PacketServer, how: dict[str, object], reason: str
) -> None:
    run = start()
    run.finish(**how)  # type: ignore[arg-type]  # wrong ones too
    assert server.run(run.id).of_type("end")[0]["reason"] == reason


def test_an_exception_in_the_with_block_is_a_crash_with_its_traceback(start: Start, server: PacketServer) -> None:
    run = start(epochs=3)

    def train() -> None:
        with run:
            for _ in run.epochs():
                run.log({"train/loss": 1.0})
                raise ValueError("seaborn-v0_8 not found")

    with pytest.raises(ValueError, match="seaborn"):
        train()
    stored = server.run(run.id)
    (end,) = stored.of_type("end")
    assert end["reason"] == "crashed"
    assert 'raise ValueError("seaborn-v0_8 not found")' in end["traceback"]
    assert "ValueError: seaborn-v0_8 not found" in end["verdict"]
    assert stored.of_type("epoch") == []  # it did not reach its end
    assert stored.points == {("train/loss", 0): 1.0}


def test_ctrl_c_in_the_with_block_is_an_interruption(start: Start, server: PacketServer) -> None:
    run = start()
    with pytest.raises(KeyboardInterrupt), run:
        raise KeyboardInterrupt
    assert server.run(run.id).of_type("end")[0]["reason"] == "interrupted"


@pytest.mark.parametrize(("code", "reason"), [(0, "finished"), (None, "finished"), (3, "crashed")])
def test_sys_exit_in_the_with_block(start: Start, server: PacketServer, code: int | None, reason: str) -> None:
    run = start()
    with pytest.raises(SystemExit), run:
        raise SystemExit(code)
    assert server.run(run.id).of_type("end")[0]["reason"] == reason


def test_the_module_speaks_to_the_run_started_last(start: Start, server: PacketServer, told: Told) -> None:
    run = start(config={"lr": 1})
    module: Any = epochwatch  # its `run` is the run, though there is a module of that name
    assert module.run is run
    assert module.config is run.config
    epochwatch.log({"loss": 1.0})
    epochwatch.alert("look")
    epochwatch.finish()
    stored = server.run(run.id)
    assert stored.points == {("loss", 0): 1.0}
    assert stored.of_type("alert")
    assert stored.of_type("end")
    with pytest.raises(AttributeError):
        _ = epochwatch.nothing_of_that_name


def test_unknown_and_wrong_arguments_are_told_and_never_raise(start: Start, server: PacketServer, told: Told) -> None:
    run = start(
        3, epochs="many", track=7, patience=-1, mode="biggest", targets={"a": {"x": 1}}, bands={"a": {"best": 1}},
        composite={"c": 5}, id="../../etc", heartbeat_seconds="often", patince=3, tags=5, entity="mine", config=7,
    )  # fmt: skip
    run.finish()
    text = told()
    for word in ("epochs", "track", "patience", "targets", "bands", "composite", "id", "heartbeat", "tags", "config"):
        assert word in text, word
    assert "did you mean 'patience'?" in text
    assert "entity" not in text
    assert server.run(run.id).of_type("start")[0]["project"] == "3"


def test_a_disabled_run_does_nothing_but_lets_the_loop_run(
    monkeypatch: pytest.MonkeyPatch, server: PacketServer, tmp_path: Path
) -> None:
    monkeypatch.setenv("EPOCHWATCH_MODE", "disabled")
    with epochwatch.init("p", epochs=2, config={"lr": 1}, server=server.url) as run:
        seen = []
        for epoch in run.epochs():
            run.log({"loss": 1.0})
            run.observe("val", [1.0], [1.0])
            run.samples("val", None, gt=[(1, 2)])
            run.watch(object())
            seen.append((epoch, run.should_stop))
        run.config.lr = 2
        run.summary["x"] = 1
    assert seen == [(0, False), (1, False)]
    assert not (tmp_path / "data").exists()
    assert server.runs == {}


def test_a_run_that_travels_to_a_worker_is_silent_there(start: Start) -> None:
    run = start(config={"lr": 1}, weights={"peak": lambda epoch: epoch})
    assert copy.deepcopy({"run": run})["run"] is run
    twin = pickle.loads(pickle.dumps(run))
    assert (twin.id, twin.config.lr) == (run.id, 1)
    assert twin.should_stop is False
    twin.log({"loss": 1.0})
    twin.finish()


def test_other_ranks_are_silent(monkeypatch: pytest.MonkeyPatch, start: Start, server: PacketServer) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    run = start(epochs=1)
    for _ in run.epochs():
        run.log({"loss": 1.0})
    run.finish()
    assert server.runs == {}


def test_all_ranks_write_on_request_under_one_id(
    monkeypatch: pytest.MonkeyPatch, start: Start, server: PacketServer
) -> None:
    monkeypatch.setenv("EPOCHWATCH_ALL_RANKS", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    runs = []
    for rank in (0, 1):
        monkeypatch.setenv("RANK", str(rank))
        runs.append(start(epochs=1))
        runs[rank].epoch(0)
        runs[rank].log({f"rank{rank}/loss": 1.0})
    for run in reversed(runs):
        run.finish()
    assert runs[0].id == runs[1].id
    stored = server.run(runs[0].id)
    assert sorted(said["rank"] for said in stored.of_type("start")) == [0, 1]
    assert set(stored.points) == {("rank0/loss", 0), ("rank1/loss", 0)}
    assert len(stored.of_type("epoch")) == len(stored.of_type("end")) == 1  # the main rank speaks for all


def test_observed_predictions_become_metrics_at_the_end_of_the_epoch(start: Start, server: PacketServer) -> None:
    run = start(epochs=2)
    for _ in run.epochs():
        for target in ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]):
            run.observe("val", np.array(target) * 2, np.array(target))
        run.observe("train", np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    run.observe("val", [1], ["text"])
    run.finish()
    stored = server.run(run.id)
    assert stored.points["train/accuracy", 0] == 0.5
    assert stored.of_type("epoch")[0]["metrics"]["val/pred_mean"][1] == 7.0
    assert stored.of_type("classes")[0]["split"] == "train"
    assert stored.of_type("classes")[0]["truth"] == [0, 2]


def test_samples_send_an_image_once(start: Start, server: PacketServer, told: Told) -> None:
    run = start(epochs=2)
    images = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3), dtype=np.uint8)
    for _ in run.epochs():
        run.samples(
            "val", images, gt=np.array([[1.0, 2.0], [3.0, 4.0]]), pred=[(4.0, 6.0), (math.nan, 0)], gt_done=[0, True],
            pred_done=np.array([[0.25], [0.5]]), ids=["a", "b"], captions=["one"], extra={"score": [1, 2]},
        )  # fmt: skip
    run.samples("val", [object()], gt=["nonsense"])
    run.finish()
    stored = server.run(run.id)
    assert len(stored.images) == 2
    assert all(data.startswith(b"\x89PNG") for data in stored.images.values())
    assert sum(len(header["images"]) for header in server.headers) == 2
    first, second, _ = stored.of_type("samples")
    assert (first["split"], first["epoch"], second["epoch"]) == ("val", 0, 1)
    a, b = first["samples"]
    assert a["image"] in stored.images
    assert (a["gt"], a["pred"], a["error_px"]) == ([[1.0, 2.0]], [[4.0, 6.0]], 5.0)
    assert (a["gt_done"], a["pred_done"], a["caption"], a["extra"]) == (0.0, 0.25, "one", {"score": 1})
    assert (b["pred"], b["error_px"], b["gt_done"], b["caption"]) == ([["nan", 0.0]], None, 1.0, "")
    assert "the sample is kept without it" in told()
    json.dumps(stored.events, allow_nan=False)
