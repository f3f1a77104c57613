"""Keras' progress: `Epoch 1/3`, then a line that is written again and again until the epoch is done.

Epoch 1/3
12/12 ━━━━━━━━━━━━━━━━━━━━ 0s 5ms/step - accuracy: 0.5 - loss: 0.69 - val_loss: 0.70
"""

import re

from epochwatch_server.importers.text_patterns.found import NUMBER, Found, Pattern

_HEAD = re.compile(r"Epoch (\d+)/(\d+)")
_NAMED = rf"[A-Za-z_][\w./-]*: {NUMBER}"
_TIMES = r"(?:(?:ETA: )?\d+(?::\d+)*(?:ms|us|s|h|m)?(?:/(?:step|epoch))?\s*-?\s*)*"
_LINE = re.compile(rf"\s*(\d+)/(\d+)\s+(?:[━=>.\[\]]+\s*)?(?:-\s*)?{_TIMES}\s*-?\s*({_NAMED}(?: - {_NAMED})*)\s*")
_BARE = re.compile(rf"\s*(\d+)/(\d+)\s+[━=>.\[\]\s]+{_TIMES}\s*")


def _find(line: str, before: Found | None) -> Found | None:
    head = _HEAD.fullmatch(line.strip())
    if head:
        return Found(epoch=int(head[1]), out_of=int(head[2]))
    if _BARE.fullmatch(line):
        return Found()
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    metrics = {}
    for pair in match[3].split(" - "):
        name, _, value = pair.partition(": ")
        metrics[name] = float(value)
    return Found(metrics, is_progress=True, is_done=match[1] == match[2])


PATTERN = Pattern("keras", "Keras' progress lines", _find)
