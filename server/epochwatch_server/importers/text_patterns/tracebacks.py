"""A Python traceback: where it begins, what belongs to it, and what it says."""

import re
from dataclasses import dataclass, field

MAX_LINES = 400
_BEGIN = "Traceback (most recent call last):"
_ERROR = re.compile(r"(?:[\w.]+(?:Error|Exception|Interrupt|Exit|Warning|Iteration|Group)\b|[\w]+(?:\.[\w]+)+)(?::.*)?")
_BETWEEN = re.compile(r"(?:The above exception was|During handling of the above).*")


@dataclass(slots=True)
class TracebackReader:
    """Follows a log; `lines` holds the last traceback, whole or not yet. take: whether a line belongs to one."""

    lines: list[str] = field(default_factory=list)
    _is_open: bool = False
    _has_error: bool = False

    def take(self, line: str) -> bool:
        """Take a line when it belongs to a traceback."""
        if line.strip().endswith(_BEGIN):
            if not self._has_error:
                self.lines.clear()
            self._is_open = True
            self._keep(line.strip())
            return True
        if self._is_open:
            self._is_open = line.startswith((" ", "\t")) or not line.strip()
            if self._is_open or _ERROR.match(line):
                self._has_error = self._has_error or not self._is_open
                self._keep(line)
                return True
        elif self._has_error and (_BETWEEN.fullmatch(line.strip()) or not line.strip()):
            self._keep(line)
            return True
        return False

    def forget(self) -> None:
        """The training went on: it was no end."""
        self.lines.clear()
        self._is_open = self._has_error = False

    @property
    def text(self) -> str:
        """The traceback, empty when there is none."""
        return "\n".join(self.lines).strip()

    def _keep(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) > MAX_LINES:
            del self.lines[1 : len(self.lines) - MAX_LINES + 1]
