"""Answers: JSON straight from models and plain values, NaN and infinities as strings; files with their names."""

from typing import Any
from urllib.parse import quote

from pydantic_core import to_json
from starlette.responses import Response


def json_answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON; `content` is already known to be right, so nothing is validated again."""
    return Response(to_json(content, inf_nan_mode="strings"), status, media_type="application/json")


def download_headers(name: str) -> dict[str, str]:
    """Name a file that is to be kept; what a run or project is called may hold anything."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name)
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": f'attachment; filename="{plain}"{exact}'}
