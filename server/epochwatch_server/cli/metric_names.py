"""Names of metrics as the server takes them: what other programs allow in a name is more than a table can show."""

import hashlib

from epochwatch_server.flows.packet_header import MAX_NAME_CHARS, name_problem

_HASH_CHARS = 8  # tells apart what only differs behind the cut


class MetricNames:
    """Brings the names of one run into form, each name always the same; `changed` says which had to be. One thread."""

    def __init__(self) -> None:
        self.changed: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def take(self, name: str) -> str:
        """Return the name, or the one under which its values are kept."""
        taken = self._taken.get(name)
        if taken is None:
            taken = self._taken[name] = name if name_problem(name) is None else _shown(name)
            if taken != name:
                self.changed[name] = taken
        return taken


def _shown(name: str) -> str:
    """Make one line of it, and end it with a hash: of two names that look alike now none hides the other."""
    mark = f"~{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:_HASH_CHARS]}"
    line = "".join(sign if sign.isprintable() and sign != "\ufffd" else "_" for sign in name)
    shown = line[: MAX_NAME_CHARS - len(mark)] + mark
    return shown if name_problem(shown) is None else f"metric{mark}"
