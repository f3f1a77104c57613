"""Finds the server and posts to it; a new address or token is looked up after every failure."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from epochwatch.answer import Answer, Unreachable
from epochwatch.discovery import Place, is_loopback
from epochwatch.wire import MEDIA_TYPE, compress

if TYPE_CHECKING:
    from epochwatch.connection import Connection


class Transport:
    """One kept connection to the server. One thread at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection: Connection | None = None
        self._url = ""
        self._token: str | None = None

    @property
    def is_connected(self) -> bool:
        """Say whether the last post was answered, whatever the answer was."""
        return self._connection is not None

    def post(self, path: str, body: bytes) -> Answer:
        """Post a packet and return the answer, whatever its status.

        Raises:
            Unreachable: There is none.
        """
        if self._connection is not None:
            try:
                return self._post(self._connection, path, body)
            except Unreachable as error:
                # A server may close a kept connection at any time; a packet can be sent twice without harm.
                if isinstance(error.__cause__, TimeoutError):
                    raise
        return self._post(self._connect(), path, body)

    def close(self) -> None:
        """Close the connection; the next post looks for the server again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abandon(self) -> None:
        """In a forked child: let go of the parent's connection without a word on it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()

    def _connect(self) -> "Connection":
        # Late, in the sender's thread: http.client takes longer to import than the whole hook.
        from epochwatch.connection import Connection

        self._url = self._place.server_url
        self._token = self._place.token_for(self._url)
        self._connection = Connection(self._url)
        return self._connection

    def _root(self) -> str:
        try:
            return urlsplit(self._url).path.rstrip("/")
        except ValueError as error:
            raise Unreachable(f"{self._url}: {error}") from error

    def _post(self, connection: "Connection", path: str, body: bytes) -> Answer:
        headers = {"Content-Type": MEDIA_TYPE, "Connection": "keep-alive"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if not is_loopback(self._url):  # on the machine itself, compressing costs more than it saves
            body, encoding = compress(body)
            if encoding:
                headers["Content-Encoding"] = encoding
        try:
            answer = connection.post(self._root() + path, body, headers)
        except Exception:
            self.close()
            raise
        if connection.is_closed:
            self._connection = None
        return answer
