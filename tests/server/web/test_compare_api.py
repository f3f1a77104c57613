"""Comparing runs, asked of a real server and of the command line."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.server.cli.test_process import epochwatch
from tests.server.comparison.group import rising
from tests.server_process import Client, HandMadeWriter, RunningServer, start_event

LARGE = {"model": {"hidden_dim": 256, "num_heads": 8}, "batch_size": 32, "lr": 5.4e-05}
SMALL = {"model": {"hidden_dim": 96, "num_heads": 4}, "batch_size": 8, "lr": 9.0e-05}


def train(
    server: RunningServer,
    name: str,
    config: Mapping[str, Any],
    metrics: Mapping[str, Sequence[float]],
    *,
    planned: int | None = None,
    reason: str = "finished",
) -> str:
    """Send a whole run: its start, its epochs and its end."""
    writer = HandMadeWriter(f"run-{name}")
    tracked = {"metric": "val/composite_acc", "mode": "max"}
    events = [start_event(project="abr", name=name, config=dict(config), tracked=tracked, planned_epochs=planned)]
    for epoch in range(max(map(len, metrics.values()))):
        values = {metric: of[epoch] for metric, of in metrics.items() if epoch < len(of)}
        rows = {metric: [1, value, 0.0, value, value, 0] for metric, value in values.items()}
        events.append({"type": "epoch", "epoch": epoch, "step": 10 * epoch + 9, "seconds": 1.0, "metrics": rows})
    events.append({"type": "end", "reason": reason, "summary": {}})
    with server.client() as client:
        answer = client.post_packet(writer.packet(events=events))
        assert answer.json()["rejected"] == [], answer
    return writer.run


@pytest.fixture(scope="module")
def experiments(server: RunningServer) -> list[str]:
    """The three experiments of the post-mortem, as runs."""
    return [
        train(server, "focal-loss", LARGE, {"val/composite_acc": rising(0.9377), "val/loss": rising(0.42, begin=2.0)}),
        train(server, "production", LARGE, {"val/composite_acc": rising(0.9370), "val/loss": rising(0.43, begin=2.0)}),
        train(server, "multihead", SMALL, {"val/composite_acc": rising(0.9348), "val/loss": rising(0.44, begin=2.0)}),
    ]


def test_the_three_experiments_are_told_apart_and_never_tested(client: Client, experiments: list[str]) -> None:
    found = client.get(f"/api/compare?runs={','.join(experiments)}")
    assert [run["name"] for run in found["runs"]] == ["focal-loss", "production", "multihead"]
    assert found["yardstick"] == "val/composite_acc"
    (row,) = [row for row in found["metrics"] if row["metric"] == "val/composite_acc"]
    assert [(cell["best"], cell["best_epoch"], cell["is_best"]) for cell in row["cells"]] == [
        (0.9377, 19, True),
        (0.937, 19, False),
        (0.9348, 19, False),
    ]
    assert {row["key"] for row in found["config"] if row["differs"]} == {
        "model.hidden_dim",
        "model.num_heads",
        "batch_size",
        "lr",
    }
    (pair,) = [row["pairs"] for row in found["tests"] if row["stem"] == "composite_acc"]
    assert [test for _, test in pair] == [None, None, None]
    kinds = {finding["kind"] for finding in found["findings"]}
    assert {"nearly_identical", "better_settings", "never_tested"} <= kinds


def test_the_command_prints_the_table_of_the_post_mortem(
    server: RunningServer, experiments: list[str], tmp_path: Path
) -> None:
    where = ("--data", str(server.data), "--server", server.url)
    done = epochwatch("compare", "focal-loss", "abr/production", experiments[2], *where)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "run", "val/composite_acc", "@", "epoch", "test", "epochs", "health",
        "model.hidden_dim", "model.num_heads", "batch_size", "lr",
    ]  # fmt: skip
    assert "*93.77 %" in lines[2]
    assert "never tested [1]" in lines[2]
    assert "93.48 %" in lines[4]
    assert "[1] no test metric was ever logged; that is no score of 0" in lines
    told = " ".join(done.stdout.split())
    assert "focal-loss and production are nearly identical" in told
    assert "n = 3 runs: a hint, no proof" in told
    as_json = json.loads(epochwatch("compare", *experiments, *where, "--json").stdout)
    assert len(as_json["runs"]) == 3
    wrong = epochwatch("compare", "focal-loss", "nobody", *where)
    assert wrong.returncode == 1
    assert "There is no run 'nobody'" in wrong.stderr


@pytest.mark.parametrize("align", ["epoch", "step", "time", "fraction"])
def test_one_metric_of_all_runs_is_drawn_in_their_own_hues(client: Client, experiments: list[str], align: str) -> None:
    address = f"/api/compare/chart?runs={','.join(experiments)}&metric=val/composite_acc&align={align}"
    figure = client.get(address)
    hues = {client.get(f"/api/runs/{run}")["hue"] for run in experiments}
    lines = [trace for trace in figure["data"] if "part" not in trace["meta"]]
    assert {trace["line"]["color"] for trace in lines} == {f"token:series-{hue}" for hue in hues}
    assert [trace["name"] for trace in lines] == ["focal-loss", "production", "multihead"]
    assert all(len(trace["x"]) == 20 for trace in lines)
    if align == "fraction":
        assert figure["data"][0]["x"][-1] == 100


def test_differences_are_drawn_against_a_baseline(client: Client, experiments: list[str]) -> None:
    address = f"/api/compare/chart?runs={','.join(experiments)}&metric=val/composite_acc&baseline={experiments[2]}"
    figure = client.get(address)
    assert figure["data"][2]["y"] == pytest.approx([0.0] * 20)
    assert figure["data"][0]["y"][-1] == pytest.approx(0.9377 - 0.9348)
    refused = client.ask("GET", address.replace(f"baseline={experiments[2]}", "baseline=nobody"))
    assert refused.status == 422
    assert "not among the compared runs" in refused.json()["detail"]


def test_runs_are_averaged_by_a_setting(client: Client, experiments: list[str]) -> None:
    figure = client.get(f"/api/compare/chart?runs={','.join(experiments)}&metric=val/composite_acc&group=batch_size")
    names = [trace["name"] for trace in figure["data"] if trace.get("showlegend") is not False]
    assert names == ["batch_size 32 (2 runs)", "batch_size 8 (1 run)"]


def test_every_run_of_a_project_is_laid_out(client: Client, experiments: list[str]) -> None:
    found = client.get("/api/compare/quantities?project=abr")
    assert found["runs"] == len(experiments)
    assert {"lr", "batch_size", "model.hidden_dim"} <= set(found["settings"])
    assert "val/composite_acc" in found["metrics"]
    parallel = client.get("/api/compare/project?project=abr&quantity=lr&quantity=batch_size&quantity=val/composite_acc")
    assert [each["label"] for each in parallel["data"][0]["dimensions"]] == ["lr", "batch_size", "val/composite_acc"]
    scatter = client.get("/api/compare/project?project=abr&kind=scatter&quantity=batch_size&quantity=val/composite_acc")
    assert sorted(scatter["data"][0]["x"]) == [8, 32, 32]
    assert client.ask("GET", "/api/compare/project?project=abr&quantity=lr").status == 422


@pytest.mark.parametrize(("runs", "status"), [("one", 422), ("a,b,c,d,e,f,g,h,i", 422), ("no,body", 404)])
def test_what_cannot_be_compared_is_refused(client: Client, runs: str, status: int) -> None:
    answer = client.ask("GET", f"/api/compare?runs={runs}")
    assert answer.status == status
    assert answer.json()["detail"]


def test_runs_without_alerts_say_so(client: Client, experiments: list[str]) -> None:
    figure = client.get(f"/api/compare/alerts?runs={','.join(experiments)}")
    assert "layout" in figure
