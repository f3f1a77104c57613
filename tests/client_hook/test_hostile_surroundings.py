"""Machines on which little is as it should be: no home, no terminal, a full disk, folders that others made."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.client_hook.conftest import Start
from tests.client_hook.packet_server import TOKEN, PacketServer
from tests.client_hook.test_processes import only_run, script

from epochwatch.discovery import Place
from epochwatch.transport import Transport

Told = Callable[[], str]

# As in a container that runs as a number: no HOME, and nobody of that number in the list of users.
HOMELESS = """
import os, pwd
os.environ.pop("HOME", None)
def nobody(number): raise KeyError(number)
pwd.getpwuid = nobody
import epochwatch
run = epochwatch.init("p", "n")
run.log({"a": 1.0})
run.finish()
"""

CLOSED_TERMINAL = """
import os, epochwatch
os.close(0), os.close(1), os.close(2)
run = epochwatch.init("p", "n", epochs=3)
for epoch in run.epochs():
    run.log({"val/loss": 1.0})
    for number in (1, 2):
        try:
            os.write(number, b"what a library prints")
        except OSError:
            pass
run.finish()
"""


# No file grows beyond 6,000 bytes: as a disk that is full from the second epoch on, with the server there.
FULL_DISK = """
import resource, signal, epochwatch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = epochwatch.init("p", "n", epochs=4)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
for epoch in run.epochs():
    for batch in range(500):
        run.log({"train/loss": float(batch)})
    run.log({"val/loss": float(epoch)})
run.finish()
"""


def test_a_user_without_a_home_is_followed(server: PacketServer, tmp_path: Path) -> None:
    child = script(HOMELESS, server, EPOCHWATCH_DATA="", XDG_DATA_HOME="")
    out, err = child.communicate(timeout=20)
    assert (out, err, child.returncode) == ("", "", 0)
    assert only_run(server).points == {("a", 0): 1.0}


def test_what_is_printed_to_a_closed_terminal_does_not_end_up_in_the_spool(server: PacketServer) -> None:
    child = script(CLOSED_TERMINAL, server, EPOCHWATCH_CONSOLE="on")
    child.communicate(timeout=20)
    stored = only_run(server)
    assert len(stored.points) == 3
    assert [end["reason"] for end in stored.of_type("end")] == ["finished"]
    assert list((Path(os.environ["EPOCHWATCH_DATA"]) / "spool").glob("*.damaged")) == []


def test_on_a_full_disk_a_run_is_followed_to_its_end_and_what_is_missing_is_counted(server: PacketServer) -> None:
    child = script(FULL_DISK, server)
    out, _ = child.communicate(timeout=30)
    assert (out, child.returncode) == ("", 0)
    stored = only_run(server)
    assert [end["reason"] for end in stored.of_type("end")] == ["finished"]
    dropped = stored.of_type("dropped")
    assert sum(event["n"] for event in dropped) >= 2004 - len(stored.points) > 0
    assert list((Path(os.environ["EPOCHWATCH_DATA"]) / "spool").glob("*.spool")) == []


def test_a_token_with_a_line_end_is_the_token(
    start: Start, server: PacketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOCHWATCH_TOKEN", f" {TOKEN}\n")
    run = start()
    run.log({"a": 1.0})
    run.finish()
    assert server.run(run.id).points == {("a", 0): 1.0}


@pytest.mark.parametrize("token", ["se\r\nX-Evil: 1cret", "se☃cret", "se\x00cret"])
def test_a_token_that_is_none_is_told_without_being_shown(start: Start, told: Told, token: str) -> None:
    run = start(token=token)
    run.log({"a": 1.0})
    run.finish()
    assert "cret" not in told()
    assert "token" in told()


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://127.0.0.1:99999999", "http://", "ftp://x\ny", "http://\x00"]
)
def test_an_address_that_is_none_is_told_as_such(start: Start, told: Told, address: str) -> None:
    run = start(server=address)
    run.log({"a": 1.0})
    run.finish()
    assert "failed inside" not in told()
    assert "cannot deliver just now" in told()


def test_a_folder_of_temporary_files_that_another_user_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("epochwatch.discovery.MEMORY", tmp_path)
    place = Place(data=str(tmp_path / "data"))
    trap, own = tmp_path / f"epochwatch-{os.getuid()}", tmp_path / "data" / "spool"
    assert list(place.spool_folders) == [own, trap / "spool"]
    trap.mkdir()
    assert list(place.spool_folders) == [own, trap / "spool"]
    trap.chmod(0o777)  # anybody could put a spool there for us to deliver
    assert list(place.spool_folders) == [own]
    trap.rmdir()
    (tmp_path / "elsewhere").mkdir()
    trap.symlink_to(tmp_path / "elsewhere")
    assert list(place.spool_folders) == [own]


def test_where_no_disk_may_be_written_the_spool_lies_in_memory(
    start: Start, server: PacketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    no_folder = tmp_path / "a file"
    no_folder.write_text("")
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setenv("TMPDIR", str(no_folder))
    monkeypatch.setattr("epochwatch.discovery.MEMORY", memory)
    run = start(spool=str(no_folder / "spool"))
    run.log({"loss": 1.0}, 0)
    assert list(memory.rglob("*.spool"))
    run.finish()
    assert ("loss", 0) in server.run(run.id).points
    assert "is taken instead" in told()


def test_the_transport_takes_no_address_apart_that_has_no_parts() -> None:
    from epochwatch.answer import Unreachable

    with pytest.raises(Unreachable):
        Transport(Place(server="http://[::1")).post("/api/packets", b"")
