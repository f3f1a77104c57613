"""Destinations as users give them: fields filled in or an apprise address pasted, checked before they are kept."""

import importlib
import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from epochwatch_server.notify.address_parts import split
from epochwatch_server.notify.addresses import AddressRefused, allowed_addresses
from epochwatch_server.notify.catalogue import find_kind, kind_of_schema
from epochwatch_server.notify.guarded_http import GUARDED_REQUESTS
from epochwatch_server.notify.guarded_smtp import GUARDED_SMTP
from epochwatch_server.notify.kind import Kind, RefusedDestination

MAX_ADDRESS_CHARS = 2_000
_QUIET_LOGGERS = ("apprise", "urllib3", "requests")  # their lines may hold whole addresses
_SHOWN_SECRET_CHARS = 4


def from_fields(kind_id: str, values: Mapping[str, str], *, allows_private: bool) -> tuple[Kind, str]:
    """Make the address of a destination of what was filled in.

    Raises:
        RefusedDestination: Something is missing, is wrong, or leads where nothing may be sent.
    """
    kind = find_kind(kind_id)
    known = {field.name for field in kind.fields}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise RefusedDestination(f"{kind.title} has no field {unknown[0][:40]!r}; it has {', '.join(sorted(known))}.")
    given = {field.name: values.get(field.name, "").strip() or field.default for field in kind.fields}
    missing = [field.label for field in kind.fields if field.is_required and not given[field.name]]
    if missing:
        raise RefusedDestination(f"{kind.title} needs: {', '.join(missing)}.")
    if any(re.search(r"[\x00-\x1f\x7f]", value) for value in given.values()):
        raise RefusedDestination("A field holds a line break or another control character.")
    address = kind.build(given)
    _check(kind, address, allows_private=allows_private)
    return kind, address


def from_address(given: str, *, allows_private: bool) -> tuple[Kind, str]:
    """Take an apprise address as it was pasted.

    Raises:
        RefusedDestination: It is of no allowed kind, carries an option that is not allowed, cannot be read, or leads
            where nothing may be sent.
    """
    address = given.strip()
    kind = kind_of_schema(split(address, "An apprise address").scheme)
    _check_options(kind, address)
    _check(kind, address, allows_private=allows_private)
    return kind, address


def make_sender(kind: Kind, address: str) -> Any:
    """Make apprise's sender of an address, with everything it sends led through the guard.

    Raises:
        RefusedDestination: Apprise cannot read the address.
    """
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    from apprise import AppriseAsset  # imported late: it takes half a second, and many never need it

    plugin = _guarded_plugin(kind)
    asset = AppriseAsset(
        app_id="Epochwatch",
        app_desc="Epochwatch",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        async_mode=False,
        pgp_autogen=False,
        pem_autogen=False,
        interpret_emojis=False,
        storage_mode="memory",
    )
    try:
        parsed = plugin.parse_url(address)
        if not parsed:
            raise RefusedDestination(f"The address cannot be read as one of {kind.title}.")
        return plugin(**parsed, asset=asset)
    except (TypeError, ValueError, AttributeError):  # what apprise raises names the address, and so its secrets
        raise RefusedDestination(f"The address cannot be read as one of {kind.title}.") from None


def secrets_of(address: str) -> list[str]:
    """List what must not be shown of an address: every part of it but scheme and host, quoted and not, longest first.

    The parts of an address differ from kind to kind, and so does which of them is secret: none of them is shown.
    """
    parts = urlsplit(address)
    values = [*parts.path.split("/"), parts.path, parts.query]
    account, _, host = parts.netloc.rpartition("@")
    values += [account, *account.split(":")]
    kind = kind_of_schema(parts.scheme)
    if not kind.chooses_host or not kind.shown(address):  # then what looks like a host is a key
        values += [parts.netloc, *parts.netloc.split("@"), *host.split(":")]
    for name, value in parse_qsl(parts.query):
        if name[:1] in " +-:" or name in ("pass", "token"):  # a plus reads as a space
            values += [value, *value.split()]
    found = {form for value in values for form in (value, unquote(value)) if len(form) >= _SHOWN_SECRET_CHARS}
    return sorted(found, key=len, reverse=True)


def masked(text: str, address: str) -> str:
    """Black out of a text whatever is secret of an address."""
    for secret in secrets_of(address):
        text = text.replace(secret, "•••")
    return text


def _guarded_plugin(kind: Kind) -> Any:
    module_name, _, class_name = kind.plugin.partition(":")
    module = importlib.import_module(module_name)
    if kind.wire == "smtp":
        guarded, name = GUARDED_SMTP, "smtplib"
        module = importlib.import_module("apprise.plugins.email.smtp")
    else:
        guarded, name = GUARDED_REQUESTS, "requests"
    if not hasattr(module, name):  # another version of apprise that speaks in another way
        raise RefusedDestination(f"This version of apprise cannot be guarded for {kind.title}; install apprise 2.2.")
    setattr(module, name, guarded)
    return getattr(importlib.import_module(module_name), class_name)


def _check_options(kind: Kind, address: str) -> None:
    named = [name for name, _ in parse_qsl(urlsplit(address).query, keep_blank_values=True)]
    # A plus is a space to `parse_qsl`, and the mark of a header to apprise.
    marked = [f"+{name[1:]}" if name.startswith(" ") else name for name in named]
    refused = [name for name in marked if name.lower() not in kind.options and f"{name[:1]}*" not in kind.options]
    if refused:
        allowed = ", ".join(sorted(kind.options)) or "none"
        raise RefusedDestination(f"The option {refused[0][:40]!r} is not allowed; for {kind.title}: {allowed}.")


def _check(kind: Kind, address: str, *, allows_private: bool) -> None:
    if len(address) > MAX_ADDRESS_CHARS:
        raise RefusedDestination(f"The address has {len(address)} characters; {MAX_ADDRESS_CHARS} are possible.")
    sender = make_sender(kind, address)
    try:
        allowed_addresses(kind.host_of(sender), 443, allows_private=allows_private)
    except AddressRefused as error:
        raise RefusedDestination(str(error)) from None
    except OSError:
        return  # a name that cannot be looked up now may be found later: the test button tells
