"""Runs for the tests of rules and alerts: packets as a hook sends them, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.server_process import Client, HandMadeWriter, start_event


def train(
    client: Client, run: str, curves: Mapping[str, Sequence[float]], *, reason: str | None = "finished", **start: Any
) -> HandMadeWriter:
    """Send a run of which each curve has a value for every epoch; `reason` says how it ends, None that it goes on."""
    writer = HandMadeWriter(run)
    epochs = range(max(map(len, curves.values())))
    events = [start_event(**{"name": run, "planned_epochs": len(epochs), **start})]
    events += [epoch_event(epoch, {name: curve[epoch] for name, curve in curves.items()}) for epoch in epochs]
    if reason:
        events.append({"type": "end", "reason": reason})
    answer = client.post_packet(writer.packet(events=events))
    assert (answer.status, answer.json()["rejected"]) == (200, [])
    return writer


def epoch_event(epoch: int, values: Mapping[str, float]) -> dict[str, Any]:
    """Make the end of an epoch that measured these values once each."""
    metrics = {name: [1, value, 0.0, value, value, 0] for name, value in values.items()}
    return {"type": "epoch", "epoch": epoch, "step": epoch, "seconds": 1.0, "metrics": metrics}
