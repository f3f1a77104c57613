"""What the README and the documents say is there, is there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_link_and_picture_leads_somewhere() -> None:
    broken = []
    for document in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("examples/*.md"),
        *ROOT.glob("benchmarks/*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []


def test_every_make_target_named_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text()
        named = set(re.findall(r"^make ([a-z]+)$|`make ([a-z]+)`", text, re.MULTILINE))
        assert {first or second for first, second in named} <= targets, document


def test_every_command_in_the_table_answers_for_help() -> None:
    commands = re.findall(r"^\| `epochwatch ([a-z]+)` \|", README, re.MULTILINE)
    assert set(commands) >= {"serve", "demo", "ls", "sync", "doctor"}
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "epochwatch_server.cli", command, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "usage: epochwatch" in done.stdout


def test_every_flag_in_the_settings_table_is_one_of_serve() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "epochwatch_server.cli", "serve", "--help"], capture_output=True, text=True, check=True
    )
    for flag in re.findall(r"^\| [^|]+ \| ([^|]*--[^|]*) \|", README, re.MULTILINE):
        for name in re.findall(r"--[a-z-]+", flag):
            assert name in done.stdout


def test_the_training_loop_of_the_readme_runs_as_printed() -> None:
    """The code block with `init` is executed, with stand-ins for what a reader brings: model, loader and figures."""
    block = next(b for b in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "run.samples" in b)
    prelude = (
        "import torch\n"
        "config = {'lr': 1e-3}\n"
        "model = torch.nn.Linear(4, 1)\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)\n"
        "loader = [torch.randn(8, 4) for _ in range(3)]\n"
        "loss = signal = peak = torch.tensor(0.5)\n"
        "prediction, target = torch.randn(8), torch.randn(8)\n"
        "val_loss, accuracy, images = 0.5, 0.9, torch.rand(1, 3, 16, 16)\n"
        "points = predicted = [[(3.0, 4.0)]]\n"
        "sample_ids = ['a']\n"
    )
    script = prelude + block.replace("epochs=200", "epochs=2")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"EPOCHWATCH_MODE": "disabled", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
