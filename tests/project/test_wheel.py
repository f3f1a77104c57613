"""What a user installs: both packages with pages, styles, migrations and examples, and a hook that needs nothing."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    builder = WheelBuilder(str(ROOT))
    return Path(next(builder.build(directory=str(folder), versions=["standard"])))


def test_the_wheel_carries_both_packages_and_their_assets(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assets = "epochwatch_server/_assets"
    for wanted in (
        "epochwatch/__init__.py",
        "epochwatch_server/app.py",
        f"{assets}/templates/base.html",
        f"{assets}/static/css/tokens.css",
        f"{assets}/migrations/env.py",
        f"{assets}/examples/signal_multitask.py",
    ):
        assert wanted in names
    assert not [name for name in names if "plotly" in name and name.endswith(".js") and "parts" not in name]


def test_the_base_install_has_no_dependency(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        message = message_from_bytes(archive.read(metadata))
    unconditional = [need for need in message.get_all("Requires-Dist", []) if "extra ==" not in need]
    assert unconditional == []


def test_the_hook_works_from_the_wheel_on_a_bare_python(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script = (
        "import epochwatch, sys\n"
        "run = epochwatch.init(project='p', name='n', epochs=1, server='http://127.0.0.1:9')\n"
        "for epoch in run.epochs():\n"
        "    run.log({'train/loss': 1.0})\n"
        "run.finish()\n"
        "foreign = {'torch', 'numpy', 'fastapi', 'sqlalchemy', 'plotly', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(repr(foreign) if foreign else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{script}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"EPOCHWATCH_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "data" / "spool").glob("*.spool"))
