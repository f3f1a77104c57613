"""Stands in for `smtplib` in apprise's plugin for e-mail: checked addresses, and what the server said is kept."""

import smtplib
import socket
from types import SimpleNamespace
from typing import Any

from epochwatch_server.notify.exchange import current_exchange

_FAREWELL = 221
_MAX_TEXT = 300


class _Checked(smtplib.SMTP):
    """Connects through the exchange and notes each reply."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return current_exchange().connect(host, port)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply."""
        exchange = current_exchange()
        try:
            code, text = super().getreply()
        except (OSError, smtplib.SMTPException):
            exchange.problem = (
                "The mail server took too long to answer."
                if exchange.is_over
                else "The mail server ended the connection before it answered."
            )
            raise
        if code != _FAREWELL:
            exchange.heard(code, " ".join(text[:_MAX_TEXT].decode("utf-8", "replace").split()))
        return code, text


class _CheckedSSL(smtplib.SMTP_SSL, _Checked):
    """The same, with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        plain = current_exchange().connect(host, port)
        try:
            return self.context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            current_exchange().problem = "No secure connection to the mail server could be made."
            raise


# Exactly what apprise's mail uses.
GUARDED_SMTP = SimpleNamespace(SMTP=_Checked, SMTP_SSL=_CheckedSSL, SMTPException=smtplib.SMTPException)
