"""What a post-mortem needs is recorded, and no secret with it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from epochwatch.collectors.environment import describe_environment, describe_git, masked, parameter_count

GIT_ENVIRONMENT = {
    **{f"GIT_{who}_{what}": "someone" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "PATH": os.environ["PATH"],
}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=GIT_ENVIRONMENT, capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "focal-loss")
    (tmp_path / "train.py").write_text("print('training')\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Train")
    return tmp_path


def test_the_environment_is_described_in_json() -> None:
    described = describe_environment()
    json.dumps(described, allow_nan=False)
    assert described["pid"] == os.getpid()
    assert described["python"] == sys.version.split()[0]
    assert described["torch"] == torch.__version__
    assert described["packages"]["torch"] == torch.__version__
    assert described["cwd"] == os.getcwd()
    assert described["cpu_count"] >= 1
    assert described["device"]
    assert described["host"]
    assert set(described) == {
        "command", "script", "cwd", "python", "platform", "host", "pid", "cpu_count", "git", "torch", "cuda", "device",
        "packages",
    }  # fmt: skip


def test_a_script_says_how_it_was_started_and_from_which_commit(repository: Path) -> None:
    script = repository / "train.py"
    script.write_text(
        "import json\nfrom epochwatch.collectors.environment import describe_environment\n"
        "print(json.dumps(describe_environment()))\n"
    )
    command = [sys.executable, "-W", "error", str(script), "--lr", "5e-5", "--api-key", "hunter2"]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)} | GIT_ENVIRONMENT
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment, cwd=repository.parent)
    described = json.loads(done.stdout)
    assert described["command"].endswith("train.py --lr 5e-5 --api-key '***'")
    assert described["script"] == str(script.resolve())
    assert described["git"] == {"commit": git(repository, "rev-parse", "HEAD"), "branch": "focal-loss", "dirty": True}
    assert (described["torch"], described["device"], described["packages"]) == (None, None, {})


def test_a_clean_checkout_is_clean_and_untracked_files_do_not_dirty_it(repository: Path) -> None:
    (repository / "weights.pt").write_bytes(b"")
    described = describe_git(repository)
    assert described == {"commit": git(repository, "rev-parse", "HEAD"), "branch": "focal-loss", "dirty": False}


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    described = describe_git(repository)
    assert described is not None
    assert described["branch"] is None


def test_without_repository_commit_or_folder_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert describe_git(tmp_path / "missing") is None
    git(tmp_path, "init", "-q")
    assert describe_git(tmp_path) is None


def test_a_git_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    started = time.monotonic()
    assert describe_git(tmp_path) is None
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--api-key", "abc"], ["--api-key", "***"]),
        (["--HF_TOKEN=abc=d", "x"], ["--HF_TOKEN=***", "x"]),
        (["--password", "--verbose"], ["--password", "--verbose"]),
        (["-secret", "-abc"], ["-secret", "***"]),
        (["wandb.api_key=abc"], ["wandb.api_key=***"]),
        (["--db-passwd=my pass word"], ["--db-passwd=***"]),
        (["postgresql://user:hunter2@host/db"], ["postgresql://***@host/db"]),
        (["--url=https://host/?a=1&token=abc&b=2"], ["--url=https://host/?a=1&token=***&b=2"]),
        (["-c", "key = 'ab cd'; train(lr=3)"], ["-c", "key = ***; train(lr=3)"]),
        (['{"secret": "ab", "lr": 1}'], ['{"secret": ***, "lr": 1}']),
        (["--tokenizer", "bert", "--keypoints=17", "--lr=3"], ["--tokenizer", "bert", "--keypoints=17", "--lr=3"]),
        (["/home/keys/train.py", "17"], ["/home/keys/train.py", "17"]),
    ],
)
def test_values_that_sound_secret_are_masked(given: list[str], shown: list[str]) -> None:
    assert masked(given) == shown


def test_parameters_are_counted_once_and_only_where_they_have_a_shape() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3, bias=False), nn.LazyLinear(5))
    model[1].weight = model[0].weight
    model[0].bias.requires_grad_(False)
    assert parameter_count(model) == (12, 9)


def test_what_has_no_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match=r"given dict, expected a torch\.nn\.Module"):
        parameter_count({})
