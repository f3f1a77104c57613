"""Stands in for `requests` in apprise's plugins: checked addresses, no redirects, no proxies, bounded answers."""

import ssl
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError

from epochwatch_server.notify.exchange import MAX_ANSWER_BYTES, current_exchange

SHOWN_CHARS = 300


def request(method: str, url: str, **given: Any) -> requests.Response:
    """Do what `requests.request` does, within the current exchange.

    Raises:
        requests.RequestException: No answer came.
    """
    exchange = current_exchange()
    headers = {**(given.pop("headers", None) or {}), **exchange.headers, "Accept-Encoding": "identity"}
    given |= {"allow_redirects": False, "timeout": max(0.1, exchange.left()), "stream": True, "verify": True}
    with requests.Session() as session:
        session.trust_env = False  # neither proxies nor passwords of this machine's files
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(max_retries=0))
        try:
            response = session.request(method, url, headers=headers, **given)
            _read(response)
            if exchange.is_over:  # cut off: what came may look like an answer, and is none
                raise requests.Timeout("no time left")
        except (requests.RequestException, HTTPError, OSError) as error:
            exchange.problem = exchange.problem or _explain(error)
            if exchange.is_over:
                exchange.problem = "The receiver took too long to answer."
            if isinstance(error, requests.RequestException):
                raise
            raise requests.ConnectionError("no answer") from error
    text = " ".join(response.text[: 4 * SHOWN_CHARS].split())[:SHOWN_CHARS]
    exchange.heard(response.status_code, " ".join(filter(None, (response.reason, text))))
    exchange.retry_seconds = _retry_seconds(response.headers)
    return response


def _verb(name: str) -> Any:
    return lambda url, **given: request(name.upper(), url, **given)


# Exactly what the plugins of the catalogue use: anything else is missing, so that nothing goes past the guard.
GUARDED_REQUESTS = SimpleNamespace(
    request=request,
    **{name: _verb(name) for name in ("get", "post", "put")},
    RequestException=requests.RequestException,
    TooManyRedirects=requests.TooManyRedirects,
    codes=requests.codes,
)


class _Checked:
    """Connects through the exchange: the address that was checked is the one that is used."""

    def _new_conn(self: Any) -> Any:
        try:
            return current_exchange().connect(self._dns_host, self.port)
        except OSError as error:
            raise NewConnectionError(self, "not connected") from error


class _Connection(_Checked, HTTPConnection):
    pass


class _SecureConnection(_Checked, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        # The system's authorities too: a receiver of one's own may have a certificate of one's own.
        super().init_poolmanager(*given, ssl_context=ssl.create_default_context(), **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _read(response: requests.Response) -> None:
    """Read as much of the answer as is worth reading, and let go of the rest."""
    body, raw = b"", response.raw
    while len(body) < MAX_ANSWER_BYTES and (part := raw.read1(MAX_ANSWER_BYTES - len(body))):
        body += part
    response._content = body
    response.encoding = response.encoding or "utf-8"
    response.close()


def _retry_seconds(headers: Mapping[str, str]) -> float | None:
    given = headers.get("Retry-After", "")
    return float(given[:9]) if given.isdecimal() else None


def _explain(error: BaseException) -> str:
    """Say what went wrong without the texts of the libraries: they hold the whole address, and so its secrets."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"The receiver's certificate is not to be trusted: {seen.verify_message}."
        if isinstance(seen, ssl.SSLError):
            return "No secure connection could be made; does the receiver speak TLS on this port?"
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, requests.Timeout):
        return "The receiver took too long to answer."
    if isinstance(error, requests.ConnectionError | HTTPError | OSError):
        return "The receiver ended the connection before it answered."
    return "The address cannot be asked."
