"""Every kind of notifier there is, in the order in which they are offered; what is not listed cannot be reached."""

from epochwatch_server.notify.kind import Kind, RefusedDestination
from epochwatch_server.notify.kinds import (
    discord,
    email,
    gotify,
    matrix,
    mattermost,
    ntfy,
    pushover,
    slack,
    teams,
    telegram,
    webhook,
)

KINDS: tuple[Kind, ...] = (
    slack.KIND,
    discord.KIND,
    teams.KIND,
    telegram.KIND,
    email.KIND,
    ntfy.KIND,
    webhook.KIND,
    mattermost.KIND,
    matrix.KIND,
    gotify.KIND,
    pushover.KIND,
)
_BY_ID = {kind.id: kind for kind in KINDS}
_BY_SCHEMA = {schema: kind for kind in KINDS for schema in kind.schemas}


def find_kind(id: str) -> Kind:
    """Find a kind.

    Raises:
        RefusedDestination: There is none of this name.
    """
    if id not in _BY_ID:
        raise RefusedDestination(f"There is no kind of notifier {id[:40]!r}; there are {', '.join(_BY_ID)}.")
    return _BY_ID[id]


def kind_of_schema(schema: str) -> Kind:
    """Find the kind that an apprise address belongs to.

    Raises:
        RefusedDestination: None takes it.
    """
    found = _BY_SCHEMA.get(schema.lower())
    if found is None:
        given = f"{schema[:20]}://" if schema else "no scheme"
        allowed = ", ".join(f"{one}://" for one in _BY_SCHEMA)
        raise RefusedDestination(f"{given} was given; possible are {allowed}.")
    return found
