"""A server of a test's own, with a signed-in tab that is closed before the server goes: nothing is left to complain."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import signed_in
from tests.server_process import RunningServer


@contextmanager
def own_server(context: BrowserContext, data: Path) -> Iterator[tuple[RunningServer, Page]]:
    """Start a server on an empty folder and come in."""
    with RunningServer(data) as server:
        page = signed_in(context, server)
        yield server, page
        page.close()
