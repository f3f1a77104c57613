"""`epochwatch compare`: runs side by side in the terminal, and what the numbers support saying."""

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from epochwatch_server.cli.command import OK, PROBLEM, Command, add_server_arguments
from epochwatch_server.cli.ls import printable
from epochwatch_server.cli.reach import ServerProblem, reach
from epochwatch_server.cli.report import write_report
from epochwatch_server.cli.run_names import pick_run

_DESCRIPTION = """\
Compare 2 to 8 runs: best (not last) values with their epoch, validation against test, the settings that differ, health,
and findings in sentences. RUN is a run's id, or its name or project/name when only one run is called so.

examples:
  epochwatch compare focal-loss production multihead
  epochwatch compare abr/focal-loss 7f3k2m9q --metric val/f1_macro
  epochwatch compare focal-loss production --html comparison.html
  epochwatch compare focal-loss production --json | jq '.findings[].text'

exit status: 0 compared, 1 a run does not exist or the server could not be asked
"""
_MAX_SETTINGS = 8  # columns of the table; --json has all
_WIDTH = 110
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def run(given: argparse.Namespace) -> int:
    """Ask for the comparison and print it."""
    try:
        server = reach(given)
        known = server.ask("GET", "/api/runs")["runs"]
        ids = [pick_run(known, text)["id"] for text in given.runs]
        metric = f"&metric={quote(given.metric, safe='')}" if given.metric else ""
        found = server.ask("GET", f"/api/compare?runs={quote(','.join(ids), safe=',')}{metric}")
        if given.html is not None:
            write_report(server, ids, "html", given.html, given.metric)
    except (ServerProblem, OSError) as problem:
        print(f"epochwatch compare: {problem}", file=sys.stderr)
        return PROBLEM
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(_told(found, is_bold=sys.stdout.isatty())))
    return OK


def _told(found: Mapping[str, Any], *, is_bold: bool) -> Iterator[str]:
    settings = [row for row in found["config"] if row["differs"]]
    head, rows, notes = _table(found, settings[:_MAX_SETTINGS])
    yield from _laid(head, rows, is_bold=is_bold)
    yield from notes
    if len(settings) > _MAX_SETTINGS:
        yield f"{len(settings) - _MAX_SETTINGS} more settings differ: --json lists them."
    yield ""
    yield "Findings"
    for finding in found["findings"] or [{"text": "Nothing that these numbers support.", "caution": ""}]:
        caution = f" ({finding['caution']})" if finding["caution"] else ""
        yield from textwrap.wrap(
            printable(finding["text"] + caution), _WIDTH, initial_indent="- ", subsequent_indent="  "
        )


def _table(
    found: Mapping[str, Any], settings: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[list[str]], list[str]]:
    """Make head, rows and footnotes; the best value of the ranking metric is marked by a leading `*` in its cell."""
    metric = found["yardstick"]
    row = next((row for row in found["metrics"] if row["metric"] == metric), None)
    test = _test_of(found, metric)
    head = ["run", metric or "no metric in common", "@ epoch", *(["test"] if row else []), "epochs", "health"]
    head += [setting["key"] for setting in settings]
    rows, untested, texts = [], False, False
    names = _names(found["runs"])
    for place, facts in enumerate(found["facts"]):
        cell = row["cells"][place] if row else None
        value = "never computed" if row is None or cell is None or cell["best"] is None else _number(cell["best"], row)
        cells = [names[place], ("*" if cell and cell["is_best"] else "") + value]
        cells.append("-" if cell is None or cell["best_epoch"] is None else str(cell["best_epoch"]))
        if row:
            tested = test[place] if test else None
            was_tested = facts["is_tested"]  # on other metrics, where this one is missing
            untested = untested or (tested is None and not was_tested)
            absent = "never computed" if was_tested else "never tested [1]"
            cells.append(absent if tested is None else _number(tested, row))
        planned = f"/{facts['planned_epochs']}" if facts["planned_epochs"] else ""
        cells += [f"{facts['epochs_done']}{planned} {facts['state']}", _health(facts)]
        for setting in settings:
            told = setting["cells"][place]
            texts = texts or told["text_number"]
            cells.append("not set" if told["absent"] else told["text"] + (" [2]" if told["text_number"] else ""))
        rows.append(cells)
    notes = ["[1] no test metric was ever logged; that is no score of 0"] if untested and row else []
    notes += ["[2] text, not a number"] if texts else []
    return head, rows, notes


def _names(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the runs of the table; those that are called the same carry their id."""
    names = [run["name"] or run["id"] for run in runs]
    return [f"{name} ({run['id']})" if names.count(name) > 1 else name for name, run in zip(names, runs, strict=True)]


def _test_of(found: Mapping[str, Any], metric: str | None) -> list[Any] | None:
    row = next((row for row in found["metrics"] if row["metric"] == metric), None)
    if row is None:
        return None
    stem = metric.split("/", 1)[-1] if metric else ""
    pairs = next((each["pairs"] for each in found["tests"] if each["stem"] == stem), None)
    return [test for _, test in pairs] if pairs else None


def _health(facts: Mapping[str, Any]) -> str:
    counts = [f"{n} {severity}" for severity, n in facts["alerts"].items() if n and severity != "info"]
    return ", ".join(counts) or "quiet"


def _number(value: Any, row: Mapping[str, Any]) -> str:
    if not isinstance(value, int | float):
        return str(value)  # NaN and infinities travel as words
    if row["role"] in ("accuracy", "f1", "f1_class") and 0 <= value <= 1:
        return f"{100 * value:.2f} %"
    return f"{value:.5g}"


def _laid(head: Sequence[str], rows: Sequence[Sequence[str]], *, is_bold: bool) -> Iterator[str]:
    """Align the columns; the marked cells in bold, or with their star where nothing can be bold."""
    clean = [[printable(cell) for cell in row] for row in (head, *rows)]
    if is_bold:
        marked = [[cell.startswith("*") for cell in row] for row in clean]
        clean = [[cell.removeprefix("*") for cell in row] for row in clean]
    else:
        marked = [[False for _ in row] for row in clean]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    for number, (row, bold) in enumerate(zip(clean, marked, strict=True)):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        line = "  ".join(f"{_BOLD}{cell}{_PLAIN}" if is_on else cell for cell, is_on in zip(cells, bold, strict=True))
        yield line.rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="2 to 8 runs")
    parser.add_argument("--metric", metavar="NAME", help="rank by this one; default: the one that most of them track")
    parser.add_argument("--html", metavar="FILE", help="write the report of the comparison, one HTML page, to FILE")
    parser.add_argument("--json", action="store_true", help="print JSON: the whole comparison as the API gives it")


COMMAND = Command("compare", "put runs side by side", _DESCRIPTION, _add_arguments, run)
