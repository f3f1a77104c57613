"""Numbers that a configuration holds as text."""

import re
from typing import Any

_HYPER = re.compile(
    r"(?:^|_)(?:lr|rate|learning|size|batch|decay|clip|norm|epochs?|steps?|weights?|dropout|momentum|betas?|beta\d|eps|epsilon|"
    r"gamma|alpha|lambda|tau|temperature|seed|hidden|dim|layers?|heads?|depth|width|channels|units|warm_?up|patience|factor|"
    r"scale|threshold|margin|ratio|num|n|max|min|iters?|workers|accumulation|frames|smoothing|prob|noise|std)(?:$|_)"
)
_NO_NUMBER = re.compile(
    r"(?:^|_)(?:id|ids|version|date|time|timestamp|tags?|name|names|device|gpu|precision|dtype|bits?|sha|hash|commit|branch|host|port|"
    r"path|dir|file|url|note|notes|attempt|experiment|format|label|user|key|code)(?:$|_)"
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def is_text_number(path: str, value: Any) -> bool:
    """Say whether a leaf of the configuration is a number written as text where a number belongs."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return False
    keys = [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("-", "_") for key in path.split(".")]
    return bool(_HYPER.search(keys[-1])) and not any(_NO_NUMBER.search(key) for key in keys)
