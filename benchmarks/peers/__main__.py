"""Measure contenders side by side and print one table a measure.

    python -m benchmarks.peers --contender nothing --contender jsonl --contender epochwatch \\
        --contender tensorboard=VENV/bin/python --contender trackio=VENV2/bin/python --repeat 3

Each contender runs in its own interpreter (this one unless named), which needs its package, torch, numpy and pillow.
They take turns, repeat by repeat, so that a machine that is not quiet is the same for all; tables show medians.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.peers.measures import MEASURES, Numbers

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 400
Results = dict[str, dict[str, list[Numbers]]]  # measure -> contender -> one a repeat


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contender", action="append", required=True, metavar="NAME[=PYTHON]")
    parser.add_argument("--measures", default=",".join(MEASURES), help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every number here, too")
    args = parser.parse_args()
    results: Results = defaultdict(lambda: defaultdict(list))
    for measure in args.measures.split(","):
        for _ in range(args.repeat):
            for contender in args.contender:
                name, _, python = contender.partition("=")
                numbers = measure_one(name, python or sys.executable, measure)
                results[measure][name] += [numbers] if numbers else []
                print(measure, name, json.dumps(numbers), file=sys.stderr, flush=True)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    print(report(results))


def measure_one(name: str, python: str, measure: str) -> Numbers | None:
    """Run one measure in a fresh process and folder; None when the contender cannot do it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", "benchmarks.peers.worker", name, measure, str(Path(folder) / "store")]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True
            )
        except subprocess.CalledProcessError as error:
            print(f"{measure} {name}: {error.stderr.strip()[-300:]}", file=sys.stderr)
            return None
        except subprocess.TimeoutExpired:
            return None
    numbers: Numbers = json.loads(done.stdout.splitlines()[-1])
    return numbers


def report(results: Results) -> str:
    """Write the tables of medians as Markdown."""
    parts = []
    for measure, contenders in results.items():
        columns = list(dict.fromkeys(column for all_of in contenders.values() for each in all_of for column in each))
        parts += [
            f"\n### {measure}\n",
            "| contender | n | " + " | ".join(columns) + " |",
            "|---" * (len(columns) + 2) + "|",
        ]
        for name, repeats in contenders.items():
            if not repeats:  # nothing to measure there, or it failed and has said so
                continue
            cells = [_cell([each[column] for each in repeats if column in each]) for column in columns]
            parts.append(f"| {name} | {len(repeats)} | " + " | ".join(cells) + " |")
    return "\n".join(parts)


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    middle = statistics.median(values)
    return f"{middle:,.0f}" if abs(middle) >= 100 else f"{middle:.3g}"


if __name__ == "__main__":
    main()
