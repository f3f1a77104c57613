"""From the store to the samples of a report: the first, those that are best and worst, or those of several runs."""

from collections.abc import Iterable, Mapping, Sequence

from epochwatch_server.domain.run import Run
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.reports.run_report import SampleRow, SampleSheet
from epochwatch_server.reports.still_sample import error_of
from epochwatch_server.store import samples
from epochwatch_server.store.database import Connection

IN_A_ROW = 4
SIDE_BY_SIDE = 4  # samples of a comparison, each in as many columns as there are runs
MAX_IMAGE_BYTES = 1_500_000  # of one image
MAX_IMAGES_BYTES = 6_000_000  # of all images in a report
_WRONG_FLAG = 1e6  # a flag that is wrong is worse than any distance


def samples_of(connection: Connection, run: Run) -> SampleSheet:
    """Choose a run's samples: the best and the worst at its best epoch, and the same ones at the first."""
    epochs = samples.sample_epochs(connection, run.id)
    split = _split(epochs)
    if split is None:
        return SampleSheet()
    first, at = epochs[split][0], _epoch_at(epochs[split], run)
    shown = samples.list_samples(connection, run.id, split, at)
    ranked = sorted(shown, key=badness)
    worst = ranked[::-1][:IN_A_ROW]
    best = [sample for sample in ranked if sample not in worst][:IN_A_ROW]
    rows = []
    if first != at:
        begun = {sample.id: sample for sample in samples.list_samples(connection, run.id, split, first)}
        followed = [begun[sample.id] for sample in (*best[:2], *worst[:2]) if sample.id in begun]
        rows.append(_row(f"First: epoch {first}", followed or list(begun.values())[:IN_A_ROW]))
    rows += [_row(f"Best: smallest errors at epoch {at}", best), _row(f"Worst: largest errors at epoch {at}", worst)]
    rows = [row for row in rows if row.samples]
    note = f"{len(shown)} samples of {split} were kept at epoch {at}{_why(run, at)}."
    return sheet_of(connection, rows, note)


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
    ids = dict.fromkeys(name for of in found.values() for name in of)
    order = sorted(ids, key=lambda name: (-sum(name in of for of in found.values()), -_worst(found.values(), name)))
    rows = [
        SampleRow(name, [(label, found.get(run.id, {}).get(name)) for run, label in named])
        for name in order[:SIDE_BY_SIDE]
    ]
    where = f"at epoch {max(common)}, the last that all of them kept" if common else "each at its last epoch"
    return sheet_of(connection, rows, f"{len(rows)} of {len(ids)} samples of {split}, the worst first, {where}.")


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


def badness(sample: Sample) -> float:
    """Order samples by how wrong they are; a flag that is wrong is worst, what cannot be measured is no error."""
    error = error_of(sample) or 0.0
    if sample.gt_done is not None and sample.pred_done is not None:
        off = abs(sample.pred_done - sample.gt_done)
        error += off + (_WRONG_FLAG if off > 0.5 else 0.0)
    return error


def _worst(found: Iterable[Mapping[str, Sample]], name: str) -> float:
    return max(badness(of[name]) for of in found if name in of)


def _row(title: str, chosen: Sequence[Sample]) -> SampleRow:
    return SampleRow(title, [("", sample) for sample in chosen])


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
