"""Read as much of a file as there is to read, and remember what was lost."""

import zlib
from pathlib import Path

from epochwatch_server.domain.errors import InvalidInput

MAX_BYTES = 512 * 1024 * 1024  # unpacked; a gzip file could grow without end
MAX_TOLD = 3  # losses named one by one; of more the number is enough
_PART_BYTES = 1 << 12  # packed; this much is lost at most in front of a damaged place
_GZIP = 16 + zlib.MAX_WBITS


class Losses:
    """Collects what could not be read, the first few in words."""

    def __init__(self) -> None:
        self.count = 0
        self._told: list[str] = []

    def add(self, what: str) -> None:
        """Note one loss."""
        self.count += 1
        if len(self._told) < MAX_TOLD:
            self._told.append(what)

    def told(self) -> tuple[str, ...]:
        """Return the losses as sentences without their full stops."""
        more = self.count - len(self._told)
        return (*self._told, f"{more:,} more like these") if more else tuple(self._told)


def read_text(path: Path, losses: Losses) -> str:
    """Read a file, unpacked if its name says so, as far as it goes.

    Raises:
        InvalidInput: Nothing of it can be read, or it is too large.
    """
    try:
        data = _unpack(path, losses) if path.name.endswith(".gz") else _read(path)
    except (OSError, zlib.error) as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}") from problem
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{path} holds more than {MAX_BYTES // 1024**2} MiB; expected a smaller recording")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        losses.add(f"bytes that are no UTF-8 ({problem.reason} at byte {problem.start:,})")
        return data.decode("utf-8-sig", errors="replace")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _unpack(path: Path, losses: Losses) -> bytes:
    """Unpack part by part, so that what stands before the damage is kept; several packed files in one are one."""
    data, unpacker, is_within = bytearray(), zlib.decompressobj(_GZIP), False
    with path.open("rb") as file:
        while len(data) <= MAX_BYTES and (part := file.read(_PART_BYTES)):
            try:
                while part and len(data) <= MAX_BYTES:
                    data += unpacker.decompress(part, MAX_BYTES + 1 - len(data))
                    part, is_within = unpacker.unused_data, not unpacker.eof
                    unpacker = unpacker if is_within else zlib.decompressobj(_GZIP)
            except zlib.error as problem:
                if not data:
                    raise
                losses.add(f"the end of the file: it is damaged ({problem})")
                return bytes(data)
    if is_within:
        losses.add("the end of the file: it is cut off")
    return bytes(data)
