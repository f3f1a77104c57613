"""Saved views: names for a page as it was set up."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.view import SavedView
from epochwatch_server.live.messages import Message
from epochwatch_server.store import views
from epochwatch_server.web.api.answers import json_answer
from epochwatch_server.web.api.ids import IdInPath
from epochwatch_server.web.api.schemas import Given
from epochwatch_server.web.landing import HOME, page_of_ours
from epochwatch_server.web.services import ServicesDep

router = APIRouter(prefix="/api/views", tags=["views"])

_PAGES = ("/", "/runs/", "/compare", "/alerts", "/rules")  # pages whose view lives in the address


class ViewGiven(Given):
    """A name for a page: `url` is its path with the query."""

    name: Annotated[str, Field(max_length=200)]
    url: Annotated[str, Field(max_length=2_000)]


class ViewJson(Message):
    """A saved view."""

    id: int
    name: str
    url: str
    created_ms: int


class ViewsJson(Message):
    """Every saved view, by name."""

    views: list[ViewJson]


@router.get("", response_model=ViewsJson)
def list_views(services: ServicesDep) -> Response:
    """List saved views by name."""
    with services.database.read() as connection:
        found = [_view_json(view) for view in views.list_views(connection)]
    return json_answer(ViewsJson.model_construct(views=found))


@router.put("", response_model=ViewJson)
def save_view(services: ServicesDep, given: ViewGiven) -> Response:
    """Give a page, as it is set up, a name; the view that had the name before gives way.

    Raises:
        InvalidInput: The address is no page of this server, or the name cannot be taken.
    """
    path = given.url.partition("?")[0]
    is_page = path == HOME or any(path.startswith(page) for page in _PAGES[1:])
    if not is_page or page_of_ours(given.url) != given.url:
        raise InvalidInput(f"{given.url[:80]!r} is no page of this server; a view is its path with the query.")
    return json_answer(_view_json(services.views.save(given.name, given.url)))


@router.delete("/{view_id}", status_code=204)
def delete_view(services: ServicesDep, view_id: IdInPath) -> Response:
    """Forget a saved view."""
    services.views.forget(view_id)
    return Response(status_code=204)


def _view_json(view: SavedView) -> ViewJson:
    return ViewJson.model_construct(id=view.id, name=view.name, url=view.url, created_ms=view.created_ms)
