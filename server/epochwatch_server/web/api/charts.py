"""The charts of a run: which there are, and each one's figure."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from epochwatch_server.charts.sections import Section
from epochwatch_server.charts.view import Scale, View, XAxis
from epochwatch_server.flows.charting import charts_of, figure_of
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}/charts", tags=["charts"])

MAX_QUERY_CHARS = 256
_Bound = Annotated[float | None, Query(allow_inf_nan=False, description="end of the visible range, in units of x")]


class ChartJson(BaseModel):
    """One chart in the list; `id` goes into the address of its figure, url-encoded."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    kind: str
    metrics: tuple[str, ...]


class SectionJson(BaseModel):
    """A heading and its charts; `hidden` counts those that only a filter finds."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    charts: list[ChartJson]
    hidden: int


class ChartsJson(BaseModel):
    """All charts of a run."""

    model_config = ConfigDict(frozen=True)

    sections: list[SectionJson]


@router.get("")
def list_charts(
    services: ServicesDep, run_id: str, q: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = ""
) -> ChartsJson:
    """List a run's charts by section; with `q` only those whose title or metrics hold all its words."""
    with services.database.read() as connection:
        sections = charts_of(connection, run_id, q)
    return ChartsJson(sections=[_section(section) for section in sections])


def view_of(
    x: XAxis = "epoch",
    scale: Scale = "linear",
    smooth: Annotated[float, Query(ge=0, le=0.99)] = 0.0,
    first: _Bound = None,
    last: _Bound = None,
    width: Annotated[int | None, Query(ge=1, le=20_000)] = None,
    epoch: Annotated[int | None, Query(ge=0, le=2**31, description="of charts that show one epoch")] = None,
) -> View:
    """Read how a chart is to be seen from the query."""
    return View(x, scale, smooth, first, last, width, epoch)


@router.get("/{chart_id:path}", response_class=Response)
def draw_chart(services: ServicesDep, run_id: str, chart_id: str, view: Annotated[View, Depends(view_of)]) -> Response:
    """Draw one chart as a Plotly figure: `data` and `layout`, colours as placeholders `token:x`."""
    with services.database.read() as connection:
        figure = figure_of(connection, run_id, chart_id, view)
    return Response(figure.to_json(), media_type="application/json")


def _section(section: Section) -> SectionJson:
    charts = [
        ChartJson(id=entry.id, title=entry.title, kind=entry.kind, metrics=entry.metrics) for entry in section.charts
    ]
    return SectionJson(id=section.id, title=section.title, charts=charts, hidden=section.hidden)
