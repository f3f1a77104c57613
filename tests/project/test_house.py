"""The project checks itself: layout, sizes, words, and what must never be committed."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    "server",
    "client_hook",
    "templates",
    "static",
    "migrations",
    "tests",
    "pyproject.toml",
    "docker-compose.yml",
}
MAX_LINES = 300
ROLE_NAMES = {"utils", "util", "helpers", "common", "manager", "base", "misc"}


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def tracked(*suffixes: str) -> list[Path]:
    return [path for path in tracked_files() if path.suffix in suffixes]


def test_the_fixed_top_level_is_there() -> None:
    assert {path.name for path in ROOT.iterdir()} >= TOP_LEVEL


def test_no_source_file_outgrows_its_size() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked(".py", ".js", ".css", ".html")
        if (count := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_files_are_named_after_the_thing_inside_not_after_a_role() -> None:
    # The benchmark's adapters fit a foreign interface that calls its parent module `base`;
    # the style sheets' layers are named tokens, base, layout, parts, pages.
    named = [
        str(path.relative_to(ROOT))
        for path in tracked(".py", ".js")
        if path.stem in ROLE_NAMES and "adapters" not in path.parts
    ]
    assert named == []


@pytest.mark.parametrize("root", ["client_hook", "server"])
def test_every_module_says_in_one_line_why_it_exists(root: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.is_relative_to(ROOT / root) and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_style_sheets_hold_no_colour_outside_the_tokens() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(")
    coloured = [
        str(path.relative_to(ROOT))
        for path in tracked(".css")
        if path.name != "tokens.css" and colour.search(path.read_text())
    ]
    assert coloured == []


def test_templates_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\b(src=|type=\"application/json\"))|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)
    found = [str(path.relative_to(ROOT)) for path in tracked(".html") if inline.search(path.read_text())]
    assert found == []


def test_templates_never_switch_escaping_off() -> None:
    found = [
        str(p.relative_to(ROOT)) for p in tracked(".html") if re.search(r"\|\s*safe\b|autoescape false", p.read_text())
    ]
    assert found == []


def test_the_server_runs_no_program_and_reads_no_pickle() -> None:
    forbidden = re.compile(r"\b(subprocess|os\.system|pickle|marshal|eval|exec)\b\s*[.(]|yaml\.load|shell=True")
    allowed = {"demo.py"}  # the demo starts the example trainings
    found = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "server") and path.name not in allowed and forbidden.search(path.read_text())
    ]
    assert found == []


def test_no_third_party_source_is_committed() -> None:
    big = [str(path.relative_to(ROOT)) for path in tracked(".js", ".css", ".py") if path.stat().st_size > 60_000]
    assert big == []


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    # Spelled in pieces, so that this file does not find itself.
    places = [
        "/wo" + "rk/",
        "/ro" + "ot/",
        "/far" + "m/",
        "pypi" + r"\.org",
        "pythonhos" + "ted",
        "registry" + r"\.npmjs",
    ]
    pattern = re.compile("|".join(places))
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [str(path.relative_to(ROOT))] if pattern.search(text) else []
    assert found == []
