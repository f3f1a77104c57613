"""The spool on disk: what is written comes back whole, whatever happens to the file."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from epochwatch.layouts import LayoutTable
from epochwatch.leftovers import is_held, split_name
from epochwatch.mark import Mark, read_mark, write_mark
from epochwatch.spool import EVENT, LAYOUT, MAGIC, POINTS, SpoolWriter, mark_path, open_spool
from epochwatch.spool_reader import DAMAGED, NotASpool, Record, SpoolReader
from epochwatch.wire import Limits, cut


@pytest.fixture
def spool(tmp_path: Path) -> SpoolWriter:
    writer = SpoolWriter(tmp_path / "spool", "run1", "r0-aa", 1 << 30)
    writer.open()
    return writer


def write_points(spool: SpoolWriter, count: int, table: LayoutTable | None = None) -> LayoutTable:
    table = table or LayoutTable(spool)
    layout = table.find(("train/loss", "train/acc"), {})
    assert layout is not None
    for step in range(count):
        spool.write(layout.fill(spool.number, step, 0, 1.75e9, (float(step), 0.5)), 2)
    return table


def read_all(path: Path, *, is_live: bool = False, start: int = 0) -> tuple[list[Record], SpoolReader]:
    reader = SpoolReader(os.open(path, os.O_RDONLY), is_live=is_live)
    reader.go_to(start)
    records = list(iter(reader.read, None))
    reader.close()
    return records, reader


def test_records_come_back_in_their_order(spool: SpoolWriter) -> None:
    write_points(spool, 3)
    spool.append_event({"type": "note", "time": 1.0, "text": "ä"})
    spool.append_image(b"k" * 16, (3, 1, 1), b"\x01\x02\x03")
    spool.append_image(b"k" * 16, None, b"\x89PNG")
    records, reader = read_all(spool.path)
    assert [(record.kind, record.number) for record in records] == [
        (LAYOUT, 0), (POINTS, 1), (POINTS, 2), (POINTS, 3), (EVENT, 4), (4, 5), (5, 6),
    ]  # fmt: skip
    assert reader.layouts == {0: ["train/loss", "train/acc"]}
    assert reader.offset == spool.path.stat().st_size == spool.size
    assert spool.path.stat().st_mode & 0o777 == 0o600


def test_the_file_is_never_there_unlocked(spool: SpoolWriter) -> None:
    assert is_held(spool.path)
    assert [path.name for path in spool.folder.iterdir()] == ["run1.r0-aa.spool"]
    spool.close()
    assert not is_held(spool.path)


@pytest.mark.parametrize("cut_off", range(1, 54, 7))
def test_a_torn_last_record_is_cut_off(spool: SpoolWriter, cut_off: int) -> None:
    write_points(spool, 5)
    os.truncate(spool.path, spool.size - cut_off)
    records, reader = read_all(spool.path)
    assert [record.number for record in records] == [0, 1, 2, 3, 4][: len(records)]
    assert len(records) == 5
    assert not reader.damaged_bytes


def test_a_live_reader_waits_for_the_rest_of_a_record(spool: SpoolWriter, tmp_path: Path) -> None:
    write_points(spool, 5)
    whole = spool.path.read_bytes()
    growing = tmp_path / "growing"
    growing.write_bytes(whole[:-10])
    reader = SpoolReader(os.open(growing, os.O_RDONLY), is_live=True)
    assert len(list(iter(reader.read, None))) == 5
    assert not reader.has_more()
    growing.write_bytes(whole)
    assert reader.has_more()
    assert [record.number for record in iter(reader.read, None)] == [5]
    assert not reader.has_more()
    reader.close()


def test_one_flipped_bit_loses_one_record(spool: SpoolWriter) -> None:
    table = write_points(spool, 50)
    write_points(spool, 50, table)
    whole = spool.path.read_bytes()
    rng = random.Random(3)
    for _ in range(60):
        place = rng.randrange(len(MAGIC) + 60, len(whole) - 55)
        bent = bytearray(whole)
        bent[place] ^= 1 << rng.randrange(8)
        spool.path.write_bytes(bent)
        records, _ = read_all(spool.path)
        good = [record.number for record in records if record.kind != DAMAGED]
        lost = [(record.number, record.count) for record in records if record.kind == DAMAGED]
        assert len(good) == 100
        assert lost == [(next(n for n in range(101) if n not in good), 1)]


def test_a_hole_of_zeros_loses_only_what_it_covers(spool: SpoolWriter) -> None:
    write_points(spool, 2000)
    whole = bytearray(spool.path.read_bytes())
    whole[40_000:44_096] = bytes(4096)
    spool.path.write_bytes(whole)
    records, reader = read_all(spool.path)
    (damaged,) = [record for record in records if record.kind == DAMAGED]
    assert damaged.count == pytest.approx(4096 / 55, abs=2)
    assert sum(record.count for record in records) == 2001
    assert reader.damaged_bytes >= 4096


def test_points_whose_names_were_damaged_are_counted_as_lost(spool: SpoolWriter) -> None:
    write_points(spool, 3)
    whole = bytearray(spool.path.read_bytes())
    whole[len(MAGIC) + 20] ^= 255  # inside the layout's names
    spool.path.write_bytes(whole)
    reader = SpoolReader(os.open(spool.path, os.O_RDONLY), is_live=False)
    batch = cut(reader, Limits())
    reader.close()
    assert batch is not None
    assert (batch.first, batch.count, batch.rows) == (0, 4, {})
    assert len(batch.events) == 4
    assert all(b'"type": "dropped"' in event for event in batch.events)


def test_what_is_no_spool_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for content in (b"", b"EWSPOOL2\n", b"\x00" * 100):
        path.write_bytes(content)
        fd = os.open(path, os.O_RDONLY)
        with pytest.raises(NotASpool):
            SpoolReader(fd, is_live=False)
        os.close(fd)


def test_reading_can_start_anywhere(spool: SpoolWriter) -> None:
    write_points(spool, 10)
    for start in range(12):
        records, reader = read_all(spool.path, start=start)
        assert [record.number for record in records] == list(range(start, 11))
        assert reader.number == 11
        assert start == 0 or reader.layouts


def test_a_shortened_spool_keeps_names_numbers_and_rest(spool: SpoolWriter) -> None:
    table = write_points(spool, 100)
    reader = SpoolReader(os.open(spool.path, os.O_RDONLY), is_live=True)
    for _ in range(81):
        reader.read()
    assert spool.shorten(reader.number, reader.offset, reader.layouts)
    reader.replace_file(os.open(spool.path, os.O_RDONLY))
    write_points(spool, 5, table)
    batch = cut(reader, Limits())
    reader.close()
    assert batch is not None
    assert (batch.first, batch.count) == (81, 25)
    ((names, rows),) = batch.rows.values()
    assert names == ["train/loss", "train/acc"]
    assert len(rows) == 25
    assert is_held(spool.path)
    records, fresh = read_all(spool.path)
    assert fresh.base == 80
    assert sum(record.kind == POINTS for record in records) == 25


def test_a_spool_on_a_full_disk_is_shortened_where_it_lies(spool: SpoolWriter, tmp_path: Path) -> None:
    layout = LayoutTable(spool).find(("a", "b"), {})
    for step in range(100):
        spool.write(layout.fill(spool.number, step, 0, 1.0, (1.0, 2.0)), 2)
    reader = SpoolReader(os.open(spool.path, os.O_RDONLY), is_live=True)
    while reader.read() is not None:
        pass
    before = spool.size
    spool.writer = "w" * 300  # no name for a fresh file: nothing can be made in the folder, as on a full disk
    assert spool.shorten(reader.number, reader.offset, reader.layouts)
    assert spool.size == spool.path.stat().st_size < before / 10
    spool.write(layout.fill(spool.number, 100, 0, 1.0, (3.0, 4.0)), 2)
    reader.close()
    records, again = read_all(spool.path)
    assert (again.damaged_bytes, again.layouts) == (0, {layout.id: ["a", "b"]})
    assert [record.number for record in records if record.kind == POINTS] == [101]


def test_beyond_its_limit_points_are_dropped_and_counted_but_the_end_fits(tmp_path: Path) -> None:
    spool = SpoolWriter(tmp_path, "run1", "r0-aa", 1000)
    spool.open()
    write_points(spool, 100)
    assert spool.append_event({"type": "end"})
    records, _ = read_all(spool.path)
    kept = sum(record.kind == POINTS for record in records)
    assert 10 < kept < 20
    assert spool.dropped == 2 * (100 - kept)
    assert [record.number for record in records] == list(range(len(records)))
    assert "limit of 1,000 bytes" in spool.drop_reason


def test_an_unwritable_folder_gives_way_to_the_temporary_one(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    spool = open_spool([blocked / "spool", tmp_path / "second"], "run1", "r0-aa", 1000)
    assert spool.folder == tmp_path / "second"
    assert spool.fd >= 0
    spool.close()


def test_without_any_folder_everything_is_dropped_and_counted(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    spool = open_spool([blocked / "a", blocked / "b"], "run1", "r0-aa", 1000)
    assert not spool.append_event({"type": "note"})
    assert spool.dropped == 1


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from epochwatch.layouts import LayoutTable
from epochwatch.spool import SpoolWriter

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = SpoolWriter(Path(sys.argv[1]), "run1", "r0-aa", 1 << 30)
spool.open()
layout = LayoutTable(spool).find(("a", "b"), {})
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
for step in range(200):
    spool.write(layout.fill(spool.number, step, 0, 1.0, (1.0, 2.0)), 2)
assert spool.dropped > 100, spool.dropped
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for step in range(200, 300):
    spool.write(layout.fill(spool.number, step, 0, 1.0, (1.0, 2.0)), 2)
print(spool.dropped // 2)
"""


def test_a_full_disk_tears_nothing_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=30, check=True
    )
    records, reader = read_all(tmp_path / "run1.r0-aa.spool")
    assert not reader.damaged_bytes
    assert [record.number for record in records] == list(range(len(records)))
    assert sum(record.kind == POINTS for record in records) == 300 - int(done.stdout)


def test_a_mark_is_read_back_and_nonsense_means_nothing_is_confirmed(tmp_path: Path) -> None:
    spool = tmp_path / "a.r0-x.spool"
    write_mark(spool, Mark(7, 100, finished=True))
    assert read_mark(spool) == Mark(7, 100, finished=True)
    for nonsense in ("", "[]", "{}", '{"confirmed": "7", "offset": 1, "finished": false}', "\x00" * 50, "[" * 5000):
        mark_path(spool).write_text(nonsense)
        assert read_mark(spool) == Mark()
    mark_path(spool).unlink()
    assert read_mark(spool) == Mark()


def test_names_of_spools_are_taken_apart_from_the_right() -> None:
    assert split_name(Path("a.b.c.r0-12.spool")) == ("a.b.c", "r0-12")
    assert split_name(Path("odd.spool")) == ("", "")
