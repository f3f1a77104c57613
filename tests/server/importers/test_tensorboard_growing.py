"""Event files while they are written: torn anywhere, joined by others, silent, damaged, written anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests.server.importers.foreign import age

from epochwatch_server.importers import tensorboard
from epochwatch_server.importers.epochs import by_own_steps
from epochwatch_server.importers.format import Mood
from epochwatch_server.importers.imported import PAUSE, EpochRow, ImportedRun, Item, Pause, Row
from epochwatch_server.importers.merging import WRITE_OUT_SECONDS, Source, merged


def write(folder: Path, *points: tuple[str, float, int]) -> Path:
    """Write scalars with torch's own writer, each file under a name of its own."""
    from torch.utils.tensorboard import SummaryWriter

    before = set(folder.glob("*tfevents*"))
    with SummaryWriter(str(folder), filename_suffix=f".{len(before)}") as writer:
        for name, value, step in points:
            writer.add_scalar(name, value, step)
    (file,) = set(folder.glob("*tfevents*")) - before
    return file


def live(path: Path) -> tuple[ImportedRun, Iterator[Item]]:
    (run,) = tensorboard.FORMAT.read(path, Mood.LIVE)
    return run, iter(run.items)


def so_far(items: Iterator[Item]) -> list[tuple[str, int, float]]:
    """Read until there is nothing more for now."""
    found = []
    for item in items:
        if isinstance(item, Pause):
            break
        if isinstance(item, Row):
            found += [(name, item.step, value) for name, value in item.metrics.items()]
    return found


def test_a_file_that_grows_byte_by_byte_gives_each_value_once(tmp_path: Path) -> None:
    points = [("train/loss", step + 0.5, step) for step in range(4)]
    whole = write(tmp_path / "whole", *points).read_bytes()
    growing = tmp_path / "growing" / "events.out.tfevents.1"
    growing.parent.mkdir()
    growing.write_bytes(b"")
    assert list(tensorboard.FORMAT.read(growing.parent, Mood.LIVE)) == []  # nothing tells it apart yet
    begun = whole.index(b"train/loss")
    growing.write_bytes(whole[:begun])
    run, items = live(growing.parent)
    found = []
    for place in range(begun, len(whole)):
        with growing.open("ab") as file:
            file.write(whole[place : place + 1])
        found += so_far(items)
    assert found == points_as_read(points[:-1])  # the last step may not be whole
    assert run.losses == []


def points_as_read(points: list[tuple[str, float, int]]) -> list[tuple[str, int, float]]:
    return [(name, step, value) for name, value, step in points]


def test_files_that_come_later_are_followed_too(tmp_path: Path) -> None:
    write(tmp_path / "train", *(("loss", 1.0, step) for step in range(4)))
    _, items = live(tmp_path)
    assert so_far(items) == [("train/loss", step, 1.0) for step in range(3)]
    write(tmp_path / "validation", ("loss", 2.0, 3))  # the first one, as Keras writes it after an epoch
    assert so_far(items) == []
    assert so_far(items) == []  # the training may still hold something older
    age(tmp_path, WRITE_OUT_SECONDS + 10)
    write(tmp_path / "train", ("loss", 1.5, 4), ("loss", 1.5, 5))  # it was resumed
    write(tmp_path / "validation", ("loss", 2.5, 5))
    found = so_far(items) + so_far(items) + so_far(items)
    assert found == [("train/loss", 3, 1.0), ("val/loss", 3, 2.0), ("train/loss", 4, 1.5)]


def test_a_silent_file_holds_others_back_no_longer_than_loggers_hold_what_they_write() -> None:
    def silent() -> Iterator[tuple[float, str] | Pause]:
        while True:
            yield PAUSE

    bounds = iter([1.5, 2.5])
    spoken: Iterator[tuple[float, str]] = iter([(1.0, "a"), (2.0, "b"), (3.0, "c")])
    both = merged([Source(spoken), Source(silent(), lambda: next(bounds))])
    assert [next(both) for _ in range(4)] == ["a", PAUSE, "b", PAUSE]


def test_a_damaged_record_loses_itself_alone_also_in_a_file_that_is_followed(tmp_path: Path) -> None:
    file = write(tmp_path, *(("loss", float(step), step) for step in range(5)))
    data = file.read_bytes()
    place = [at for at in range(len(data)) if data.startswith(b"loss", at)][2]
    file.write_bytes(data[:place] + b"LOSS" + data[place + 4 :])
    for mood, last in ((Mood.LIVE, 4), (Mood.WHOLE, 5)):
        (run,) = tensorboard.FORMAT.read(tmp_path, mood)
        assert [step for _, step, _ in so_far(iter(run.items))] == [step for step in range(last) if step != 2]
        assert run.losses == [f"{file.name}: record 4 is damaged"]


def test_a_length_that_cannot_be_believed_ends_what_is_read_and_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, *(("loss", float(step), step) for step in range(5)))
    data = file.read_bytes()
    frame = data.index(b"loss")
    while int.from_bytes(data[frame : frame + 8], "little") > 200:
        frame -= 1
    file.write_bytes(data[:frame] + b"\xff" * 12 + data[frame + 12 :])
    (run,) = tensorboard.FORMAT.read(tmp_path, Mood.WHOLE)
    assert so_far(iter(run.items)) == []
    assert "it and all behind it are lost" in run.losses[0]


def test_a_file_that_is_begun_anew_is_over(tmp_path: Path) -> None:
    file = write(tmp_path, *(("loss", float(step), step) for step in range(5)))
    run, items = live(tmp_path)
    assert len(so_far(items)) == 4
    file.write_bytes(b"")
    assert so_far(items) == []
    assert list(items) == []
    assert run.losses == [f"{file.name}: it was begun anew while it was followed"]


def test_what_the_profiler_leaves_holds_nothing_back(tmp_path: Path) -> None:
    write(tmp_path, *(("loss", float(step), step) for step in range(3)))
    (tmp_path / "events.out.tfevents.1.profile-empty").write_bytes(b"")
    _, items = live(tmp_path)
    assert len(so_far(items)) == 2


def test_what_is_not_kept_is_counted(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 0)
        for step in range(2):
            writer.add_histogram("weights", torch.arange(4.0), step)
    (run,) = tensorboard.FORMAT.read(tmp_path, Mood.WHOLE)
    assert so_far(iter(run.items)) == [("loss", 0, 1.0)]
    assert run.remarks == ["not kept: 2 histograms"]


@pytest.mark.parametrize(("steps", "epochs"), [(2, []), (3, []), (4, [0, 1, 2]), (6, [0, 1, 2, 3, 4])])
def test_steps_are_taken_for_epochs_only_once_that_cannot_change(tmp_path: Path, steps: int, epochs: list[int]) -> None:
    points = [(name, 1.0, step) for step in range(steps) for name in ("train/loss", "val/loss")]
    write(tmp_path, *points)
    (run,) = tensorboard.FORMAT.read(tmp_path, Mood.GROWING)
    items = list(run.items)
    assert sorted({item.epoch for item in items if isinstance(item, Row)}, key=str) == epochs
    (whole,) = tensorboard.FORMAT.read(tmp_path, Mood.WHOLE)
    told = [item for item in whole.items if isinstance(item, Row | EpochRow)]
    assert [item for item in items if isinstance(item, Row | EpochRow)] == told[: len(items)]
    assert {item.epoch for item in told} == set(range(steps))


def test_steps_without_a_validation_in_each_are_no_epochs() -> None:
    rows = [Row(step, None, 0.0, {"val/loss" if step % 2 else "train/loss": 1.0}) for step in range(6)]
    for is_whole in (True, False):
        assert list(by_own_steps(rows, is_whole=is_whole)) == rows
