"""What a kind of notifier is: what a user fills in, what becomes of it, and how its receiver is spoken to plainly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class RefusedDestination(Exception):
    """A destination that cannot be used; the message says what was given, what is allowed and holds no secret."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a user fills in. input: text, secret, address, number or choice. A secret is never shown again."""

    name: str
    label: str
    input: str = "text"
    hint: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = True

    @property
    def is_secret(self) -> bool:
        """Say whether its value must not be shown."""
        return self.input == "secret"


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell. id: the same for every try, so that a receiver can tell a repeat; facts: the same in fields."""

    id: str
    title: str
    body: str
    severity: str = "warning"  # info, warning, critical or resolved
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try. is_final: trying again cannot help. retry_seconds: for how long the receiver wants peace."""

    is_sent: bool
    answer: str
    is_final: bool = False
    retry_seconds: float | None = None


def as_it_is(text: str) -> str:
    """Leave a text alone: this receiver reads no markup."""
    return text


def host_shown(address: str) -> str:
    """Show the host of an address that names one before its path; without a path it may be a secret."""
    parts = urlsplit(address)
    return (parts.hostname or "") if parts.path.strip("/") else ""


def add_nothing(_sender: Any, _message: Message) -> None:
    """Leave a sender alone."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of receiver.

    build: makes the address that apprise knows of what was filled in; raises RefusedDestination.
    schemas: those of pasted addresses that it takes; options: what may stand behind their question mark.
    plugin: apprise's class, as "module:class". wire: the program library it speaks through, "http" or "smtp".
    speaks: the format in which the text is handed over; quiet: takes the meaning out of what this format would read.
    shown: what may be shown of an address.
    """

    id: str
    title: str
    about: str
    fields: tuple[Field, ...]
    schemas: tuple[str, ...]
    plugin: str
    build: Callable[[Mapping[str, str]], str]
    options: frozenset[str] = frozenset()
    wire: str = "http"
    speaks: str = "text"
    quiet: Callable[[str], str] = as_it_is
    prepare: Callable[[Any, Message], None] = add_nothing
    chooses_host: bool = False  # the user names the host, so it may be anything
    host_of: Callable[[Any], str] = lambda sender: str(sender.host)
    shown: Callable[[str], str] = host_shown
