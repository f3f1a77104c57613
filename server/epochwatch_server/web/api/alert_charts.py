"""The small chart of an alert: what it speaks of, with its stretch marked."""

from fastapi import APIRouter, Response

from epochwatch_server.flows.alert_chart import alert_figure
from epochwatch_server.web.api.ids import IdInPath
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/runs/{run_id}/alerts/{alert_id}", tags=["alerts"])


@router.get("/chart", response_class=Response)
def draw_alert(services: ServicesDep, run_id: str, alert_id: IdInPath) -> Response:
    """Draw an alert's evidence as a Plotly figure: `data` and `layout`, colours as placeholders `token:x`."""
    with services.database.read() as connection:
        figure = alert_figure(connection, run_id, alert_id)
    return Response(figure.to_json(), media_type="application/json")
