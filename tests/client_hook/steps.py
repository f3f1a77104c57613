"""Steps that tests log, and the claim that a server has each of them once."""

from pathlib import Path

from tests.client_hook.packet_server import PacketServer

from epochwatch.run import Run


def log_steps(run: Run, count: int, start: int = 0) -> None:
    for step in range(start, start + count):
        run.log({"loss": float(step)}, step)


def assert_whole(server: PacketServer, run: Run, count: int) -> None:
    """Every step is there, and none was stored twice."""
    rows = [row for row in server.run(run.id).rows if row[0] == "loss"]
    assert sorted(row[2] for row in rows) == list(range(count))
    numbers = [row[1] for row in rows]
    assert len(set(numbers)) == len(numbers)


def spools(tmp_path: Path, suffix: str = ".spool") -> list[Path]:
    return sorted((tmp_path / "data" / "spool").glob(f"*{suffix}*"))
