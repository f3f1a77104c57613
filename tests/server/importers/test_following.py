"""Logs that grow are followed live; what the server has is not sent again; imported runs wake nobody."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.importers.foreign import PATIENCE_SECONDS, age, import_it, points_of, run_called, started, wait_for
from tests.server_process import RunningServer

from epochwatch.discovery import Place
from epochwatch.transport import Transport
from epochwatch_server.cli.delivering import deliver
from epochwatch_server.cli.spooling import RunSpool
from epochwatch_server.importers.imported import ImportedRun, Row

STEP_LINE = '{{"type":"step","step":{n},"metrics":{{"loss":{n}.5}}}}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.mark.parametrize(
    ("format_name", "name", "head", "line"),
    [
        ("csv", "table.csv", "step,loss\n", "{n},{n}.5\n"),
        ("jsonl", "lines.jsonl", '{"type":"run","name":"lines"}\n', STEP_LINE),
        ("log", "text.log", "starting\n", "Epoch {n} | loss: {n}.5\n"),
    ],
)  # fmt: skip
def test_a_text_that_grows_is_followed(
    server: RunningServer, tmp_path: Path, format_name: str, name: str, head: str, line: str
) -> None:
    path = tmp_path / name
    path.write_text(head + line.format(n=0) + line.format(n=1))
    process = started(server, format_name, path)
    stem = name.split(".", maxsplit=1)[0]
    with server.client() as client:
        wait_for(lambda: run_called(client, stem) != "")
        run = run_called(client, stem)
        for n in range(2, 6):
            with path.open("a") as file:
                file.write(line.format(n=n))
            # Of a table or a text log the last step is kept back: it may not be whole.
            least = [(step, step + 0.5) for step in range(n)]
            wait_for(lambda least=least: points_of(client, run, "loss")[: len(least)] == least)  # type: ignore[misc]
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, errors
        assert f"run {run}" in out
        age(tmp_path)
        assert import_it(server, format_name, path)[0] == 0
        assert points_of(client, run, "loss") == [(step, step + 0.5) for step in range(6)]
        assert client.get(f"/api/runs/{run}")["state"] == "finished"


def test_event_files_that_grow_are_followed(server: RunningServer, tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    folder = tmp_path / "logs" / "grows"
    with SummaryWriter(str(folder)) as writer, server.client() as client:
        writer.add_scalar("train/loss", 0.5, 0)
        writer.add_scalar("train/loss", 1.5, 1)
        writer.flush()
        process = started(server, "tensorboard", tmp_path / "logs")
        wait_for(lambda: run_called(client, "grows") != "")
        run = run_called(client, "grows")
        for n in range(2, 5):
            writer.add_scalar("train/loss", n + 0.5, n)
            writer.flush()
            least = [(step, step + 0.5) for step in range(n)]  # the last step is kept back: it may not be whole
            wait_for(lambda least=least: points_of(client, run, "train/loss")[: len(least)] == least)  # type: ignore[misc]
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors


def test_what_the_server_has_is_not_sent_again(server: RunningServer, tmp_path: Path) -> None:
    transport = Transport(Place(data=str(server.data), server=server.url, token=server.token))

    def bring(count: int) -> int:
        rows = [Row(step, None, 1.7e9 + step, {"loss": 1.0}) for step in range(count)]
        spool = RunSpool(tmp_path, "csv", "x.csv", ImportedRun("k", "long", "p", 1.7e9, rows, end="finished"))
        for row in rows:
            spool.write(row)
        spool.close(is_whole=False)
        sent: list[int] = []
        assert deliver(spool, transport, sent.append) == ""
        return sent[-1]

    assert bring(30_000) >= 30_000
    again = bring(30_010)
    transport.close()
    assert again < 30_000 // 5
    with server.client() as client:
        assert client.get(f"/api/runs/{run_called(client, 'long')}")["step"] == 30_009


def test_an_imported_run_is_judged_and_labelled(server: RunningServer, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"type": "run", "name": "sick", "project": "old", "created": 1.7e9}]
    for epoch in range(12):
        loss = "NaN" if epoch > 6 else 1 / (epoch + 1)
        rows.append(
            {"type": "epoch", "epoch": epoch, "step": epoch, "time": 1.7e9 + epoch, "metrics": {"train/loss": loss}}
        )
    path = tmp_path / "sick.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    age(tmp_path)
    status, out, errors = import_it(server, "jsonl", path)
    assert (status, errors) == (0, "")
    assert "what would have fired" in out
    assert "critical nonfinite @ epoch 7" in out
    with server.client() as client:
        run = run_called(client, "sick")
        (row,) = [one for one in client.get("/api/runs")["runs"] if one["id"] == run]
        assert (row["origin"]["format"], row["origin"]["source"]) == ("jsonl", str(path))
        assert row["state"] == "finished"


def test_a_fresh_log_says_what_waits_and_is_taken_whole_when_told(server: RunningServer, tmp_path: Path) -> None:
    table = tmp_path / "fresh.csv"
    table.write_text("epoch,val_loss\n" + "".join(f"{epoch},{1 / (1 + epoch)}\n" for epoch in range(20)))
    status, out, errors = import_it(server, "csv", table)
    assert (status, errors) == (0, "")
    assert "--ended" in out
    with server.client() as client:
        run = run_called(client, "fresh")
        assert len(points_of(client, run, "val_loss")) < 20
        status, out, _ = import_it(server, "csv", table, "--ended")
        assert (status, "--ended" in out) == (0, False)
        assert len(points_of(client, run, "val_loss")) == 20
        assert client.get(f"/api/runs/{run}")["state"] == "finished"
