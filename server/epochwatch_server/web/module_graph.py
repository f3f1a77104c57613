"""Which modules a page's script imports, so that the page can ask for all of them at once and not level by level."""

import posixpath
import re
from collections.abc import Callable

_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


def modules_of(entry: str, read: Callable[[str], str | None]) -> tuple[str, ...]:
    """List the modules that a module imports, directly and not, each once, nearest first.

    Args:
        entry: Path of the module, `js/pages/run.js`; it is not among what is listed.
        read: Tells the source of a module, None where there is no such file.
    """
    found = {entry: True}
    queue = [entry]
    for path in queue:
        for target in _IMPORT.findall(read(path) or ""):
            module = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if module not in found and read(module) is not None:
                found[module] = True
                queue.append(module)
    return tuple(queue[1:])
