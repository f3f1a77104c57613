"""Microsoft Teams, by a workflow that posts what it is sent."""

from collections.abc import Mapping

from epochwatch_server.notify.address_parts import part, web_address
from epochwatch_server.notify.kind import Field, Kind, RefusedDestination
from epochwatch_server.notify.plain_text import for_markdown

_EXPECTED = "The address of a workflow reads https://…/workflows/…/triggers/manual/paths/invoke?…&sig=…."
_AUTOMATE = ("powerautomate", "automations", "direct")


def _build(given: Mapping[str, str]) -> str:
    address = web_address(given["workflow"], "The address of a workflow")
    steps, query = address.path.split("/"), dict(address.query)
    if "workflows" not in steps[:-1] or not query.get("sig") or not address.is_secure:
        raise RefusedDestination(_EXPECTED)
    workflow = steps[steps.index("workflows") + 1]
    is_automate = all(word in steps for word in _AUTOMATE)
    options = {"ver": query.get("api-version", ""), "pa": "yes" if is_automate else ""}
    behind = "".join(f"&{name}={part(value)}" for name, value in options.items() if value)
    return f"workflows://{address.place}/{part(workflow)}/{part(query['sig'])}?image=no{behind}"


KIND = Kind(
    id="teams",
    title="Microsoft Teams",
    about="A channel or chat, by a workflow that starts when a webhook request is received.",
    fields=(Field("workflow", "Address of the workflow", "secret", "https://….logic.azure.com:443/workflows/…"),),
    schemas=("workflow", "workflows"),
    plugin="apprise.plugins.workflows:NotifyWorkflows",
    build=_build,
    options=frozenset({"image", "ver", "pa"}),
    speaks="markdown",
    quiet=for_markdown,
    chooses_host=True,
)
