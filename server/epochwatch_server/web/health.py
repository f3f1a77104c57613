"""Says that the server is up, to whoever asks."""

from fastapi import APIRouter

from epochwatch_server import __version__

router = APIRouter(tags=["health"])


@router.get("/health")
def show_health() -> dict[str, str]:
    """Answer when the server serves; asks for no token."""
    return {"status": "ok", "version": __version__}
