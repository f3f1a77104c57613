"""JSON answers: encoded straight from models and plain values, NaN and infinities as strings."""

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


def json_answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON; `content` is already known to be right, so nothing is validated again."""
    return Response(to_json(content, inf_nan_mode="strings"), status, media_type="application/json")
