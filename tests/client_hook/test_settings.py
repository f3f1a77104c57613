"""What `init` understands, where things are found, and what a config keeps of its types."""

import argparse
import dataclasses
import enum
import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from epochwatch import ranks
from epochwatch.discovery import DEFAULT_URL, Place, is_loopback
from epochwatch.free_values import MAX_BYTES, as_mapping, encode, storable
from epochwatch.guard import attempt, guarded, warn_once
from epochwatch.settings import read_settings
from epochwatch.weights import weights_at

Told = Callable[[], str]


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Optimizer:
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


def test_types_are_kept_as_given() -> None:
    circle: list[Any] = []
    circle.append(circle)
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"in": deep}
    kept = storable(
        {
            "string": "5e-5", "number": 5e-5, "whole": 5, "yes": True, "nothing": None, "nan": math.nan,
            "inf": -math.inf,
            "long": 2**70, "list": [1, (2.0,)], "space": argparse.Namespace(a=1), "data": Optimizer(),
            "enum": Colour.RED,
            "numpy": np.float32(0.5), "array": np.zeros(3), "half a pair": "\ud800", "7": "key", "circle": circle,
            "deep": deep, "function": len, "set": {1},
        }
    )  # fmt: skip
    assert kept["string"] == "5e-5"
    assert (kept["number"], kept["whole"], kept["yes"], kept["nothing"]) == (5e-5, 5, True, None)
    assert (kept["nan"], kept["inf"]) == ({"$float": "nan"}, {"$float": "-inf"})
    assert kept["long"] == {"$repr": str(2**70), "$type": "int"}
    assert kept["list"] == [1, [2.0]]
    assert kept["space"] == {"a": 1}
    assert kept["data"] == {"lr": 1e-3, "betas": [0.9, 0.999]}
    assert kept["enum"] == {"$repr": "<Colour.RED: 1>", "$type": "Colour"}
    assert kept["numpy"] == 0.5
    assert kept["array"]["$type"] == "ndarray"
    assert kept["half a pair"] == "?"
    assert kept["7"] == "key"
    assert kept["circle"] == [{"$repr": "a list of 1", "$type": "list"}]
    assert "$repr" in json.dumps(kept["deep"])
    assert json.loads(encode(kept)) == kept


def test_a_config_beyond_a_megabyte_loses_its_largest_parts(told: Told) -> None:
    kept = storable({"small": 1, "large": list(range(90_000)), "larger": ["x" * 1000] * 5000})
    assert kept["small"] == 1
    assert list(kept["larger"]) == ["$omitted"]
    assert len(encode(kept)) <= MAX_BYTES
    assert "'larger' takes" in told()


def test_a_config_may_come_in_many_shapes(told: Told) -> None:
    assert as_mapping([("a", 1)]) == {"a": 1}
    assert as_mapping(Optimizer()) == {"lr": 1e-3, "betas": (0.9, 0.999)}
    assert as_mapping(7) == {}
    assert "expected a dictionary" in told()


def test_weights_may_be_a_function_of_the_epoch(told: Told) -> None:
    assert weights_at(lambda epoch: {"a": epoch}, 3) == {"a": 3.0}
    assert weights_at({"a": 1, "b": [1, 2], "c": lambda epoch: 0.5, "d": "x", "e": []}, 9) == {"a": 1, "b": 2, "c": 0.5}
    assert "weights['d']" in told()
    assert weights_at(None, 0) == {}


def test_wandb_s_words_mean_what_they_mean_there() -> None:
    settings = read_settings(
        "p", "n", {"mode": "disabled", "notes": "why", "resume": "allow", "id": "abc", "reinit": True}
    )
    assert (settings.is_disabled, settings.note, settings.is_resumed, settings.run_id) == (True, "why", True, "abc")


@pytest.mark.parametrize("bad", ["", "a/b", "..", "x" * 65, "ä", 7])
def test_an_id_that_could_be_a_path_is_replaced(bad: object, told: Told) -> None:
    assert read_settings("p", "n", {"id": bad}).run_id is None
    assert "an id was made" in told()


def test_the_server_is_found_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.delenv("EPOCHWATCH_TOKEN")
    place = Place()
    assert place.data_folder == data
    assert place.spool_folder == data / "spool"
    assert (place.server_url, place.token_for(DEFAULT_URL)) == (DEFAULT_URL, None)
    (data / "server.json").write_text('{"url": "http://127.0.0.1:9999/", "pid": 1}')
    (data / "token").write_text("secret\n")
    assert place.server_url == "http://127.0.0.1:9999"
    assert place.token_for(place.server_url) == "secret"
    for nonsense in ("", "[]", '{"url": 5}', "[" * 5000):
        (data / "server.json").write_text(nonsense)
        assert place.server_url == DEFAULT_URL
    monkeypatch.setenv("EPOCHWATCH_SERVER", "https://gpu-box:8421")
    monkeypatch.setenv("EPOCHWATCH_SPOOL", str(tmp_path / "elsewhere"))
    assert place.server_url == "https://gpu-box:8421"
    assert place.spool_folder == tmp_path / "elsewhere"
    assert Place(data=str(tmp_path / "own")).spool_folder == tmp_path / "own" / "spool"


def test_a_token_goes_to_this_machine_or_the_configured_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(token="t")
    for url in ("http://127.0.0.1:1", "http://localhost:2", "http://[::1]:3", "http://127.1.2.3"):
        assert is_loopback(url)
        assert place.token_for(url) == "t"
    for url in ("http://10.0.0.1:1", "http://localhost.evil.invalid", "http://127.0.0.1.evil.invalid", "nonsense", ""):
        assert not is_loopback(url)
        assert place.token_for(url) is None
    monkeypatch.setenv("EPOCHWATCH_SERVER", "http://10.0.0.1:1/")
    assert place.token_for("http://10.0.0.1:1") == "t"
    assert place.token_for("http://10.0.0.2:1") is None


def test_run_ids_sort_by_time_and_differ() -> None:
    ids = [ranks.new_run_id() for _ in range(500)]
    assert len(set(ids)) == 500
    assert all(re.fullmatch(r"[0-9a-z]{12}", made) for made in ids)
    assert [made[:8] for made in ids] == sorted(made[:8] for made in ids)


def test_a_rank_is_read_from_the_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ranks.find_rank() == ranks.Rank(0, 1)
    monkeypatch.setenv("SLURM_PROCID", "3")
    monkeypatch.setenv("SLURM_NTASKS", "8")
    assert ranks.find_rank() == ranks.Rank(3, 8)
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "nonsense")
    assert ranks.find_rank() == ranks.Rank(2, 8)


def test_ranks_of_one_launch_arrive_at_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TORCHELASTIC_RUN_ID", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    by_parent = ranks.common_run_id()
    assert by_parent == ranks.common_run_id()
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    by_slurm = ranks.common_run_id()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "abc")
    by_elastic = ranks.common_run_id()
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    ids = {by_parent, by_slurm, by_elastic, ranks.common_run_id()}
    assert len(ids) == 4
    assert all(made is not None and re.fullmatch(r"[0-9a-z]{12}", made) for made in ids)


def test_the_guard_answers_instead_of_raising_and_tells_once(told: Told) -> None:
    @guarded(7)
    def breaks(how: type[BaseException]) -> int:
        raise how("inside")

    assert [breaks(ValueError), breaks(TypeError)] == [7, 7]
    assert told().count("failed inside") == 1
    with pytest.raises(KeyboardInterrupt):
        breaks(KeyboardInterrupt)
    assert attempt("place", lambda: 1 // 0, -1) == -1
    for number in range(3):
        warn_once("the same", f"message {number}")
    assert "message 0" in told()
    assert "message 1" not in told()


def test_a_folder_that_cannot_be_made_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    import epochwatch

    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("TMPDIR", str(blocked))
    monkeypatch.setattr("epochwatch.discovery.MEMORY", blocked)
    run = epochwatch.init("p", dir=blocked / "data", epochs=2, track="val/loss", patience=1)
    seen = []
    for epoch in run.epochs():
        run.log({"val/loss": 1.0})
        run.samples("val", [np.zeros((4, 4), dtype=np.uint8)])
        seen.append((epoch, run.should_stop))
    run.finish()
    assert seen == [(0, False), (1, True)]
    assert "what is logged is dropped and counted" in told()
    assert os.listdir(tmp_path) == ["file"]


def test_of_a_large_nested_config_only_the_large_parts_are_left_out() -> None:
    kept = storable({"args": {"lr": 0.1, "vocabulary": "x" * 200_000, "table": [list(range(1000))] * 90}, "seed": 1})
    assert kept["seed"] == 1
    kept = storable({"args": {"lr": "5e-5", "a": ["x" * 1000] * 800, "b": ["y" * 1000] * 700}, "seed": 1})
    assert kept["args"]["lr"] == "5e-5"
    assert list(kept["args"]["a"]) == ["$omitted"]
    assert kept["args"]["b"][0] == "y" * 1000
