"""The compose file and the Dockerfile fit each other and the server they start."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_default_profile_is_the_server_on_sqlite_alone() -> None:
    default = {name: service for name, service in COMPOSE["services"].items() if "profiles" not in service}
    assert list(default) == ["epochwatch"]
    assert "EPOCHWATCH_DATABASE_URL" not in default["epochwatch"]["environment"]


def test_the_postgres_profile_waits_for_a_healthy_database() -> None:
    server = COMPOSE["services"]["epochwatch-postgres"]
    assert server["environment"]["EPOCHWATCH_DATABASE_URL"].startswith("postgresql://")
    assert server["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert "healthcheck" in COMPOSE["services"]["postgres"]


def test_data_outlives_the_containers() -> None:
    for service in COMPOSE["services"].values():
        assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])


def test_nothing_is_published_beyond_loopback() -> None:
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_images_have_a_tag_that_says_a_version() -> None:
    for service in COMPOSE["services"].values():
        name, _, tag = service["image"].partition(":")
        assert tag not in ("", "latest"), name


def test_sigterm_reaches_the_server() -> None:
    """A shell in front would swallow the signal: the command must be in exec form."""
    command = next(line for line in DOCKERFILE.splitlines() if line.startswith("CMD"))
    assert command == 'CMD ["epochwatch", "serve"]'


def test_the_image_holds_every_folder_that_the_wheel_packs() -> None:
    for folder in ("client_hook", "server", "templates", "static", "migrations", "examples"):
        assert f"COPY {folder} {folder}" in DOCKERFILE
