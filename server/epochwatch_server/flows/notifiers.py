"""What a user does with notifiers: make, change, delete and test them, and try a failed delivery again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from epochwatch_server.domain.errors import Conflict, InvalidInput, NotFound
from epochwatch_server.domain.notification import Notifier
from epochwatch_server.flows import outbox as outgoing
from epochwatch_server.notify import destination
from epochwatch_server.notify.kind import Message, Outcome, RefusedDestination
from epochwatch_server.notify.plain_text import one_line
from epochwatch_server.notify.sender import Sender
from epochwatch_server.store import notifiers, outbox
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

MAX_NAME_CHARS = 80
MAX_NOTIFIERS = 50
MAX_PROJECTS = 100
MAX_PROJECT_CHARS = 256
MAX_COOL_DOWN_SECONDS = 86_400
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SEVERITIES = ("warning", "critical")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a kind with what was filled in, or an apprise address as pasted."""

    kind: str = ""
    fields: Mapping[str, str] | None = None
    address: str | None = None


class Notifiers:
    """Acts for a viewer. Every method blocks until it is done and may be called from any thread."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        sender: Sender,
        base_url: Callable[[], str],
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._writer = writer
        self._sender = sender
        self._base_url = base_url
        self._clock_ms = clock_ms

    def create(self, target: Target, settings: Mapping[str, Any]) -> Notifier:
        """Make a notifier; it is told of what happens from now on.

        Args:
            settings: fields of a Notifier beside its destination.

        Raises:
            InvalidInput: Something is not allowed; says what was given and what is possible.
        """
        kind, address = self._read(target)
        now_ms = self._clock_ms()
        made = _checked(Notifier(0, "", kind, address, created_ms=now_ms), settings)

        def store(connection: Connection) -> Notifier:
            outgoing.pass_on(connection, now_ms, all_of_them=True)
            known = notifiers.list_notifiers(connection)
            if len(known) >= MAX_NOTIFIERS:
                raise Conflict(f"There are {len(known)} notifiers, which is as many as there can be. Delete one first.")
            _check_name(made, known)
            return notifiers.put_notifier(connection, made)

        return self._writer.submit(store).result()

    def change(self, id: int, target: Target | None, settings: Mapping[str, Any]) -> Notifier:
        """Change a notifier: what is left out stays, its destination too.

        Raises:
            NotFound: There is none of this id.
            InvalidInput: Something is not allowed.
        """
        kind, address = self._read(target) if target is not None else (None, None)
        now_ms = self._clock_ms()

        def store(connection: Connection) -> Notifier:
            found = _get(connection, id)
            # What happened up to now is judged by the settings that held then.
            outgoing.pass_on(connection, now_ms, all_of_them=True)
            if kind is not None and address is not None:
                found = replace(found, kind=kind, url=address)
            changed = _checked(found, settings)
            _check_name(changed, notifiers.list_notifiers(connection))
            return notifiers.put_notifier(connection, changed)

        return self._writer.submit(store).result()

    def delete(self, id: int) -> None:
        """Delete a notifier and all that waits to be sent there.

        Raises:
            NotFound: There is none of this id.
        """

        def store(connection: Connection) -> None:
            _get(connection, id)
            outgoing.pass_on(connection, self._clock_ms(), all_of_them=True)
            notifiers.delete_notifier(connection, id)

        self._writer.submit(store).result()

    def test(self, id: int) -> Outcome:
        """Send a test message now, past all filters, and tell what the receiver said.

        Raises:
            NotFound: There is none of this id.
        """
        with self._database.read() as connection:
            notifier = _get(connection, id)
        body = (
            "This is a test: nothing is wrong. Alerts of your trainings will arrive like this.\n\n"
            f"{self._base_url().rstrip('/')}/settings"
        )
        facts = {"run": "", "url": self._base_url()}
        message = Message(uuid4().hex[:24], f"[test] Epochwatch: {notifier.name}", body, "test", facts)
        return self._sender.send(notifier.kind, notifier.url, message)

    def retry(self, notification_id: str) -> None:
        """Give a delivery that was given up its tries back.

        Raises:
            NotFound: There is no failed delivery of this id.
        """
        if not self._writer.submit(lambda c: outbox.retry(c, notification_id, self._clock_ms())).result():
            raise NotFound("There is no failed delivery of this id; it may have been tried again already.")

    def _read(self, target: Target) -> tuple[str, str]:
        allows = self._sender.allows_private
        try:
            if target.address is not None:
                kind, address = destination.from_address(target.address, allows_private=allows)
            else:
                kind, address = destination.from_fields(target.kind, target.fields or {}, allows_private=allows)
        except RefusedDestination as error:
            raise InvalidInput(str(error)) from None
        return kind.id, address


def _get(connection: Connection, id: int) -> Notifier:
    found = notifiers.get_notifier(connection, id)
    if found is None:
        raise NotFound(f"There is no notifier {id}; it may have been deleted.")
    return found


def _check_name(notifier: Notifier, known: list[Notifier]) -> None:
    if any(one.name == notifier.name and one.id != notifier.id for one in known):
        raise Conflict(f"There is a notifier {notifier.name!r} already; choose another name.")


def _checked(notifier: Notifier, settings: Mapping[str, Any]) -> Notifier:
    """Set what was given, within what is allowed."""
    changed = replace(notifier, **settings)
    name = one_line(changed.name, MAX_NAME_CHARS + 1)
    projects = tuple(dict.fromkeys(project.strip() for project in changed.projects if project.strip()))
    _require(1 <= len(name) <= MAX_NAME_CHARS, f"A name takes 1 to {MAX_NAME_CHARS} characters.")
    _require(changed.severity in _SEVERITIES, f"severity {changed.severity!r} was given; {' or '.join(_SEVERITIES)}.")
    _require(
        len(projects) <= MAX_PROJECTS and all(len(project) <= MAX_PROJECT_CHARS for project in projects),
        f"At most {MAX_PROJECTS} projects of {MAX_PROJECT_CHARS} characters can be named.",
    )
    quiet = (changed.quiet_from, changed.quiet_until)
    _require((quiet[0] is None) == (quiet[1] is None), "Quiet hours need both ends, or neither.")
    for one in quiet:
        _require(one is None or bool(_TIME.fullmatch(one)), f"{one!r} was given; a time of day reads 22:30.")
    _require(quiet[0] is None or quiet[0] != quiet[1], "Quiet hours that end when they begin last no time.")
    _require(_is_zone(changed.timezone), f"{changed.timezone[:60]!r} is no time zone; one reads Europe/Zurich or UTC.")
    _require(
        0 <= changed.cool_down_seconds <= MAX_COOL_DOWN_SECONDS,
        f"A cool-down of {changed.cool_down_seconds} s was given; 0 to {MAX_COOL_DOWN_SECONDS} s are possible.",
    )
    return replace(changed, name=name, projects=projects)


def _require(is_right: bool, problem: str) -> None:
    if not is_right:
        raise InvalidInput(problem)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder
        return False
    return True
