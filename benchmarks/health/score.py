"""Score what the health rules said over labelled recordings.

    epochwatch diagnose FOLDER --alerts alerts.json
    python benchmarks/health/score.py FOLDER alerts.json [--json] [--details]

FOLDER holds `labels.json`. Of each run and rule the first alert of severity warning or critical counts. In a faulty
run an alert of a rule in `should`, at or after `onset`, detects the fault; that of `primary` diagnoses it; the delay is
counted from `visible`. Any other alert is false unless it is in `facts`, or in `may` and not before `onset`. In a
healthy run every alert outside `facts` is false. Precision is detecting alerts against detecting and false ones.
"""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Alert = Mapping[str, Any]
COUNTED = ("warning", "critical")


@dataclass
class Tally:
    """What was counted over all runs."""

    faulty: int = 0
    healthy: int = 0
    detected: int = 0
    diagnosed: int = 0
    right: int = 0
    wrong: int = 0
    wrong_in_healthy: int = 0
    critical_in_healthy: int = 0
    clean: int = 0
    delays: list[int] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Return the shares that the goals are about."""
        delays = sorted(self.delays)
        return {
            "detected": self.detected / max(self.faulty, 1),
            "diagnosed": self.diagnosed / max(self.faulty, 1),
            "precision": self.right / max(self.right + self.wrong, 1),
            "false_alarms_per_healthy_run": self.wrong_in_healthy / max(self.healthy, 1),
            "critical_false_alarms_per_healthy_run": self.critical_in_healthy / max(self.healthy, 1),
            "healthy_runs_without_one": self.clean / max(self.healthy, 1),
            "median_delay": float(statistics.median(delays)) if delays else 0.0,
            "p90_delay": float(delays[int(0.9 * (len(delays) - 1))]) if delays else 0.0,
        }


def tally(labels: Mapping[str, Mapping[str, Any]], alerts: Mapping[str, Sequence[Alert]]) -> Tally:
    """Compare alerts with labels, run by run."""
    total = Tally()
    for run, label in sorted(labels.items()):
        first = _first_alerts(alerts.get(run, ()))
        if label["fault"]:
            _count_faulty(total, run, label, first)
        else:
            _count_healthy(total, run, label, first)
    return total


def _first_alerts(alerts: Sequence[Alert]) -> dict[str, Alert]:
    first: dict[str, Alert] = {}
    for alert in alerts:
        known = first.get(alert["rule"])
        if alert.get("severity", "warning") in COUNTED and (known is None or alert["epoch"] < known["epoch"]):
            first[alert["rule"]] = alert
    return first


def _count_faulty(total: Tally, run: str, label: Mapping[str, Any], first: Mapping[str, Alert]) -> None:
    total.faulty += 1
    hits = {rule: a for rule, a in first.items() if rule in label["should"] and a["epoch"] >= label["onset"]}
    for rule, alert in first.items():
        excused = rule in label["facts"] or (rule in label["may"] and alert["epoch"] >= label["onset"])
        if rule not in hits and not excused:
            total.wrong += 1
            total.false.append(f"{run} ({label['fault']}): {rule}")
    total.right += len(hits)
    total.diagnosed += label["primary"] in hits
    if hits:
        total.detected += 1
        total.delays.append(max(0, min(a["epoch"] for a in hits.values()) - label["visible"]))
    else:
        total.missed.append(f"{run} ({label['fault']})")


def _count_healthy(total: Tally, run: str, label: Mapping[str, Any], first: Mapping[str, Alert]) -> None:
    total.healthy += 1
    false = [rule for rule in first if rule not in label["facts"]]
    total.wrong += len(false)
    total.wrong_in_healthy += len(false)
    total.critical_in_healthy += sum(first[rule]["severity"] == "critical" for rule in false)
    total.clean += not false
    total.false += [f"{run} (healthy, {label['control']}): {rule}" for rule in false]


def main() -> None:
    """Score as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("alerts", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--details", action="store_true", help="name what was missed and what was false")
    given = parser.parse_args()
    total = tally(json.loads((given.folder / "labels.json").read_text()), json.loads(given.alerts.read_text()))
    if given.json:
        print(json.dumps(total.summary()))
        return
    print(f"{total.faulty} faulty and {total.healthy} healthy runs")
    for name, value in total.summary().items():
        print(f"  {name.replace('_', ' '):40s} {value:.3f}")
    if given.details:
        print(*[f"  missed {run}" for run in total.missed], *[f"  false  {what}" for what in total.false], sep="\n")


if __name__ == "__main__":
    main()
