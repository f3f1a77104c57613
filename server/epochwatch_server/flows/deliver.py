"""Takes news of alerts to people: its own loop, so that a slow receiver holds nothing else up.

Transitions become messages (`flows/outbox.py`), messages are sent one at a time for each notifier, and marked as sent
only after the receiver took them. A server that dies in between sends again: at least once, with the same id.
"""

import logging
import random
import threading
from collections.abc import Callable
from typing import Protocol

from epochwatch_server.domain.errors import EpochwatchError
from epochwatch_server.domain.notification import Notification, Notifier
from epochwatch_server.flows import outbox as outgoing
from epochwatch_server.flows.notification_text import first_link, severity_of_title
from epochwatch_server.notify.kind import Message, Outcome
from epochwatch_server.store import notifiers, outbox
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
CLAIM_MS = 30_000  # twice what a try may take; who dies while sending is followed by the next after this
MAX_TRIES = 20  # with the waits below, about seven hours
MAX_FINAL_TRIES = 3  # when the receiver says that it will never take it
FIRST_WAIT_MS = 5_000
LONGEST_WAIT_MS = 1_800_000
LONGEST_ASKED_MS = 3_600_000  # a receiver may ask for this much peace
MAX_SENDING = 8
KEPT_MS = 30 * 86_400_000  # how long the delivery log reaches back
FORGET_EVERY_MS = 3_600_000
STOP_SECONDS = 5.0


class Sends(Protocol):
    """What takes one message to one destination."""

    def send(self, kind_id: str, address: str, message: Message) -> Outcome:
        """Try once."""
        ...


class Deliver:
    """The loop. `start` and `stop` belong to one thread; `tick` is called by the loop's own, or by a test."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        sender: Sends,
        base_url: Callable[[], str],
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._writer = writer
        self._sender = sender
        self._base_url = base_url
        self._clock_ms = clock_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="epochwatch-deliver", daemon=True)
        self._sending: dict[int, threading.Thread] = {}  # by notifier; only the ticking thread looks at it
        self._forgot_ms = 0

    def start(self) -> None:
        """Start the loop."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop; a receiver that is slow just now is not waited for, it hears again after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        for thread in self._sending.values():
            thread.join(STOP_SECONDS / MAX_SENDING)

    def tick(self, now_ms: int) -> None:
        """Pass on what happened, release what was held long enough, and begin to send what is due."""
        with self._database.read() as connection:
            is_new = outbox.newest_transition(connection) > outbox.cursor(connection)
            held_due = outbox.next_due_ms(connection, "held")
        if is_new or (held_due is not None and held_due <= now_ms):
            self._writer.submit(lambda c: self._queue(c, now_ms)).result()
        self._sending = {id_: thread for id_, thread in self._sending.items() if thread.is_alive()}
        with self._database.read() as connection:
            due = notifiers.due_notifications(connection, now_ms, 10 * MAX_SENDING)
        for notification in due:
            if len(self._sending) < MAX_SENDING and notification.notifier_id not in self._sending:
                self._begin(notification, now_ms)
        if now_ms - self._forgot_ms >= FORGET_EVERY_MS:
            self._forgot_ms = now_ms
            self._writer.submit(lambda c: outbox.forget(c, now_ms - KEPT_MS)).result()

    def settle(self) -> None:
        """Wait until everything that is being sent now has come to an end."""
        for thread in list(self._sending.values()):
            thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self.tick(self._clock_ms())
            except EpochwatchError as error:
                logger.warning("delivering waits: %s", error.detail)
            except Exception:  # whatever one round ran into, the next one must come
                logger.exception("delivering failed, next try in %s s", TICK_SECONDS)

    def _queue(self, connection: Connection, now_ms: int) -> None:
        outgoing.pass_on(connection, now_ms)
        outgoing.release(connection, now_ms, self._base_url())

    def _begin(self, notification: Notification, now_ms: int) -> None:
        until_ms = now_ms + CLAIM_MS

        def take(connection: Connection) -> Notifier | None:
            found = notifiers.get_notifier(connection, notification.notifier_id)
            if found is None or not found.is_on:
                outbox.drop(connection, [notification.id], "The notifier was turned off.")
                return None
            return found if outbox.claim(connection, notification, until_ms) else None

        notifier = self._writer.submit(take).result()
        if notifier is None:
            return
        thread = threading.Thread(
            target=self._send, args=(notifier, notification), name=f"epochwatch-notify-{notifier.id}", daemon=True
        )
        self._sending[notifier.id] = thread
        thread.start()

    def _send(self, notifier: Notifier, notification: Notification) -> None:
        try:
            outcome = self._sender.send(notifier.kind, notifier.url, message_of(notification))
            self._writer.submit(lambda c: self._mark(c, notification, outcome)).result()
        except EpochwatchError as error:  # it is due again when the claim is over
            logger.warning("notification unmarked id=%s: %s", notification.id, error.detail)
            return
        except Exception:  # the others must go on
            logger.exception("notifying broke id=%s notifier=%s", notification.id, notifier.id)
            return
        word = "sent" if outcome.is_sent else "not taken"
        logger.info("notification %s id=%s notifier=%s answer=%r", word, notification.id, notifier.id, outcome.answer)

    def _mark(self, connection: Connection, notification: Notification, outcome: Outcome) -> None:
        now_ms = self._clock_ms()
        if outcome.is_sent:
            notifiers.mark_sent(connection, notification.id, outcome.answer, now_ms)
            return
        tries = notification.attempts + 1
        is_given_up = tries >= (MAX_FINAL_TRIES if outcome.is_final else MAX_TRIES)
        due_ms = None if is_given_up else now_ms + wait_ms(tries, outcome.retry_seconds, random.random())  # noqa: S311
        notifiers.mark_failed(connection, notification.id, outcome.answer, due_ms, now_ms)


def message_of(notification: Notification) -> Message:
    """Make the message that a notification sends."""
    facts = {"run": notification.run_id or "", "url": first_link(notification.body)}
    severity = severity_of_title(notification.title)
    return Message(notification.id, notification.title, notification.body, severity, facts)


def wait_ms(tries: int, asked_seconds: float | None, chance: float) -> int:
    """Tell how long to wait before the next try, in milliseconds: twice as long each time, spread by half.

    Args:
        tries: how many there were, at least 1.
        asked_seconds: how long the receiver asked to be left alone.
        chance: 0 to 1.
    """
    wait = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(tries - 1, 20))
    asked = 0 if asked_seconds is None else min(LONGEST_ASKED_MS, round(1_000 * asked_seconds))
    return max(asked, round(wait * (0.5 + 0.5 * chance)))
