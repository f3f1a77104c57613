"""Who may come in: the token, one-time codes for a login link, and sessions that a browser holds as a cookie."""

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from epochwatch_server.store import sessions
from epochwatch_server.store.database import Database
from epochwatch_server.store.writer import Writer

SESSION_BYTES = 32
CODE_BYTES = 24
CODE_SECONDS = 600.0  # a printed link is opened at once, or asked for again with `epochwatch link`
MAX_CODES = 100
RECHECK_SECONDS = 30.0  # a session that another process ended is noticed after this long at most
MAX_REMEMBERED = 10_000
MAX_WRONG = 20  # wrong tokens from one address ...
WRONG_SECONDS = 60.0  # ... within this long; after that only the right one is listened to


class Keyring:
    """Checks what a request shows. Safe to use from any thread; `clock` is monotonic, in seconds.

    Only a keyed hash of a session is stored, and the key is the token: a new token ends every session.
    """

    def __init__(self, token: str | None, database: Database, writer: Writer, clock: Callable[[], float]) -> None:
        self._token = token
        self._key = sha256(b"epochwatch session " + (token or "").encode()).digest()
        self._database = database
        self._writer = writer
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: OrderedDict[str, float] = OrderedDict()  # hash of the code -> when it ends
        self._known: OrderedDict[str, float] = OrderedDict()  # hash of a session -> when to ask the store again
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()  # address -> how many, until when they count

    @property
    def is_open(self) -> bool:
        """Say whether nobody is asked for a token."""
        return self._token is None

    def is_token(self, given: str) -> bool:
        """Compare with the token in a time that tells nothing about it."""
        if self._token is None:
            return True
        return hmac.compare_digest(
            sha256(given.encode("utf-8", "replace")).digest(), sha256(self._token.encode()).digest()
        )

    def make_code(self) -> str:
        """Make a code that opens one session, once, within ten minutes."""
        code = secrets.token_urlsafe(CODE_BYTES)
        with self._lock:
            self._codes[_hash(code)] = self._clock() + CODE_SECONDS
            while len(self._codes) > MAX_CODES:
                self._codes.popitem(last=False)
        return code

    def spend_code(self, code: str) -> bool:
        """Take a code out of circulation and say whether it was good."""
        with self._lock:
            ends = self._codes.pop(_hash(code), None)
        return ends is not None and self._clock() < ends

    def open_session(self, now_ms: int) -> str:
        """Make a session, store its hash, and return the value for the cookie."""
        value = secrets.token_urlsafe(SESSION_BYTES)
        digest = self._session_hash(value)
        self._writer.submit(lambda connection: sessions.put_session(connection, digest, now_ms)).result()
        self._remember(digest)
        return value

    def has_session(self, value: str) -> bool:
        """Say whether a cookie's value belongs to an open session."""
        digest = self._session_hash(value)
        with self._lock:
            if self._known.get(digest, 0.0) > self._clock():
                return True
        with self._database.read() as connection:
            is_open = sessions.has_session(connection, digest)
        if is_open:
            self._remember(digest)
        return is_open

    def knows_session(self, value: str) -> bool:
        """Say whether a session was found open a moment ago, without asking the store."""
        with self._lock:
            return self._known.get(self._session_hash(value), 0.0) > self._clock()

    def close_session(self, value: str) -> None:
        """End a session for everyone who holds its cookie."""
        digest = self._session_hash(value)
        self._writer.submit(lambda connection: sessions.delete_session(connection, digest)).result()
        with self._lock:
            self._known.pop(digest, None)

    def count_wrong(self, address: str) -> bool:
        """Count a wrong token and say whether this address has shown too many."""
        with self._lock:
            now = self._clock()
            count, ends = self._wrong.get(address, (0, 0.0))
            if now >= ends:
                count = 0
            self._wrong[address] = (count + 1, now + WRONG_SECONDS)
            self._wrong.move_to_end(address)
            while len(self._wrong) > MAX_REMEMBERED:
                self._wrong.popitem(last=False)
            return count >= MAX_WRONG

    def _remember(self, digest: str) -> None:
        with self._lock:
            self._known[digest] = self._clock() + RECHECK_SECONDS
            self._known.move_to_end(digest)
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)

    def _session_hash(self, value: str) -> str:
        return hmac.new(self._key, value.encode("utf-8", "replace"), sha256).hexdigest()


def _hash(code: str) -> str:
    return sha256(code.encode("utf-8", "replace")).hexdigest()
