"""Recorded trainings for the pages to show, judged by the rules to their end before a test looks."""

import itertools
from typing import Any

from tests.health_house import house_of, send, send_recording
from tests.recorded_packets import packets_of, read_lines
from tests.server_process import HandMadeWriter, RunningServer

_numbers = itertools.count()

# Recordings of the corpus by what the rules say of them.
NAN_IN_DATA = "dev_064"  # critical: loss and gradient not finite at epoch 0; past its best; a milestone missed
OVERFITS = "dev_053"  # warnings only
COLLAPSES = "dev_084"  # critical: predictions hardly vary at epoch 2
HEALTHY = "dev_105"


def recorded_run(server: RunningServer, recording: str, **start: Any) -> str:
    """Send a recording as a hook would, wait until it is judged to its end, and return the run's id."""
    run = f"rec{next(_numbers):09d}"
    with server.client() as client:
        send_recording(client, read_lines(recording), run, **start)
    house_of(server).wait_until_settled(run)
    return run


class LiveRecording:
    """A recording that is sent as far as a test wants, while a page looks on."""

    def __init__(self, server: RunningServer, recording: str, **start: Any) -> None:
        self.run = f"rec{next(_numbers):09d}"
        self._server = server
        self._packets = packets_of(read_lines(recording), HandMadeWriter(self.run), **start)

    def go_on(self, packets: int | None = None) -> None:
        """Send so many packets more, or all that are left."""
        with self._server.client() as client:
            send(client, itertools.islice(self._packets, packets))
