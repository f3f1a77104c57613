"""The samples of a packet, each read for itself; a wrong layer is left out and named, the rest of the sample counts."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from epochwatch_server.domain.packet import SampleRecord
from epochwatch_server.flows.event_models import SamplesEvent
from epochwatch_server.flows.packet_header import Refusals
from epochwatch_server.flows.sample_models import LAYER, MAX_LAYERS, SampleItem


def read_samples(index: int, event: SamplesEvent, refusals: Refusals) -> list[SampleRecord]:
    """Read the samples of the event at a place in the packet."""
    records = []
    for place, raw in enumerate(event.samples):
        where = f"events[{index}].samples[{place}]"
        try:
            item = SampleItem.model_validate(raw)
        except ValidationError as error:
            _refuse(where, error, refusals)
            continue
        records.append(_record(event, item, _read_layers(where, item.layers, refusals)))
    return records


def _read_layers(where: str, given: list[object], refusals: Refusals) -> list[Mapping[str, Any]]:
    layers: list[Mapping[str, Any]] = []
    for place, raw in enumerate(given[:MAX_LAYERS]):
        try:
            layers.append(LAYER.validate_python(raw).model_dump(exclude_none=True))
        except ValidationError as error:
            _refuse(f"{where}.layers[{place}]", error, refusals)
    if len(given) > MAX_LAYERS:
        refusals.add(f"{where}.layers", len(given), f"at most {MAX_LAYERS} layers")
    return layers


def _refuse(where: str, error: ValidationError, refusals: Refusals) -> None:
    problem = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, problem["loc"]))[:60]
    refusals.add(f"{where}.{field}" if field else where, problem["input"], problem["msg"][:200])


def _record(event: SamplesEvent, item: SampleItem, layers: list[Mapping[str, Any]]) -> SampleRecord:
    gt, pred = _pairs(item.gt), _pairs(item.pred)
    error_px = item.error_px
    if error_px is None and gt and pred:
        error_px = math.dist(gt[0], pred[0])
    error_px, error, unit = _finite(error_px), _finite(item.error), item.error_unit
    if item.error is None and error_px is not None:
        error, unit = error_px, "px"
    return SampleRecord(
        split=event.split,
        id=item.id,
        epoch=event.epoch,
        step=event.step or 0,
        time_ms=event.time_ms,
        image_key=item.image,
        gt=gt,
        pred=pred,
        error_px=error_px,
        gt_done=item.gt_done,
        pred_done=item.pred_done,
        caption=item.caption,
        extra=item.extra,
        error=error,
        error_unit=unit,
        layers=layers,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _pairs(given: list[list[float]] | None) -> list[tuple[float, float]] | None:
    """A prediction that diverged has no place in the image: such a pair is left out."""
    if given is None:
        return None
    return [(x, y) for x, y in given if math.isfinite(x) and math.isfinite(y)]
