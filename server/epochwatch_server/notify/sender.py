"""Sends one message to one destination, once, and tells what the other end said."""

import logging
import traceback

from epochwatch_server.notify.catalogue import find_kind
from epochwatch_server.notify.destination import make_sender, masked
from epochwatch_server.notify.exchange import TOTAL_SECONDS, Exchange, exchanging
from epochwatch_server.notify.kind import Kind, Message, Outcome, RefusedDestination

logger = logging.getLogger(__name__)

MAX_ANSWER_CHARS = 500
_PATIENT = frozenset({408, 409, 425, 429})  # of the 4xx: those that another try may change
_TYPES = {"critical": "failure", "warning": "warning", "resolved": "success"}


class Sender:
    """Sends. Any number of threads may call `send` at once; each call takes at most `seconds`."""

    def __init__(self, *, allows_private: bool, seconds: float = TOTAL_SECONDS) -> None:
        self.allows_private = allows_private
        self._seconds = seconds

    def send(self, kind_id: str, address: str, message: Message) -> Outcome:
        """Try to deliver a message; whatever goes wrong is told in the outcome, without the destination's secrets."""
        exchange = Exchange(self.allows_private, {"Idempotency-Key": message.id})
        try:
            kind = find_kind(kind_id)
            with exchanging(exchange, self._seconds):
                is_sent = _tell(kind, address, message)
        except RefusedDestination as error:
            return Outcome(False, masked(str(error), address), is_final=True)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the others must go on
            logger.warning("notifying broke kind=%s %s", kind_id, masked(traceback.format_exc(), address))
            return Outcome(False, masked(f"The message could not be sent ({type(error).__name__}).", address))
        return _outcome(kind, exchange, is_sent, address)


def _tell(kind: Kind, address: str, message: Message) -> bool:
    sender = make_sender(kind, address)
    kind.prepare(sender, message)
    return bool(
        sender.notify(
            title=kind.quiet(message.title),
            body=kind.quiet(message.body),
            notify_type=_TYPES.get(message.severity, "info"),
            body_format=kind.speaks,
        )
    )


def _outcome(kind: Kind, exchange: Exchange, is_sent: bool, address: str) -> Outcome:
    status = exchange.statuses[-1] if exchange.statuses else 0
    is_http = kind.wire == "http"
    if is_http and any(300 <= one < 400 for one in exchange.statuses):
        is_sent = False
        exchange.problem = "The receiver answered with a redirect, which is not followed: enter its final address."
    if is_sent and not exchange.statuses:  # nothing went over the guarded wire: it did not go at all
        is_sent, exchange.problem = False, "Nothing was sent."
    said = (f"HTTP {exchange.answer}" if is_http else exchange.answer) if exchange.answer else ""
    answer = said if is_sent else " ".join(filter(None, (exchange.problem, said))) or "The message was not taken."
    is_final = exchange.is_refused or (is_http and 400 <= status < 500 and status not in _PATIENT)
    return Outcome(
        is_sent, masked(answer, address)[:MAX_ANSWER_CHARS], is_final and not is_sent, exchange.retry_seconds
    )
