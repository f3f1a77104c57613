"""The spool: the hook's own file of what the server has not confirmed. One checksummed record, one write, each call."""

import fcntl
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

from epochwatch.free_values import encode
from epochwatch.guard import warn_once

MAGIC = b"EWSPOOL1\n"
LAYOUT, POINTS, EVENT, PIXELS, IMAGE = 1, 2, 3, 4, 5
HEAD = struct.Struct("<II")  # payload length, crc32 of the payload
START = struct.Struct("<BQ")  # kind, number: how every payload begins
LAYOUT_ID = struct.Struct("<H")
KEY_BYTES = 16
PIXEL_SIZE = struct.Struct("<BHH")  # channels, width, height
NO_EPOCH = -1
ROW_FORMAT = "QHqid"  # of points, behind the kind: number, layout id, step, epoch, unix time; then the values
KIND_BYTES, CRC_OFFSET = 1, 4
ROW_OFFSET = HEAD.size + KIND_BYTES
ROW_PREFIX_BYTES = struct.calcsize("<Qqid")
EVENT_RESERVE_BYTES = 4 << 20  # events may pass the limit by this much: the end of a full run must be told
STANDARD_ERROR = 2
SUFFIX, MARK_SUFFIX = ".spool", ".mark"

Raw = bytes | bytearray | memoryview


class SpoolWriter:
    """The end of a spool that grows. Whoever calls holds the recorder's lock, but for `size`, which any thread reads.

    What does not fit or cannot be written is dropped and counted; the next call tries again.
    """

    __slots__ = (
        "drop_reason", "dropped", "dropped_untold", "fd", "folder", "head_bytes", "limit", "number", "path", "run",
        "size", "writer",
    )  # fmt: skip

    def __init__(self, folder: Path, run: str, writer: str, limit: int) -> None:
        self.run = run
        self.writer = writer
        self.limit = limit
        self.folder = folder
        self.path = spool_path(folder, run, writer)
        self.fd = -1
        self.size = 0
        self.head_bytes = len(MAGIC)  # what stands before the first unconfirmed record of a spool just shortened
        self.number = 0
        self.dropped = 0
        self.dropped_untold = 0
        self.drop_reason = ""

    def open(self) -> None:
        """Create the file under another name, lock it, then show it: nobody may find it unlocked.

        Raises:
            OSError: The folder cannot be written.
        """
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._show(self._new_file(MAGIC), len(MAGIC))

    def write(self, row: bytearray, count: int) -> None:
        """Append a whole record of points that has the number `number`; the hot path. count: values in it."""
        number = self.number
        # The number is taken before the write: an interrupt between the two leaves a gap, never a number used twice.
        self.number = number + 1
        size = self.size + len(row)
        try:
            written = os.write(self.fd, row) if size <= self.limit else 0
            if written == len(row):
                self.size = size
                return
            problem = self._take_back(written)
        except OSError as error:
            problem = str(error)
        self.number = number
        self._drop(count, problem)

    def append_event(self, event: dict[str, object]) -> bool:
        """Append an event; False when it had to be dropped."""
        return self._append(EVENT, [encode(event)], EVENT_RESERVE_BYTES)

    def append_image(self, key: bytes, shape: tuple[int, int, int] | None, data: Raw) -> bool:
        """Append an image once: pixels with their (channels, width, height), or a ready image file without."""
        if shape is None:
            return self._append(IMAGE, [key, data], 0)
        return self._append(PIXELS, [key, PIXEL_SIZE.pack(*shape), data], 0)

    def append_layout(self, layout_id: int, names: Sequence[str]) -> bool:
        """Append the names that a layout id stands for from now on."""
        return self._append(LAYOUT, [LAYOUT_ID.pack(layout_id), encode(names)], 0, count=0)

    def drop_points(self, count: int) -> None:
        """Count points whose names could not be written."""
        self._drop(count, self.drop_reason)

    def shorten(self, confirmed: int, confirmed_bytes: int, layouts: Mapping[int, Sequence[str]]) -> bool:
        """Start a fresh file with what lies behind `confirmed_bytes`; False, and nothing changed, when it cannot be.

        On a full disk nothing fresh can be made: when all is confirmed the file itself is written anew then.

        Args:
            confirmed: number of the first record that stays.
            confirmed_bytes: where it begins.
            layouts: the layouts in force there. They are written again under a number that is confirmed already,
                so that the rest stays readable and is not numbered anew.
        """
        try:
            with self.path.open("rb") as old:
                old.seek(confirmed_bytes)
                rest = old.read()
            heads = [
                b"".join(record(LAYOUT, confirmed - 1, [LAYOUT_ID.pack(layout_id), encode(names)]))
                for layout_id, names in layouts.items()
            ]
            content = b"".join([MAGIC, *heads, rest])
            try:
                self._show(self._new_file(content), len(content))
            except OSError:
                if rest or len(content) >= self.size:
                    return False
                self._write_anew(content)
            self.head_bytes = len(content) - len(rest)
        except OSError:
            return False
        return True

    def sync(self) -> None:
        """Make what was written survive a power cut."""
        if self.fd >= 0:
            os.fdatasync(self.fd)

    def close(self) -> None:
        """Close the file, which gives its lock away; what comes later is dropped."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def remove(self) -> None:
        """Delete the spool and its mark: everything in it is on the server."""
        for path in (self.path, mark_path(self.path)):
            path.unlink(missing_ok=True)
        self.close()

    def _append(self, kind: int, parts: Sequence[Raw], reserve: int, count: int = 1) -> bool:
        number = self.number
        whole = record(kind, number, parts)
        size = self.size + sum(memoryview(part).nbytes for part in whole)
        self.number = number + 1
        try:
            written = os.writev(self.fd, whole) if size <= self.limit + reserve else 0
            if written == size - self.size:
                self.size = size
                return True
            problem = self._take_back(written)
        except OSError as error:
            problem = str(error)
        self.number = number
        return self._drop(count, problem)

    def _take_back(self, written: int) -> str:
        """Undo a write that stopped half way, as on a full disk: later records would hide behind it."""
        if not written:
            return f"the spool reached its limit of {self.limit:,} bytes"
        try:
            os.ftruncate(self.fd, os.fstat(self.fd).st_size - written)
        except OSError:
            self.close()
        return "the disk took only a part of a record; it is probably full"

    def _drop(self, count: int, reason: str) -> bool:
        self.dropped += count
        self.dropped_untold += count
        self.drop_reason = reason
        warn_once(
            f"dropping {self.path}",
            f"cannot keep what is logged ({reason}; spool {self.path}). The training goes on; "
            "what is dropped is counted and shown on the run's page.",
        )
        return False

    def _new_file(self, content: bytes) -> int:
        scratch = self.folder / f".{self.run}.{self.writer}-{os.urandom(4).hex()}.new"
        fd = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_RDWR, 0o600)
        try:
            fd = _beyond_terminal(fd)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.write(fd, content) != len(content):
                raise OSError("the disk took only a part of a new spool")
            scratch.rename(self.path)
        except OSError:
            os.close(fd)
            scratch.unlink(missing_ok=True)
            raise
        return fd

    def _write_anew(self, content: bytes) -> None:
        """Replace what is in the file by less, in the room it has: killed half way, old records are sent once more."""
        with self.path.open("r+b") as file:  # another handle: what goes through ours is appended
            file.write(content)
            file.truncate()
        self.size = len(content)

    def _show(self, fd: int, size: int) -> None:
        self.close()
        self.fd, self.size = fd, size


def _beyond_terminal(fd: int) -> int:
    """Move a file off the numbers of a closed terminal: whatever is still printed there would end up in it."""
    if fd > STANDARD_ERROR:
        return fd
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, STANDARD_ERROR + 1)
    os.close(fd)
    return moved


def record(kind: int, number: int, parts: Sequence[Raw]) -> list[Raw]:
    """Put a record together, without copying its parts: length, checksum, kind, number, parts."""
    start = START.pack(kind, number)
    crc, length = crc32(start), len(start)
    for part in parts:
        crc = crc32(part, crc)
        length += memoryview(part).nbytes
    return [HEAD.pack(length, crc), start, *parts]


def spool_path(folder: Path, run: str, writer: str) -> Path:
    """Name the spool of a run's writer."""
    return folder / f"{run}.{writer}{SUFFIX}"


def mark_path(spool: Path) -> Path:
    """Name the file beside a spool that says how much of it is confirmed."""
    return spool.with_suffix(MARK_SUFFIX)


def open_spool(folders: Sequence[Path], run: str, writer: str, limit: int) -> SpoolWriter:
    """Open a spool in the first folder that takes it; when none does, one that drops and counts everything."""
    reason = ""
    for place, folder in enumerate(folders):
        spool = SpoolWriter(folder, run, writer, limit)
        try:
            spool.open()
        except OSError as error:
            reason = reason or str(error)
            continue
        if place:
            warn_once("spool folder", f"the spool folder cannot be written ({reason}); {folder} is taken instead.")
        return spool
    warn_once("spool folder", f"no spool folder can be written ({reason}); what is logged is dropped and counted.")
    return SpoolWriter(folders[0], run, writer, limit)
