"""Samples followed through all epochs of a run, read in one statement whatever is drawn on them."""

import json
import math
import re

from sqlalchemy import Connection

from epochwatch_server.domain.sample import SampleTrack, SampleTracks
from epochwatch_server.store.statement import Statement

HEAD_CHARS = (
    512  # of `shown`: the error and the flags stand first, and a signal behind them may be a hundred times that
)

_TRACKS = Statement(
    "SELECT epoch, name, substr(shown, 1, {chars}) FROM sample WHERE run_id = ? AND split = ? ORDER BY id",
    chars=str(HEAD_CHARS),
)
_HEAD = re.compile(r'\{"error":([^,]+),"error_unit":"((?:[^"\\]|\\.)*)","gt_done":([^,]+),"pred_done":([^,]+)')
_OLD = re.compile(r'"error_px":([^,]+),"gt_done":([^,]+),"pred_done":([^,}]+)')  # as 0.1 wrote it, after the points

_KINDS = Statement(
    "SELECT substr(shown, 1, {chars}) FROM sample WHERE run_id = ? AND split = ? AND epoch = ?", chars=str(HEAD_CHARS)
)

_Shown = tuple[float | None, str, float | None, float | None]


def read_tracks(connection: Connection, run_id: str, split: str) -> SampleTracks:
    """Read every sample of a split at every epoch; samples stand in the order in which they first came."""
    rows = _TRACKS.rows(connection, run_id, split)
    epochs = sorted({row[0] for row in rows})
    places = {epoch: place for place, epoch in enumerate(epochs)}
    tracks: dict[str, SampleTrack] = {}
    units: dict[int, str] = {}
    for epoch, name, head in rows:
        track = tracks.get(name)
        if track is None:
            nothing: list[float | None] = [None] * len(epochs)
            track = tracks[name] = SampleTrack(name, nothing, list(nothing), list(nothing))
        error, unit, gt_done, pred_done = _read_head(head)
        place = places[epoch]
        track.errors[place], track.gt_done[place], track.pred_done[place] = error, gt_done, pred_done
        if error is not None:
            units[epoch] = unit
    return SampleTracks(epochs, units[max(units)] if units else "", list(tracks.values()))


def has_values(connection: Connection, run_id: str, split: str, epoch: int) -> tuple[bool, bool]:
    """Say whether any sample of an epoch has an error, and whether any has a predicted and a true flag."""
    heads = [_read_head(row[0]) for row in _KINDS.rows(connection, run_id, split, epoch)]
    has_error = any(error is not None for error, *_ in heads)
    return has_error, any(true is not None and said is not None for *_, true, said in heads)


def _read_head(head: str) -> _Shown:
    found = _HEAD.match(head)
    if found is not None:
        error, unit, gt_done, pred_done = found.groups()
        return _number(error), _unescaped(unit), _number(gt_done), _number(pred_done)
    old = _OLD.search(head)
    if old is None:
        return None, "", None, None
    error, gt_done, pred_done = map(_number, old.groups())
    return error, "px", gt_done, pred_done


def _number(text: str) -> float | None:
    """Read a number; null, and what is not finite (an object), is None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"')) if "\\" in text else text
