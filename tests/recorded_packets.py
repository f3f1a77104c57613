"""Recordings of the corpus as a hook would send them: a packet for each line, with the times of the recording."""

import gzip
import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.server_process import HandMadeWriter, Rows, start_event

CORPUS = Path(__file__).parent / "corpus" / "dev"
_REASONS = {"finished": "finished", "crashed": "crashed", "early_stopped": "early_stopped"}


def read_lines(name: str) -> list[dict[str, Any]]:
    """Read a recording of the corpus as its lines."""
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def packets_of(lines: list[dict[str, Any]], writer: HandMadeWriter, **start: Any) -> Iterator[bytes]:
    """Turn a recording's lines into packets; the recording ends about now.

    Yields: one packet for each line; none for a silence, nor for the end of a process that was killed.
    """
    begun = time.time() - max((line.get("time", 0.0) for line in lines), default=0.0)
    for line in lines:
        writer.sent = begun + line.get("time", 0.0)
        if line["type"] == "run":
            yield writer.packet(events=[{**_start(line), **start}])
        elif line["type"] == "step":
            names = list(line["metrics"])
            values = [[float(line["metrics"][name]) for name in names]]
            yield writer.packet(rows=[Rows(names, [line["step"]], values, epoch=line["epoch"])])
        elif line["type"] == "epoch":
            yield writer.packet(events=[_epoch(line)])
        elif line["type"] == "end" and line["status"] in _REASONS:
            yield writer.packet(events=_end(line))


def _start(line: Mapping[str, Any]) -> dict[str, Any]:
    tracked = {"metric": line["tracked_metric"], "mode": line["mode"], "patience": line["patience"]}
    return start_event(
        project="corpus",
        name=line["name"],
        config=line["config"],
        planned_epochs=line["planned_epochs"],
        tracked=tracked if line["tracked_metric"] else None,
        components=line["components"] or None,
    )


def _epoch(line: Mapping[str, Any]) -> dict[str, Any]:
    metrics = {name: _row(float(value)) for name, value in line["metrics"].items() if value is not None}
    return {"type": "epoch", "epoch": line["epoch"], "metrics": metrics}


def _row(value: float) -> list[Any]:
    if not math.isfinite(value):
        word = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        return [0, word, None, None, None, 1]
    return [1, value, 0.0, value, value, 0]


def _end(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    summary = {name: value for name, value in (line.get("metrics") or {}).items() if value is not None}
    end = {"type": "end", "reason": _REASONS[line["status"]], "summary": summary}
    return [{**end, "traceback": line["error"]} if line.get("error") else end]
