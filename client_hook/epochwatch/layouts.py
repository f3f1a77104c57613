"""The names that are logged together, packed once as a number, and which of them meet in one step."""

import struct
from collections.abc import Sequence
from zlib import crc32

from epochwatch.epoch_statistics import EpochStatistics
from epochwatch.spool import CRC_OFFSET, HEAD, KIND_BYTES, POINTS, ROW_FORMAT, ROW_OFFSET, SpoolWriter

MAX_LAYOUTS = 4096  # more sets of names than any loop has; beyond it the table begins anew
MAX_LAYOUT_IDS = 1 << 16  # two bytes in a record; an id that comes again stands for its new names from there on
FOLD_ROWS = 256  # calls between two foldings of the epoch's statistics: rarer than one in a hundred, so p99 sees none
MAX_PENDING_VALUES = 32_768  # of one layout: a wide one is folded earlier
_CRC = struct.Struct("<I")


class Layout:
    """Names in their order. The buffer is filled and written anew for each row."""

    __slots__ = (
        "buffer", "crc", "fold_at", "id", "is_written", "names", "overlaps", "pack", "payload", "pending", "types",
    )  # fmt: skip

    def __init__(self, layout_id: int, names: tuple[str, ...]) -> None:
        self.id = layout_id
        self.names = names
        self.is_written = False  # whether the spool has the names
        self.overlaps: set[int] = set()  # ids of the layouts that share a name with this one, itself included
        row = struct.Struct(f"<{ROW_FORMAT}{len(names)}d")
        size = HEAD.size + KIND_BYTES + row.size
        self.buffer = bytearray(size)
        HEAD.pack_into(self.buffer, 0, size - HEAD.size, 0)
        self.buffer[HEAD.size] = POINTS
        self.payload = memoryview(self.buffer)[HEAD.size :]
        self.pack = row.pack_into
        self.crc = _CRC.pack_into
        self.types: list[type] = []  # of the last row that needed no conversion
        self.pending: list[Sequence[float]] = []  # rows of this epoch that are in no statistics yet
        self.fold_at = max(4, min(FOLD_ROWS, MAX_PENDING_VALUES // max(1, len(names))))

    def fill(self, number: int, step: int, epoch: int, time: float, row: Sequence[float]) -> bytearray:
        """Make the record of a row; it is only good until the next one.

        Raises:
            struct.error, OverflowError, TypeError: a value is no float.
        """
        self.pack(self.buffer, ROW_OFFSET, number, self.id, step, epoch, time, *row)
        self.crc(self.buffer, CRC_OFFSET, crc32(self.payload))
        return self.buffer

    def fold(self, statistics: dict[str, EpochStatistics]) -> None:
        """Add the pending rows to the statistics of their names."""
        rows, self.pending = self.pending, []
        for name, column in zip(self.names, zip(*rows, strict=True), strict=False):
            found = statistics.get(name)
            if found is None:
                found = statistics[name] = EpochStatistics()
            found.add(column)


class LayoutTable:
    """Every layout of a run's writer. Whoever calls holds the recorder's lock."""

    def __init__(self, spool: SpoolWriter) -> None:
        self.by_keys: dict[tuple[str, ...], Layout] = {}  # a dictionary's keys -> its layout, when they are its names
        self._spool = spool
        self._by_names: dict[tuple[str, ...], Layout] = {}
        self._by_id: dict[int, Layout] = {}
        self._made = 0
        self._ids_with: dict[str, set[int]] = {}  # a single name -> the layouts that have it

    def find(self, names: tuple[str, ...], statistics: dict[str, EpochStatistics]) -> Layout:
        """Return the layout of names, a new one if need be. The spool is asked again until it took the names."""
        layout = self._by_names.get(names)
        if layout is None:
            if len(self._by_names) >= MAX_LAYOUTS:
                self.fold(statistics)
                self.by_keys.clear()
                self._by_names, self._by_id, self._ids_with = {}, {}, {}
            layout = self._by_names[names] = Layout(self._made % MAX_LAYOUT_IDS, names)
            self._made += 1
            self._link(layout)
        if not layout.is_written:
            layout.is_written = self._spool.append_layout(layout.id, names)
        return layout

    def learn(self, layout: Layout, types: list[type]) -> None:
        """Remember that a dictionary whose keys are the names can be written as it is, with values of these types."""
        layout.types = types
        self.by_keys[layout.names] = layout

    def fold(self, statistics: dict[str, EpochStatistics]) -> None:
        """Add every pending row to the statistics."""
        for layout in self._by_names.values():
            if layout.pending:
                layout.fold(statistics)

    def _link(self, layout: Layout) -> None:
        for name in layout.names:
            sharing = self._ids_with.setdefault(name, set())
            layout.overlaps |= sharing
            sharing.add(layout.id)
        for other in layout.overlaps:
            self._by_id[other].overlaps.add(layout.id)
        layout.overlaps.add(layout.id)
        self._by_id[layout.id] = layout
