"""What the hook's tests share: a server, a data folder of their own, and warnings that are new in every test."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client_hook.packet_server import TOKEN, PacketServer

import epochwatch
from epochwatch import guard
from epochwatch.run import Run


@pytest.fixture
def server() -> Iterator[PacketServer]:
    running = PacketServer()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def private_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPOOL", "SERVER", "MODE", "ALL_RANKS", "SPOOL_MAX_BYTES"):
        monkeypatch.delenv(f"EPOCHWATCH_{name}", raising=False)
    for name in ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EPOCHWATCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EPOCHWATCH_TOKEN", TOKEN)
    monkeypatch.setenv("EPOCHWATCH_CONSOLE", "off")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    guard.forget_warnings()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What the hook warned of, in one text."""
    caplog.set_level(logging.WARNING, logger="epochwatch")
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


Start = Callable[..., Run]


@pytest.fixture
def start(server: PacketServer) -> Iterator[Start]:
    """Start runs on the test's server; those still alive at the end are finished."""
    runs: list[Run] = []

    def begin(project: str = "p", name: str = "n", **options: Any) -> Run:
        run = epochwatch.init(project, name, **{"server": server.url, **options})
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.finish()
