"""How commands reach a running server: found as hooks find it, asked over plain HTTP; standard library only."""

import argparse
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from epochwatch_server.settings import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEMO_FOLDER,
    WrongSettings,
    data_folder,
    find_token,
    is_loopback,
    read_address,
)

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 2**20
PIECE_BYTES = 1 << 16


class ServerProblem(Exception):
    """The server could not be asked, or refused; the message says what to do. status: 0 when it did not answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reach:
    """A server to ask. url_from, token_from: where each was found, in words; token None: none was found."""

    data: Path
    url: str
    url_from: str
    token: str | None
    token_from: str

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """Ask and return the JSON of the answer; `content` is sent along as JSON when there is any.

        Raises:
            ServerProblem: No answer, no JSON, or a refusal.
        """
        address, connection = urlsplit(self.url), self._connect()
        headers = {"Content-Type": "application/json"} if method != "GET" else {}
        given = None if content is None else json.dumps(content).encode()
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, address.path.rstrip("/") + path, given, headers)
            response = connection.getresponse()
            status, body = response.status, response.read(MAX_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            raise ServerProblem(f"No server answers at {self.url} ({_reason(error)}). {self._advice()}") from error
        finally:
            connection.close()
        return self._read(status, body)

    def lines(self, path: str) -> Iterator[bytes]:
        """Ask for something that comes line by line and yield the lines as they come.

        Raises:
            ServerProblem: No answer, a refusal, or an answer that breaks off.
        """
        yield from self._stream(path, iter)

    def pieces(self, path: str) -> Iterator[bytes]:
        """Ask for a file and yield it piece by piece, whole or with an error.

        Raises:
            ServerProblem: No answer, a refusal, or an answer that breaks off.
        """
        yield from self._stream(path, lambda response: iter(lambda: response.read(PIECE_BYTES), b""))

    def _stream(self, path: str, parts: Callable[[HTTPResponse], Iterator[bytes]]) -> Iterator[bytes]:
        address, connection = urlsplit(self.url), self._connect()
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        try:
            connection.request("GET", address.path.rstrip("/") + path, headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                self._read(response.status, response.read(MAX_ANSWER_BYTES))
                raise ServerProblem(f"The server at {self.url} answered {response.status}.", response.status)
            yield from parts(response)
        except (OSError, HTTPException) as error:
            raise ServerProblem(f"No whole answer from {self.url} ({_reason(error)}). {self._advice()}") from error
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        address = urlsplit(self.url)
        connect = HTTPSConnection if address.scheme == "https" else HTTPConnection
        return connect(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)

    def _read(self, status: int, body: bytes) -> Any:
        try:
            content = json.loads(body) if body else None
        except ValueError:
            raise ServerProblem(
                f"What answers at {self.url} is no Epochwatch server (status {status}).", status
            ) from None
        if status == 401:
            raise ServerProblem(self._refusal(), status)
        if status >= 400:
            detail = content.get("detail") if isinstance(content, dict) else None
            raise ServerProblem(f"The server at {self.url} answered {status}: {detail}", status)
        return content

    def _advice(self) -> str:
        if self.url_from in ("--server", "EPOCHWATCH_SERVER"):
            return f"It was named by {self.url_from}: is it running there? `epochwatch serve` starts one here."
        return f"Start one: epochwatch serve{_demo_beside(self.data)}"

    def _refusal(self) -> str:
        if self.token is not None:
            refused = f"The server at {self.url} refused the token ({self.token_from})."
            if not self.token_from.startswith("file "):
                return refused
            return f"{refused} If it has another data folder, name that: --data DIR{_demo_beside(self.data)}"
        return (
            f"The server at {self.url} asks for a token, and there is none in EPOCHWATCH_TOKEN nor in "
            f"{self.data / 'token'}. Name that server's data folder: --data DIR{_demo_beside(self.data)}"
        )


def reach(given: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Reach:
    """Find the server and its token: flags, then the environment, then the data folder, then the default address.

    A token from the data folder is for this machine's server only; it is not sent to any other.

    Raises:
        WrongSettings: The address is none.
    """
    data = data_folder(environment, given.data)
    url, url_from = _find_url(given.server, environment, data)
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise WrongSettings(f"The server address {url!r} ({url_from}) is none; it looks like http://127.0.0.1:8421.")
    if given.token:
        return Reach(data, url, url_from, given.token, "--token")
    if environment.get("EPOCHWATCH_TOKEN"):
        return Reach(data, url, url_from, environment["EPOCHWATCH_TOKEN"], "EPOCHWATCH_TOKEN")
    token = find_token(data) if is_loopback(address.hostname) else None
    return Reach(data, url, url_from, token, f"file {data / 'token'}" if token else "none was found")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _demo_beside(data: Path) -> str:
    """Say how the demo is asked when one runs with its own data folder beside this one."""
    demo = data.with_name(DEMO_FOLDER)
    return f"; for the demo that runs here: --data {shlex.quote(str(demo))}" if read_address(demo) else ""


def _find_url(flag: str | None, environment: Mapping[str, str], data: Path) -> tuple[str, str]:
    if flag:
        return flag, "--server"
    if environment.get("EPOCHWATCH_SERVER"):
        return environment["EPOCHWATCH_SERVER"], "EPOCHWATCH_SERVER"
    url = read_address(data)
    if url:
        return url, f"file {data / 'server.json'}"
    return f"http://{DEFAULT_HOST}:{DEFAULT_PORT}", "default"
