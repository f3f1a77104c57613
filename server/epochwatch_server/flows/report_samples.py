"""From the store to the samples of a report: the first, those that are best and worst, or those of several runs."""

from collections.abc import Mapping, Sequence

from epochwatch_server.domain.run import Run
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.domain.sample_errors import error_of, flag_gap, unit_of, units_of, worst_first, wrong_flags
from epochwatch_server.reports.run_report import SampleRow, SampleSheet
from epochwatch_server.store import samples
from epochwatch_server.store.database import Connection

IN_A_ROW = 4
SIDE_BY_SIDE = 4  # samples of a comparison, each in as many columns as there are runs
MAX_IMAGE_BYTES = 1_500_000  # of one image
MAX_IMAGES_BYTES = 6_000_000  # of all images in a report
MOST_UNITS = 3  # that are ranked, each for itself


def samples_of(connection: Connection, run: Run) -> SampleSheet:
    """Choose a run's samples: the best and the worst at its best epoch, and the same ones at the first."""
    epochs = samples.sample_epochs(connection, run.id)
    split = _split(epochs)
    if split is None:
        return SampleSheet()
    first, at = epochs[split][0], _epoch_at(epochs[split], run)
    shown = samples.list_samples(connection, run.id, split, at)
    rows = ranked_rows(shown, at)
    if first != at:
        begun = {sample.id: sample for sample in samples.list_samples(connection, run.id, split, first)}
        told = dict.fromkeys(sample.id for row in rows for _, sample in row.samples[:2] if sample is not None)
        followed = [begun[name] for name in told if name in begun][:IN_A_ROW]
        rows.insert(0, _row(f"First: epoch {first}", followed or list(begun.values())[:IN_A_ROW]))
    note = f"{len(shown)} samples of {split} were kept at epoch {at}{_why(run, at)}."
    return sheet_of(connection, [row for row in rows if row.samples], f"{note}{_measured(shown)}")


def ranked_rows(shown: Sequence[Sample], epoch: int) -> list[SampleRow]:
    """Lay out an epoch's samples: the best and the worst in each unit, then flags that are wrong; never mixed."""
    rows = []
    for unit in units_of(shown)[:MOST_UNITS]:
        worst = worst_first(shown, unit)
        each = min(IN_A_ROW, max(1, len(worst) // 2))
        word = f", in {unit}" if unit else ""
        if len(worst) > 1:
            rows.append(_row(f"Best: smallest errors at epoch {epoch}{word}", worst[: -each - 1 : -1]))
        rows.append(_row(f"Worst: largest errors at epoch {epoch}{word}", worst[:each]))
    wrong = wrong_flags(shown)
    if wrong:
        flagged = sum(flag_gap(sample) is not None for sample in shown)
        rows.append(_row(f"Wrong flag: {len(wrong)} of {flagged} at epoch {epoch}, the furthest off first", wrong))
    if not rows:
        rows.append(_row(f"As sent: epoch {epoch}", shown))
    return rows


def samples_beside(connection: Connection, named: Sequence[tuple[Run, str]]) -> SampleSheet:
    """Choose samples of several runs at the last epoch that all of them kept some of; the worst first."""
    kept = [samples.sample_epochs(connection, run.id) for run, _ in named]
    split = _split({name: of[name] for of in kept for name in of})
    having = [(run, name, of[split]) for (run, name), of in zip(named, kept, strict=True) if split and of.get(split)]
    if split is None or len(having) < 2:
        return SampleSheet()
    common = set.intersection(*(set(epochs) for _, _, epochs in having))
    at = {run.id: max(common) if common else epochs[-1] for run, _, epochs in having}
    found = {
        run.id: {sample.id: sample for sample in samples.list_samples(connection, run.id, split, at[run.id])}
        for run, _, _ in having
    }
    order, unit = order_beside(list(found.values()))
    rows = [
        SampleRow(name, [(label, found.get(run.id, {}).get(name)) for run, label in named])
        for name in order[:SIDE_BY_SIDE]
    ]
    where = f"at epoch {max(common)}, the last that all of them kept" if common else "each at its last epoch"
    by = f", the worst in {unit} first" if unit else ""
    return sheet_of(connection, rows, f"{len(rows)} of {len(order)} samples of {split}{by}, {where}.")


def order_beside(found: Sequence[Mapping[str, Sample]]) -> tuple[list[str], str]:
    """Order the samples of several runs as the Compare page does: those of every run first, the worst of them first.

    Args:
        found: Of each run its samples by their id.

    Returns:
        Their ids, and the unit in which they are measured: the one of most samples; empty without one.
    """
    units = units_of(sample for of in found for sample in of.values())
    unit = units[0] if units else ""
    worst: dict[str, float] = {}
    for of in found:
        for name, sample in of.items():
            error = error_of(sample)
            own = -1.0 if error is None or unit_of(sample) != unit else error
            worst[name] = max(own, worst.get(name, -1.0))
    return sorted(worst, key=lambda name: (-sum(name in of for of in found), -worst[name])), unit


def sheet_of(connection: Connection, rows: Sequence[SampleRow], note: str) -> SampleSheet:
    """Read the images of some rows, as far as they fit."""
    wanted = dict.fromkeys(sample.image for row in rows for _, sample in row.samples if sample and sample.image)
    images: dict[str, Image] = {}
    left, size = 0, 0
    for sha256 in wanted:
        image = samples.get_image(connection, sha256)
        if image is None or len(image.data) > MAX_IMAGE_BYTES or size + len(image.data) > MAX_IMAGES_BYTES:
            left += 1
            continue
        size += len(image.data)
        images[sha256] = image
    told = f" {left} of {len(wanted)} images are too large for a report." if left else ""
    return SampleSheet(rows, images, note + told)


def _measured(shown: Sequence[Sample]) -> str:
    """Say how many samples each ranking rests on, where there is more than one."""
    units = units_of(shown)
    if len(units) < 2:
        return ""
    counts = [f"{len(worst_first(shown, unit))} in {unit or 'no unit'}" for unit in units]
    return f" They are measured in different units, each ranked for itself: {', '.join(counts)}."


def _row(title: str, chosen: Sequence[Sample]) -> SampleRow:
    return SampleRow(title, [("", sample) for sample in chosen[:IN_A_ROW]])


def _split(epochs: dict[str, list[int]]) -> str | None:
    """Choose the split that the page shows first."""
    known = [split for split, of in epochs.items() if of]
    return "val" if "val" in known else min(known, default=None)


def _epoch_at(epochs: Sequence[int], run: Run) -> int:
    """Find the epoch with samples that is the best one, or the last before it; without a best epoch the newest."""
    best = run.tracked.best_epoch if run.tracked is not None else None
    before = [epoch for epoch in epochs if best is not None and epoch <= best]
    return before[-1] if before else epochs[-1]


def _why(run: Run, at: int) -> str:
    best = run.tracked.best_epoch if run.tracked is not None else None
    if run.tracked is None or best is None:
        return ", the newest"
    return (
        f", the best of {run.tracked.metric}" if best == at else f"; the best of {run.tracked.metric} was epoch {best}"
    )
