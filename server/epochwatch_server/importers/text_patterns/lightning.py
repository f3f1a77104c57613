"""Lightning's progress bar, whose end holds the metrics.

Epoch 0: 100%|██████████| 6/6 [00:00<00:00, 250.00it/s, v_num=0, train_loss=0.123]
"""

import re

from epochwatch_server.importers.text_patterns.found import Found, Pattern, read_value

_BAR = re.compile(r"Epoch (\d+):\s+\d+%\|.*?\|\s*(\d+)/(\d+)\s*\[([^\]]*)\]\s*(?:`.*)?")
_OTHER_BAR = re.compile(r"(?:Validation|Sanity Checking|Testing|Predicting|Epoch \d+)\b.*?(?:\d+%\||\|\s*\d+/).*")
_END = re.compile(r"`Trainer\.fit` stopped: .*")
_NO_METRIC = frozenset({"v_num"})


def _find(line: str, before: Found | None) -> Found | None:
    match = _BAR.fullmatch(line.strip())
    if match is None:
        is_known = _OTHER_BAR.fullmatch(line.strip()) or _END.fullmatch(line.strip())
        return Found() if is_known else None
    metrics = {}
    for part in match[4].split(", "):
        name, is_named, text = part.partition("=")
        value = read_value(text) if is_named else None
        if value is not None and name not in _NO_METRIC:
            metrics[name] = value
    return Found(metrics, epoch=int(match[1]), is_progress=True, is_done=match[2] == match[3] and bool(metrics))


PATTERN = Pattern("lightning", "Lightning's progress bar", _find)
