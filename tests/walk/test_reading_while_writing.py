"""The sender reads the spool while the training writes it: a record seen half written is waited for, not given up."""

import os
from io import FileIO
from pathlib import Path

from epochwatch.spool import MAGIC, POINTS, record
from epochwatch.spool_reader import SpoolReader


class SlowReader(SpoolReader):
    """Pauses after its last look at a torn record, like a thread that lost its turn, while the writer goes on."""

    file: FileIO
    rest: bytes

    def _second_look(self) -> bytes | None:
        found = super()._second_look()
        self.file.write(self.rest)
        self.rest = b""
        return found


def test_a_record_that_becomes_whole_after_the_last_look_is_not_taken_for_damage(tmp_path: Path) -> None:
    records = [b"".join(record(POINTS, number, [bytes(40)])) for number in range(3)]
    with FileIO(tmp_path / "spool", "w") as file:
        file.write(MAGIC + records[0] + records[1][:30])
        reader = SlowReader(os.open(tmp_path / "spool", os.O_RDONLY), is_live=True)
        reader.file, reader.rest = file, records[1][30:] + records[2]

        read = [reader.read() for _ in range(3)]
        reader.close()

    assert [(found.kind, found.number) for found in read if found] == [(POINTS, 0), (POINTS, 1), (POINTS, 2)]
    assert reader.damaged_bytes == 0
