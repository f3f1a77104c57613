"""The command line as a user has it: every command, its exit status, its JSON."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.server.cli.test_process import environment, epochwatch
from tests.server_process import ROOT, HandMadeWriter, RunningServer, free_port, start_event

from epochwatch_server.cli import COMMANDS, make_parser
from epochwatch_server.cli.demo import DEMO_RUNS, _Children, _serve_command
from epochwatch_server.cli.ls import table
from epochwatch_server.cli.reach import reach
from epochwatch_server.cli.serve import _link_command
from epochwatch_server.settings import assets_folder, data_folder, write_address

OTHERS = "fastapi|starlette|sqlalchemy|numpy|uvicorn|pydantic|jinja2|plotly|psycopg|torch"


def test_every_file_of_a_command_stands_in_the_list() -> None:
    folder = ROOT / "server" / "epochwatch_server" / "cli"
    no_commands = {"__init__", "__main__", "command", "reach", "run_names", "diagnosis", "importing", "spooling"}
    no_commands |= {"delivering", "following", "imported_health", "interrupts", "metric_names"}
    assert {
        path.stem if path.stem.startswith("_") else path.stem.rstrip("_") for path in folder.glob("*.py")
    } - no_commands == {command.name for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_worth_reading(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        make_parser().parse_args([getattr(command, "name"), "--help"])  # noqa: B009 - the list's type is narrower
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    assert "exit status:" in text


def test_version_and_wrong_usage() -> None:
    assert re.fullmatch(r"epochwatch \d+\.\d+\.\d+\n", epochwatch("--version").stdout)
    for wrong in ((), ("what",), ("ls", "--limit", "x"), ("serve", "--port")):
        done = epochwatch(*wrong)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_a_limit_that_lists_nothing_is_wrong_usage(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        make_parser().parse_args(["ls", "--limit", limit])
    assert refusal.value.code == 2
    assert "--limit" in capsys.readouterr().err


def test_runs_are_listed_as_a_table_and_as_json(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        where = ("--data", str(tmp_path), "--server", server.url)
        assert epochwatch("ls", *where).stdout == "No run yet.\n"
        tracked = {"metric": "val/acc", "mode": "max", "best": 0.91234, "best_epoch": 3}
        start = start_event(project="abr", name="focal \x1b[31mred", planned_epochs=9, tracked=tracked)
        client.post_packet(HandMadeWriter("run1").packet(events=[start]))
        listed = epochwatch("ls", *where)
        assert listed.returncode == 0
        assert "\x1b" not in listed.stdout
        heading, row = listed.stdout.splitlines()
        assert heading.split() == ["id", "state", "project", "name", "epoch", "best", "seen"]
        for part in ("run1", "starting", "abr", "0/9", "val/acc 0.9123 @ 3"):
            assert part in row
        assert [run["id"] for run in json.loads(epochwatch("ls", *where, "--json").stdout)] == ["run1"]
        for nothing in (("--project", "other"), ("--search", "nowhere")):
            assert epochwatch("ls", *where, *nothing).stdout == "No run matches.\n"


def test_a_server_that_is_not_there_or_refuses_is_a_problem(tmp_path: Path) -> None:
    for command in ("ls", "link"):
        away = epochwatch(command, "--data", str(tmp_path), "--server", f"http://127.0.0.1:{free_port()}")
        assert away.returncode == 1
        assert "epochwatch serve" in away.stderr
        assert epochwatch(command, "--server", "ftp://x").returncode == 2
    with RunningServer(tmp_path) as server:
        refused = epochwatch("ls", "--server", server.url, EPOCHWATCH_TOKEN="wrong-token")
        assert refused.returncode == 1
        assert "EPOCHWATCH_TOKEN" in refused.stderr
        assert "wrong-token" not in refused.stderr


def test_where_the_token_is_to_be_found_is_said_when_there_is_none(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "epochwatch-demo") as server:
        write_address(tmp_path / "epochwatch-demo", server.url)
        without = epochwatch("link", "--data", str(tmp_path / "epochwatch"), "--server", server.url)
        (tmp_path / "token").write_text("of-another-server\n")
        wrong = epochwatch("link", "--data", str(tmp_path), "--server", server.url)
    assert (without.returncode, wrong.returncode) == (1, 1)
    for part in (str(tmp_path / "epochwatch" / "token"), "EPOCHWATCH_TOKEN", f"--data {tmp_path / 'epochwatch-demo'}"):
        assert part in without.stderr
    assert str(tmp_path / "token") in wrong.stderr
    assert "--data DIR" in wrong.stderr


def test_serve_spells_the_command_for_another_link_as_another_shell_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("EPOCHWATCH_DATA", str(tmp_path))  # another shell does not have it
    assert _link_command(tmp_path).endswith(f"epochwatch link --data {tmp_path}")
    assert _link_command(tmp_path / "a b").endswith(f"epochwatch link --data '{tmp_path}/a b'")
    assert _link_command(data_folder({})).endswith("epochwatch link")


def test_wrong_usage_is_told_with_the_usage_of_its_command() -> None:
    wrong = epochwatch("ls", "--what")
    assert wrong.returncode == 2
    assert "usage: epochwatch ls" in wrong.stderr
    assert "--what" in wrong.stderr
    nothing = epochwatch()
    assert nothing.returncode == 2
    assert all(f"    {command.name} " in nothing.stderr for command in COMMANDS)


def test_a_report_into_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        client.post_packet(HandMadeWriter("run1").packet(events=[start_event()]))
        out = tmp_path / "none" / "report.html"
        done = epochwatch("report", "--data", str(tmp_path), "--server", server.url, "run1", "--html", str(out))
    assert done.returncode == 1
    assert done.stderr == f"epochwatch report: {out} cannot be written: the folder {out.parent} does not exist\n"


def test_runs_of_one_name_are_compared_with_their_ids(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server, server.client() as client:
        for run, name in (("run1", "twin"), ("run2", "twin"), ("run3", "other")):
            client.post_packet(HandMadeWriter(run).packet(events=[start_event(name=name)]))
        where = ("--data", str(tmp_path), "--server", server.url)
        rows = epochwatch("compare", *where, "run1", "run2", "run3").stdout.splitlines()[2:5]
    assert [row.split("  ")[0] for row in rows] == ["twin (run1)", "twin (run2)", "other"]


def test_the_demo_listens_where_it_is_told(tmp_path: Path) -> None:
    assert _serve_command(tmp_path, "9000")[-1] == "9000"
    assert _serve_command(tmp_path, "0")[-1] == "0"
    assert _serve_command(tmp_path, None)[-1] in ("8421", "0")


def test_a_link_signs_a_browser_in(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        link = epochwatch("link", "--data", str(tmp_path), "--server", server.url).stdout.strip()
        assert link.startswith(f"{server.url}/login?code=")
        assert server.stranger().ask("GET", link.removeprefix(server.url)).status == 303


def test_the_token_of_the_data_folder_is_for_this_machine_only(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    parser = make_parser()
    here = reach(parser.parse_args(["ls", "--data", str(tmp_path)]), {})
    assert (here.token, here.url) == ("abc", "http://127.0.0.1:8421")
    assert (
        reach(parser.parse_args(["ls", "--data", str(tmp_path), "--server", "https://far.example"]), {}).token is None
    )
    far = {"EPOCHWATCH_SERVER": "https://far.example", "EPOCHWATCH_TOKEN": "given"}
    assert reach(parser.parse_args(["ls", "--data", str(tmp_path)]), far).token == "given"


def test_the_doctor_says_what_is_and_what_is_wrong(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        well = epochwatch("doctor", "--data", str(tmp_path), "--server", server.url)
        assert well.returncode == 0, well.stdout
        for part in ("answers, version", "takes the token", "WAL-reset bug", "plotly.min.js", str(tmp_path / "token")):
            assert part in well.stdout
        assert str(server.token) not in well.stdout
        (tmp_path / "token").chmod(0o644)
        open_door = epochwatch("doctor", "--data", str(tmp_path), "--server", server.url)
        assert open_door.returncode == 1
        assert "chmod 600" in open_door.stdout
    nowhere = ("--server", f"http://127.0.0.1:{free_port()}")
    away = epochwatch("doctor", "--data", str(tmp_path), *nowhere, "--json", EPOCHWATCH_TOKEN="a-secret-token")
    assert away.returncode == 1
    checks = {check["name"]: check for check in json.loads(away.stdout)["checks"]}
    assert checks["server"]["state"] == "problem"
    assert "a-secret-token" not in away.stdout


def test_sync_delivers_what_a_killed_training_left(tmp_path: Path) -> None:
    script = (
        "import epochwatch, os, signal\n"
        "run = epochwatch.init(project='p', name='n', id='left1')\n"
        "for step in range(100): run.log({'train/loss': 1.0 / (step + 1)})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    data = {"EPOCHWATCH_DATA": str(tmp_path), "EPOCHWATCH_SERVER": f"http://127.0.0.1:{free_port()}"}
    subprocess.run([sys.executable, "-c", script], env=environment(**data), check=False, timeout=30)
    listed = epochwatch("sync", "--data", str(tmp_path), "--dry-run")
    assert listed.returncode == 1
    assert "run left1 (p/n)" in listed.stdout
    away = epochwatch("sync", "--timeout", "1", **data)
    assert away.returncode == 1
    with RunningServer(tmp_path) as server, server.client() as client:
        done = epochwatch("sync", "--data", str(tmp_path), "--server", server.url, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["delivered"]["runs"] == ["left1"]
        (series,) = [each for each in client.get("/api/runs/left1/series")["series"] if each["metric"] == "train/loss"]
        assert series["n"] == 100
        assert epochwatch("sync", "--data", str(tmp_path), "--server", server.url).stdout == "Nothing waits.\n"


@pytest.mark.parametrize("command", ["sync", "doctor", "ls", "serve", "diagnose", "backup", "restore"])
def test_the_hook_alone_is_enough_for_what_needs_no_server(tmp_path: Path, command: str) -> None:
    """As on a machine where only the hook is installed: none of the server's packages can be imported."""
    where = [str(tmp_path)] if command in ("diagnose", "restore") else ["--data", str(tmp_path)]
    script = (
        "import sys, importlib.abc, re\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if re.fullmatch(r'({OTHERS})(\\..*)?', name): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        f"util.find_spec = lambda name, of=None: None if re.fullmatch(r'{OTHERS}', name) else real(name, of)\n"
        "from epochwatch_server.cli import main\n"
        f"sys.exit(main({[command, *where]!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=False, timeout=30
    )
    assert "Traceback" not in done.stderr, done.stderr
    # No server answers; what needs the server's packages cannot be done.
    expected = {"sync": 0, "doctor": 1, "ls": 1}.get(command, 2)
    assert done.returncode == expected
    if expected == 2:
        assert "pip install 'epochwatch[server]'" in done.stderr


def test_every_training_of_the_demo_exists_and_takes_its_sickness() -> None:
    for demo_run in DEMO_RUNS:
        script = assets_folder("examples") / demo_run.script
        assert f'"{demo_run.sick}"' in script.read_text() or not demo_run.sick, demo_run
    assert len(set(DEMO_RUNS)) == len(DEMO_RUNS)


def test_the_demo_ends_what_it_started_the_server_last(tmp_path: Path) -> None:
    script = (
        "import sys, time, signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
        "open(sys.argv[1] + '.begun', 'w')\n"
        "try: time.sleep(60)\n"
        "finally: open(sys.argv[1] + '.ended', 'w').write(str(time.time_ns()))\n"
    )
    children = _Children()
    for name in ("server", "training", "other"):
        children.start([sys.executable, "-c", script, str(tmp_path / name)], os.environ, tmp_path / f"{name}.log")
    end = time.monotonic() + 20
    while len(list(tmp_path.glob("*.begun"))) < 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    children.end()
    ended = {path.stem: int(path.read_text()) for path in tmp_path.glob("*.ended")}
    assert max(ended["training"], ended["other"]) < ended["server"]


def test_a_table_is_aligned_and_cannot_steer_a_terminal() -> None:
    assert table([("a", "bb"), ("ccc\n", "\x9bd")]) == ["a     bb", "ccc\ufffd  \ufffdd"]


def test_reading_only_the_beginning_of_the_list_is_no_error(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        line = (
            f"{sys.executable} -m epochwatch_server.cli ls --data {tmp_path} --server {server.url} --json | head -c 1"
        )
        done = subprocess.run(
            ["bash", "-c", line], env=environment(), capture_output=True, text=True, check=False, timeout=30
        )
    assert "Traceback" not in done.stderr


def test_the_data_folder_is_never_made_by_looking(tmp_path: Path) -> None:
    for command in ("doctor", "ls", "sync"):
        epochwatch(command, "--data", str(tmp_path / "none"), "--server", f"http://127.0.0.1:{free_port()}")
    assert os.listdir(tmp_path) == []
