"""Samples of a run and the images they show; an image is stored once, under the hash of its bytes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from epochwatch_server.domain.packet import Rejection, SampleRecord
from epochwatch_server.domain.sample import Image, Sample
from epochwatch_server.store.columns import clean_text, from_json, from_json_floats, to_json
from epochwatch_server.store.statement import Statement, portions, question_marks

_PUT_IMAGE = Statement(
    "INSERT INTO image (sha256, media_type, width, height, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING"
)
_HAS_IMAGE = Statement("SELECT 1 FROM image WHERE sha256 = ?")
_NAME_IMAGE = Statement(
    "INSERT INTO run_image (run_id, key, sha256) VALUES (?, ?, ?) "
    "ON CONFLICT (run_id, key) DO UPDATE SET sha256 = excluded.sha256"
)
_GET_IMAGE = Statement("SELECT sha256, media_type, width, height, data FROM image WHERE sha256 = ?")
_PUT_SAMPLE = Statement(
    "INSERT INTO sample (run_id, split, epoch, name, step, time_ms, sha256, shown, caption, extra) "
    "VALUES ({values}) ON CONFLICT (run_id, split, epoch, name) DO UPDATE SET "
    "step = excluded.step, time_ms = excluded.time_ms, sha256 = excluded.sha256, shown = excluded.shown, "
    "caption = excluded.caption, extra = excluded.extra",
    values=question_marks(range(10)),
)
_LIST = Statement(
    "SELECT sample.split, sample.name, sample.epoch, sample.step, sample.time_ms, sample.sha256, image.width, "
    "image.height, sample.shown, sample.caption, sample.extra "
    "FROM sample LEFT JOIN image ON image.sha256 = sample.sha256 "
    "WHERE sample.run_id = ? AND sample.split = ? AND sample.epoch = ? ORDER BY sample.id"
)
_EPOCHS = Statement("SELECT DISTINCT split, epoch FROM sample WHERE run_id = ?")


def put_image(connection: Connection, run_id: str, key: str, image: Image) -> None:
    """Store an image unless it is there, under the name that the run's hook gave it."""
    if _HAS_IMAGE.row(connection, image.sha256) is None:
        _PUT_IMAGE.run(connection, image.sha256, image.media_type, image.width, image.height, image.data)
    _NAME_IMAGE.run(connection, run_id, key, image.sha256)


def get_image(connection: Connection, sha256: str) -> Image | None:
    """Read an image by its hash."""
    row = _GET_IMAGE.row(connection, sha256)
    return None if row is None else Image(row[0], row[1], row[2], row[3], bytes(row[4]))


def append_samples(connection: Connection, run_id: str, samples: Sequence[SampleRecord]) -> list[Rejection]:
    """Store samples; the same id at the same epoch and split is replaced.

    Returns:
        A rejection for each image that never came; its sample is stored without it.
    """
    images = _find_images(connection, run_id, sorted({record.image_key for record in samples if record.image_key}))
    _PUT_SAMPLE.run_all(connection, [_to_row(run_id, record, images) for record in samples])
    return [
        Rejection(f"samples {record.split}/{record.id}", f"image {record.image_key}", "an image sent before its sample")
        for record in samples
        if record.image_key and record.image_key not in images
    ]


def list_samples(connection: Connection, run_id: str, split: str, epoch: int) -> list[Sample]:
    """List the samples of one split and epoch, in the order in which they first came."""
    return [_to_sample(row) for row in _LIST.rows(connection, run_id, split, epoch)]


def sample_epochs(connection: Connection, run_id: str) -> dict[str, list[int]]:
    """List by split the epochs that have samples, in order."""
    epochs: dict[str, list[int]] = {}
    for split, epoch in sorted(tuple(row) for row in _EPOCHS.rows(connection, run_id)):
        epochs.setdefault(split, []).append(epoch)
    return epochs


def _find_images(connection: Connection, run_id: str, keys: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in portions(keys):
        statement = Statement(
            "SELECT key, sha256 FROM run_image WHERE run_id = ? AND key IN ({keys})", keys=question_marks(some)
        )
        found |= dict(tuple(row) for row in statement.rows(connection, run_id, *some))
    return found


def _to_row(run_id: str, record: SampleRecord, images: dict[str, str]) -> tuple[Any, ...]:
    # What `store.sample_tracks` reads of every epoch stands first, so that it need not read the rest.
    shown = {
        "error": record.error,
        "error_unit": record.error_unit,
        "gt_done": record.gt_done,
        "pred_done": record.pred_done,
        "error_px": record.error_px,
        "gt": record.gt,
        "pred": record.pred,
        "layers": list(record.layers),
    }
    return (
        run_id,
        clean_text(record.split),
        record.epoch,
        clean_text(record.id),
        record.step,
        record.time_ms,
        images.get(record.image_key or ""),
        to_json(shown),
        clean_text(record.caption),
        to_json(record.extra),
    )


def _to_sample(row: Sequence[Any]) -> Sample:
    split, name, epoch, step, time_ms, sha256, width, height, shown_text, caption, extra = row
    shown = from_json_floats(shown_text)
    return Sample(
        split=split,
        id=name,
        epoch=epoch,
        step=step,
        time_ms=time_ms,
        image=sha256,
        width=width,
        height=height,
        gt=_to_places(shown["gt"]),
        pred=_to_places(shown["pred"]),
        error_px=shown["error_px"],
        gt_done=shown["gt_done"],
        pred_done=shown["pred_done"],
        caption=caption,
        extra=from_json(extra),
        error=shown.get("error", shown["error_px"]),  # rows of 0.1 have neither error nor layers
        error_unit=shown.get("error_unit", "" if shown["error_px"] is None else "px"),
        layers=shown.get("layers", []),
    )


def _to_places(places: list[list[float]] | None) -> list[tuple[float, float]] | None:
    return None if places is None else [(x, y) for x, y in places]
