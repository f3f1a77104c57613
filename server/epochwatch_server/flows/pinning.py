"""From the store to what is pinned on a run's charts: alerts, drops of the rate, phases of a curriculum, bests."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from epochwatch_server.charts.chart import Best, Needs
from epochwatch_server.charts.happenings import bests_of, phase_pins, rate_pins
from epochwatch_server.charts.inventory import Inventory
from epochwatch_server.charts.pins import Pin, pins_for
from epochwatch_server.charts.view import View
from epochwatch_server.domain.alert import StoredAlert
from epochwatch_server.domain.series import EpochPoint
from epochwatch_server.store import alerts, events, rule_settings, series
from epochwatch_server.store.database import Connection

MOST_ALERTS = 200  # a run with more has other troubles than a missing pin
MOST_EVENTS = 500
MOST_WEIGHTS = 24


def pins_of(connection: Connection, inventory: Inventory, needs: Needs, view: View) -> tuple[Pin, ...]:
    """Read what happened in a run's life, as far as it belongs on a chart of these metrics."""
    run = inventory.run
    found = [*_phases(connection, inventory), *rate_pins(events.events_of(connection, run.id, "lr", MOST_EVENTS))]
    told = alerts.list_alerts(connection, run_id=run.id, limit=MOST_ALERTS)
    mutes = rule_settings.mutes(connection, run.project) if told else []
    found += [_alert_pin(alert) for alert in told if not any(mute.covers(alert) for mute in mutes)]
    chosen = pins_for(found, needs.metrics, run.tracked.metric if run.tracked else None)
    if view.x == "epoch" or all(pin.step is not None for pin in chosen):
        return chosen
    return _placed(chosen, _clock(connection, inventory, needs), run.step)


def bests_on(connection: Connection, inventory: Inventory, needs: Needs) -> tuple[Best, ...]:
    """Read every new best of the tracked metric, for the chart that draws it."""
    tracked = inventory.run.tracked
    if tracked is None or tracked.metric not in needs.metrics:
        return ()
    return bests_of(events.events_of(connection, inventory.run.id, "best", MOST_EVENTS), tracked.metric)


def _phases(connection: Connection, inventory: Inventory) -> list[Pin]:
    weights = [name.name for name in inventory.of_role("weight")[:MOST_WEIGHTS]]
    return phase_pins(series.read_epoch_points(connection, inventory.run.id, weights)) if weights else []


def _alert_pin(alert: StoredAlert) -> Pin:
    evidence = alert.finding["evidence"]
    return Pin(
        "alert",
        str(alert.finding["what"]),
        None if alert.counts_steps else alert.fired_epoch,
        alert.fired_epoch if alert.counts_steps else None,
        severity=alert.severity,
        alert=alert.id,
        metrics=tuple(evidence["metrics"]),
    )


def _clock(connection: Connection, inventory: Inventory, needs: Needs) -> list[EpochPoint]:
    """Find some metric's epochs, which tell at what step and time each of them was over."""
    tracked = inventory.run.tracked
    wanted = [*([tracked.metric] if tracked else []), *needs.metrics]
    found = series.read_epoch_points(connection, inventory.run.id, [m for m in wanted if m in inventory.series])
    return max(found.values(), key=len, default=[])


def _placed(pins: Sequence[Pin], clock: Sequence[EpochPoint], step: int | None) -> tuple[Pin, ...]:
    """Give pins that know only their epoch its last step and time; an epoch that is still going on ends now."""
    epochs = [point.epoch for point in clock]
    placed = []
    for pin in pins:
        if pin.step is not None or pin.epoch is None:
            placed.append(pin)
            continue
        at = bisect_left(epochs, pin.epoch)
        if at < len(clock):
            placed.append(replace(pin, step=clock[at].step, time_ms=clock[at].time_ms))
        else:
            last = clock[-1].time_ms if clock else None
            placed.append(replace(pin, step=step, time_ms=last if pin.time_ms is None else pin.time_ms))
    return tuple(placed)
