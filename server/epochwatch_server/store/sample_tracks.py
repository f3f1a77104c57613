"""Samples followed through all epochs of a run, read in one statement whatever is drawn on them."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from epochwatch_server.domain.sample import SampleTrack, SampleTracks
from epochwatch_server.domain.sample_errors import PIXELS, counts, rank_units
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
    measured: dict[str, list[tuple[int, float, str]]] = {}
    for epoch, name, head in rows:
        track = tracks.get(name)
        if track is None:
            nothing: list[float | None] = [None] * len(epochs)
            track = tracks[name] = SampleTrack(name, nothing, list(nothing), list(nothing))
        error, unit, gt_done, pred_done = _read_head(head)
        place = places[epoch]
        track.gt_done[place], track.pred_done[place] = gt_done, pred_done
        if error is not None:
            measured.setdefault(name, []).append((place, error, unit))
    found = [_with_errors(track, measured.get(name, ())) for name, track in tracks.items()]
    return SampleTracks(epochs, rank_units(track.unit for track in found if track.id in measured), found)


def what_is_told(connection: Connection, run_id: str, split: str, epoch: int) -> tuple[list[str], bool]:
    """Say in which units samples of an epoch have errors, and whether any has a predicted and a true flag."""
    heads = [_read_head(row[0]) for row in _KINDS.rows(connection, run_id, split, epoch)]
    units = rank_units(unit for error, unit, *_ in heads if error is not None)
    return units, any(true is not None and said is not None for *_, true, said in heads)


def _with_errors(track: SampleTrack, measured: Sequence[tuple[int, float, str]]) -> SampleTrack:
    """Take the errors in the unit of the newest: a script that changed it left two curves, not one."""
    if not measured:
        return track
    unit = max(measured)[2]
    for place, error, own in measured:
        if own == unit:
            track.errors[place] = error
    return replace(track, unit=unit)


def _read_head(head: str) -> _Shown:
    found = _HEAD.match(head)
    if found is not None:
        error, unit, gt_done, pred_done = found.groups()
        return _shown(error, _unescaped(unit), gt_done, pred_done)
    old = _OLD.search(head)
    if old is None:
        return None, "", None, None
    error, gt_done, pred_done = old.groups()
    return _shown(error, PIXELS, gt_done, pred_done)


def _shown(error: str, unit: str, gt_done: str, pred_done: str) -> _Shown:
    true = _number(gt_done)
    return _number(error) if counts(unit, true) else None, unit, true, _number(pred_done)


def _number(text: str) -> float | None:
    """Read a number; null, and what is not finite (an object), is None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"')) if "\\" in text else text
