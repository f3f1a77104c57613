"""Blocks with a bar, `EPOCH k/N` and a row for each split, as Epochwatch's own console prints them.

EPOCH 42/200
TRAIN: Loss=0.1224 | Cmd=98.00% | Composite=0.9142
Tracking composite_acc: 0.9377 (best: 0.9390) | Patience: 3/15 | LR=5.42e-05
"""

import re

from epochwatch_server.importers.text_patterns.found import NUMBER, Found, Pattern, read_value

_BAR = re.compile(r"[=\-_*#~]{8,}")
_HEAD = re.compile(r"[=\-* ]*EPOCH\s+(\d+)\s*/\s*(\d+)(?:\s*\|.*)?[=\-* ]*")
_ROW = re.compile(r"(TRAIN|VALID|VALIDATION|VAL|EVAL|TEST):(\s+)(\S.*)")
_INDENTED = re.compile(r"\s{4,}(\S.*)")
_SPLITS = {"TRAIN": "train", "VAL": "val", "VALID": "val", "VALIDATION": "val", "EVAL": "val", "TEST": "test"}
_MORE = re.compile(r"and \d+ more")
_LABELLED = re.compile(r"(.*\S)\s*=\s*(\S+)")
_STANDING = re.compile(rf"\W*(?:Tracking|NEW BEST)\s+\S+:\s*{NUMBER}\s*\(.*\).*", re.IGNORECASE)
_STOPPED = re.compile(r"\W*EARLY STOPPING:.*")
_BEST = re.compile(rf"\s+Best \S+:\s*{NUMBER}(?:\s*@.*)?")
_RATE = re.compile(rf"(?:^|[|\s])LR\s*=\s*({NUMBER})(?:\s|$)")
_SAID = re.compile(r"ALERT \[\w+\] .*|\s+Try: .*|took \S.*")
_WIDTH = 80  # a row that would have been longer goes on in the next line


def _find(line: str, before: Found | None) -> Found | None:
    if _BAR.fullmatch(line.strip()) or _SAID.fullmatch(line):
        return Found()
    head = _HEAD.fullmatch(line)
    if head:
        return Found(epoch=int(head[1]), out_of=int(head[2]))
    row = _ROW.fullmatch(line)
    if row:
        return _row(row[3], _SPLITS[row[1]], len(line))
    indented = _INDENTED.fullmatch(line)
    if indented and before is not None and before.split is not None:
        goes_on = before.width + 3 + len(re.split(r"\s\|\s", indented[1])[0]) > _WIDTH
        return _row(indented[1], before.split if goes_on else "", len(line)) or _standing(line)
    return _standing(line)


def _standing(line: str) -> Found | None:
    """What is said of the tracked metric repeats a row; new in it are the learning rate and a stop."""
    if _STOPPED.fullmatch(line):
        return Found(end="early_stopped")
    rate = _RATE.search(line)
    if _STANDING.fullmatch(line) or (rate and line.strip() == rate[0].strip()):
        return Found({"lr": float(rate[1])} if rate else {})
    return Found() if _BEST.fullmatch(line) else None


def _row(text: str, split: str, width: int) -> Found | None:
    cells = re.split(r"\s+\|\s+|,\s+", text.strip())
    metrics = {}
    for cell in cells:
        match = _LABELLED.fullmatch(cell)
        value = read_value(match[2]) if match else None
        if match is not None and value is not None:
            name = "loss" if match[1].lower() == "loss" else match[1]
            metrics[f"{split}/{name}" if split else name] = value
        elif not _MORE.fullmatch(cell):
            return None
    return Found(metrics, split=split, width=width)


PATTERN = Pattern("blocks", "blocks of an epoch with a row for each split", _find)
