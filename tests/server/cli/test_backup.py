"""Backups as a user makes them: under load, with the server running, and back again."""

import json
import threading
import time
from pathlib import Path

from tests.server.cli.test_process import epochwatch, train
from tests.server.flows.test_ingest import read_all
from tests.server_process import HandMadeWriter, RunningServer, ServerProcess, start_event


def test_a_backup_under_load_brings_back_all_that_was_confirmed_before_it_began(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "copy.db"
    server = ServerProcess(data).start()
    stop, confirmed = threading.Event(), dict[int, int]()
    trainers = [threading.Thread(target=train, args=(server, number, stop, confirmed)) for number in range(3)]
    for trainer in trainers:
        trainer.start()
    while len(confirmed) < 3 or min(confirmed.values()) < 30:
        time.sleep(0.01)
    before = dict(confirmed)
    done = epochwatch("backup", str(backup), "--data", str(data), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 3
    while min(confirmed[number] - before[number] for number in before) < 30:  # the server goes on
        time.sleep(0.01)
    refused = epochwatch("restore", str(backup), "--data", str(data))
    assert refused.returncode == 1
    assert "in use by another Epochwatch server" in refused.stderr
    stop.set()
    for trainer in trainers:
        trainer.join()
    assert server.stop() == 0

    restored = epochwatch("restore", str(backup), "--data", str(data), "--json")
    assert restored.returncode == 0, restored.stderr
    kept = Path(json.loads(restored.stdout)["kept"])
    assert kept.parent == data
    with server, server.client() as client:
        for number, count in before.items():
            stored = read_all(client, f"run{number}", "a")
            assert {step: float(step) for step in range(1, count)}.items() <= stored.items()
            assert stored == {step: float(step) for step in range(1, len(stored) + 1)}  # one moment, no holes
        assert sum(confirmed.values()) > sum(before.values())


def test_what_a_restored_server_has_forgotten_is_asked_for_again(tmp_path: Path) -> None:
    writer = HandMadeWriter("run1")
    first, second = writer.packet(events=[start_event()]), writer.packet(events=[{"type": "note", "text": "late"}])
    with RunningServer(tmp_path) as server, server.client() as client:
        assert client.post_packet(first).status == 200
        assert epochwatch("backup", str(tmp_path / "copy.db"), "--data", str(tmp_path)).returncode == 0
        assert client.post_packet(second).json()["confirmed"] == 2
    assert epochwatch("restore", str(tmp_path / "copy.db"), "--data", str(tmp_path)).returncode == 0
    with RunningServer(tmp_path) as server, server.client() as client:
        later = client.post_packet(writer.packet(events=[{"type": "note", "text": "later"}]))
        assert (later.status, later.json()["expected"]) == (409, 1)
        assert client.post_packet(second).json()["confirmed"] == 2


def test_a_backup_goes_into_a_folder_under_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    with RunningServer(tmp_path):
        pass
    done = epochwatch("backup", str(tmp_path / "backups"), "--data", str(tmp_path))
    (made,) = (tmp_path / "backups").iterdir()
    assert done.stdout.startswith(f"{made}  0 runs, ")
    assert made.name.startswith("epochwatch-20")
    again = epochwatch("backup", str(made), "--data", str(tmp_path))
    assert (again.returncode, again.stderr) == (
        1,
        f"epochwatch backup: {made} is there already: name another file. Or replace it: --overwrite.\n",
    )
    assert epochwatch("backup", str(made), "--data", str(tmp_path), "--overwrite").returncode == 0


def test_a_backup_needs_a_database_and_makes_none(tmp_path: Path) -> None:
    done = epochwatch("backup", str(tmp_path), "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "there is no database to copy" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_file_can_have_is_told_in_one_line(tmp_path: Path) -> None:
    with RunningServer(tmp_path):
        pass
    for command in ("backup", "restore"):
        done = epochwatch(command, str(tmp_path / ("n" * 300)), "--data", str(tmp_path))
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1


def test_postgresql_has_a_tool_of_its_own(tmp_path: Path) -> None:
    url = "postgresql://someone:secret@127.0.0.1/runs"
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        done = epochwatch(command, str(tmp_path / "copy.db"), "--data", str(tmp_path), EPOCHWATCH_DATABASE_URL=url)
        assert done.returncode == 2
        assert tool in done.stderr
        assert "secret" not in done.stderr
    assert epochwatch("restore").returncode == 2
