"""From the store to an alert's small chart: its metrics by epoch, with the stretch in which it held."""

from collections.abc import Mapping
from typing import Any

from epochwatch_server.charts.chart import ChartData, Needs
from epochwatch_server.charts.evidence import Stretch, drawable_metrics, evidence_figure
from epochwatch_server.charts.figure import Figure
from epochwatch_server.charts.inventory import take_inventory
from epochwatch_server.charts.view import View
from epochwatch_server.domain.alert import StoredAlert
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.flows.charting import read_data
from epochwatch_server.store import alerts, runs, series
from epochwatch_server.store.database import Connection

WIDTH = 360  # pixels: it stands in a rail


def alert_figure(connection: Connection, run_id: str, alert_id: int) -> Figure:
    """Draw what an alert speaks of.

    Raises:
        NotFound: There is no such run, or no such alert of it.
    """
    run, alert = runs.get_run(connection, run_id), alerts.get_alert(connection, alert_id)
    if run is None or alert is None or alert.run_id != run_id:
        raise NotFound(f"there is no alert {alert_id} of a run {run_id!r}")
    inventory = take_inventory(run, series.list_series(connection, run_id))
    evidence: Mapping[str, Any] = alert.finding["evidence"]
    known = dict.fromkeys(metric for metric in evidence["metrics"] if metric in inventory.series)
    needs = Needs(drawable_metrics(list(known)), by_epoch=True)
    stretch = _stretch(alert, evidence.get("since"))
    if not needs.metrics:
        return evidence_figure(ChartData(inventory, "", needs), stretch)
    return evidence_figure(read_data(connection, inventory, "", needs, View(width=WIDTH)), stretch)


def _stretch(alert: StoredAlert, since: int | None) -> Stretch:
    """Begin where the trouble began, as far as the rule could tell; at the latest where it was first found."""
    begun = alert.first_epoch if since is None else min(int(since), alert.first_epoch)
    return Stretch(alert.severity, begun, alert.resolved_epoch, alert.unit)
