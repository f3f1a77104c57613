"""Points as CSV, every one of them."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from epochwatch_server.domain.series import Points
from epochwatch_server.store import series
from epochwatch_server.store.database import Database
from epochwatch_server.web.api.runs import find_run
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}", tags=["export"])

CHUNK_ROWS = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by a spreadsheet


@router.get("/export.csv", response_class=Response)
def export_points(
    services: ServicesDep,
    run_id: str,
    metric: Annotated[list[str] | None, Query(max_length=1000)] = None,
) -> Response:
    """Write the asked metrics, or all, as `metric,step,epoch,time_ms,value`; the epoch is empty where unknown."""
    with services.database.read() as connection:
        run = find_run(connection, run_id)
        metrics = metric or [found.metric for found in series.list_series(connection, run_id)]
    headers = {"Content-Disposition": f'attachment; filename="{run.id}.csv"'}
    rows = _rows(services.database, run.id, metrics)
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


def _rows(database: Database, run_id: str, metrics: list[str]) -> Iterator[bytes]:
    """Read one series at a time, so that the whole run never stands in memory."""
    yield b"metric,step,epoch,time_ms,value\r\n"
    for metric in metrics:
        with database.read() as connection:
            points = series.read_points(connection, run_id, metric)
        yield from _series_rows(_cell(metric), points)


def _series_rows(name: str, points: Points) -> Iterator[bytes]:
    for start in range(0, len(points), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        columns = (array[part].tolist() for array in (points.steps, points.epochs, points.times_ms, points.values))
        lines = [
            f"{name},{step},{epoch if epoch >= 0 else ''},{time},{value!r}\r\n"
            for step, epoch, time, value in zip(*columns, strict=True)
        ]
        yield "".join(lines).encode()


def _cell(text: str) -> str:
    text = "'" + text if text.startswith(_FORMULA) else text
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text
