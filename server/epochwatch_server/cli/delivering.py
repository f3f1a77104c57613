"""Takes the spool of an import to the server and waits where it must; apart, for a follower does it again and again."""

import time
from collections.abc import Callable

from epochwatch.delivery import Delivery, Outcome
from epochwatch.leftovers import put_away, take
from epochwatch.sender import MAX_CUTS
from epochwatch.transport import Transport
from epochwatch_server.cli.spooling import RunSpool

_MAX_FAILURES = 5  # in a row: about six seconds in which a server may come back
_FIRST_PAUSE_SECONDS = 0.2


def deliver(spool: RunSpool, transport: Transport, progress: Callable[[int], None]) -> str:
    """Send what the spools of a run hold, as `sync` does; returns what stands in the way, or nothing."""
    for path in spool.paths:
        delivery = take(path, transport)
        if delivery is None:
            continue
        problem = send(delivery, progress)
        if problem:
            delivery.mark(is_urgent=True)
            delivery.reader.close()
            return f"{problem}. It waits in {path}; start the server and import again"
        put_away(delivery)
    return ""


def send(delivery: Delivery, progress: Callable[[int], None]) -> str:
    """Send what a spool holds now; returns what stands in the way, or nothing."""
    sent = failures = cuts = 0
    while delivery.has_unsent:
        made = delivery.deliver()
        if made.outcome is Outcome.NOTHING:
            return ""
        cuts = cuts + 1 if made.outcome is Outcome.CUT_AGAIN else 0
        if made.outcome is Outcome.FAILED or cuts > MAX_CUTS:
            failures += 1
            if failures >= _MAX_FAILURES or cuts > MAX_CUTS:
                return made.problem or "the server asks for the same records again and again"
            time.sleep(max(made.retry_after, _FIRST_PAUSE_SECONDS * 2**failures))
        elif made.outcome is Outcome.DELIVERED:
            failures = 0
            sent += made.records
            progress(sent)
    return ""
