"""Images, asked for by the hash of what is in them."""

import re

from fastapi import APIRouter
from starlette.responses import Response

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.store import samples
from epochwatch_server.web.services import ServicesDep

router = APIRouter(tags=["images"])

_HASH = re.compile(r"[0-9a-f]{64}")
_HEADERS = {
    # The bytes behind a hash never change; `private`: they are shown to who may see them.
    "Cache-Control": "private, max-age=31536000, immutable",
    # Whatever hides in an image, opened by itself it may run nothing and load nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Content-Disposition": "inline",
}


@router.get("/api/images/{sha256}", response_class=Response)
def show_image(services: ServicesDep, sha256: str) -> Response:
    """Answer with an image as the run sent it; its type is the one that its own header showed."""
    image = None
    if _HASH.fullmatch(sha256):
        with services.database.read() as connection:
            image = samples.get_image(connection, sha256)
    if image is None:
        raise NotFound("There is no image of this hash.")
    return Response(image.data, media_type=image.media_type, headers=_HEADERS)
