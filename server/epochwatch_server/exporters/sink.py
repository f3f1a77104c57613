"""A file that is never on a disk: a library writes into it, and what it wrote is taken away to be sent."""

import io


class Sink(io.RawIOBase):
    """Collects bytes until they are taken. One thread."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: object) -> int:
        """Take bytes."""
        part = bytes(data)  # type: ignore[call-overload]  # whatever holds bytes
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        """Say how much was written in all."""
        return self._position

    def take(self) -> bytes:
        """Take away what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
