"""Serves the files of `static/` and Plotly's script."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.web.services import ServicesDep

router = APIRouter(include_in_schema=False)


@router.get("/static/{path:path}")
def show_file(path: str, request: Request, services: ServicesDep) -> Response:
    """Answer with a file; an address of the present version may be kept for ever."""
    found = services.templates.static.find(path)
    if found is None:
        raise NotFound("There is no such file.")
    file, is_present = found
    is_packed = file.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_present else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if is_packed else file.content, media_type=file.media_type, headers=headers)
