"""The dictionaries that Hugging Face's trainer prints, read by a grammar of their own: nothing is evaluated.

{'loss': 0.5, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 1.0}
"""

import re

from epochwatch_server.importers.text_patterns.found import NUMBER, Found, Pattern

_NAME = r"'[^'\\]{1,200}'"
_VALUE = rf"(?:{NUMBER}|'{NUMBER}'|True|False|None|'[^'\\]*')"
_PAIR = re.compile(rf"({_NAME}): ({_VALUE})(?:, |$)")
_DICTIONARY = re.compile(r"\{('.*)\}\s*$")
_PROGRESS = re.compile(r"[\s\d%|/\[\]<>,:.?\w█▏▎▍▌▋▊▉#/-]*")  # a bar may stand before it
_KNOWN = frozenset({"loss", "eval_loss", "epoch", "train_loss", "train_runtime", "eval_runtime", "learning_rate"})
_PLAIN = re.compile(NUMBER)


def _find(line: str, before: Found | None) -> Found | None:
    match = _DICTIONARY.search(line)
    if match is None or not _PROGRESS.fullmatch(line[: match.start()]):
        return None
    place, metrics = 0, {}
    names = set()
    while place < len(match[1]):
        pair = _PAIR.match(match[1], place)
        if pair is None:
            return None
        place = pair.end()
        name, value = pair[1].strip("'"), pair[2].strip("'")
        names.add(name)
        if _PLAIN.fullmatch(value):
            metrics[name] = float(value)
    return Found(metrics, is_event=True) if names & _KNOWN else None


PATTERN = Pattern("hugging_face", "dictionaries of Hugging Face's trainer", _find)
