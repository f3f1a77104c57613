"""Lines that name an epoch or a step and then nothing but names with numbers.

Epoch 3/10 | loss: 0.1 | Var Ratio: 40.0%
2026-03-01 10:15:00 INFO step=1200 train_loss=0.31 lr=1e-4
"""

import re

from epochwatch_server.importers.text_patterns.found import NUMBER, Found, Pattern, read_value

_TOLD_BY = re.compile(
    r"^\s*(?:\[[^\]]*\d\d:\d\d[^\]]*\]\s*|(?:\w+[.\w]*[:\s]\s*)?(?:INFO|DEBUG)\b[:\s\]-]*(?:[\w.]+:\s)?)+"
)
_PLACE = re.compile(
    r"[\[(]?\s*(epochs?|ep|steps?|iter(?:ation)?s?|global_step)\s*[:=#]?\s*[\[(]?\s*(\d+)(?:\s*(?:/|of)\s*(\d+))?\s*[\])]?[:,|\s-]*",
    re.IGNORECASE,
)
_WORD = r"[A-Za-z][\w./²@-]*"
_PAIR = re.compile(rf"({_WORD}(?: {_WORD}){{0,2}}?)\s*[:=]\s*({NUMBER}\s*%?)(?![\w.%])\s*(?:[|,;]|-(?=\s)|\s|$)\s*")
_TIME = re.compile(
    r"(?:time|eta|elapsed|took)\s*[:=]?\s*[\d:.]+\s*(?:s|ms|m|h|min|sec)?\s*(?:[|,;]|$)\s*", re.IGNORECASE
)


def _find(line: str, before: Found | None) -> Found | None:
    text = _TOLD_BY.sub("", line).strip().strip("|").strip()
    epoch = step = out_of = steps = None
    place, metrics = 0, dict[str, float]()
    while place < len(text):
        where = _PLACE.match(text, place)
        if where:
            if where[1].lower().startswith("ep"):
                epoch, out_of = int(where[2]), int(where[3]) if where[3] else None
            else:
                step, steps = int(where[2]), int(where[3]) if where[3] else None
            place = where.end()
            continue
        pair = _PAIR.match(text, place) or _TIME.match(text, place)
        if pair is None:
            return None
        place = pair.end()
        value = read_value(pair[2]) if pair.re is _PAIR else None
        if value is not None:
            metrics[pair[1].strip()] = value
    if epoch is None and step is None:
        return None
    if epoch is not None and step is not None and steps is not None:  # counted anew in each epoch
        step += (epoch - (out_of is not None)) * steps
    return Found(metrics, epoch=epoch, out_of=out_of, step=step)


PATTERN = Pattern("pairs", "an epoch or a step, then names with numbers", _find)
