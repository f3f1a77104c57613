"""Where things are: the data folder, the spool, the server and its token. Read when asked, nothing is remembered."""

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from epochwatch.guard import warn_once

DEFAULT_URL = "http://127.0.0.1:8421"
MEMORY = Path("/dev/shm")  # noqa: S108 - see `_is_ours`
MAX_SMALL_FILE_BYTES = 64 * 1024  # token and server.json are tiny; anything larger is not ours
# The module ipaddress takes longer to import than all of this.
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


@dataclass(frozen=True, slots=True)
class Place:
    """What the script said about where things are; None where it said nothing and the environment decides."""

    data: str | None = None
    spool: str | None = None
    server: str | None = None
    token: str | None = None

    @property
    def data_folder(self) -> Path:
        """Name the data folder, existing or not."""
        given = self.data or os.environ.get("EPOCHWATCH_DATA")
        if given:
            return Path(given).expanduser()
        share = os.environ.get("XDG_DATA_HOME")
        try:
            return (Path(share) if share else Path("~/.local/share").expanduser()) / "epochwatch"
        except RuntimeError:  # no HOME, and a user without a name: a container that runs as a number
            return temporary_folder()

    @property
    def spool_folder(self) -> Path:
        """Name the folder that the spools are in."""
        given = self.spool or (None if self.data else os.environ.get("EPOCHWATCH_SPOOL"))
        return Path(given).expanduser() if given else self.data_folder / "spool"

    @property
    def spool_folders(self) -> tuple[Path, ...]:
        """Name the spool folder and those that are taken, one after the other, when it cannot be written."""
        others = [folder / "spool" for folder in (temporary_folder(), memory_folder()) if _is_ours(folder)]
        return tuple(dict.fromkeys([self.spool_folder, *others]))

    @property
    def server_url(self) -> str:
        """Name the server: as given, else the one that runs on this data folder, else the default address."""
        return (self._given_server or self._running_server() or DEFAULT_URL).rstrip("/")

    def page_of(self, run_id: str) -> str | None:
        """Name a run's page; None while no server was given and none runs on this data folder: any would be a guess."""
        is_known = self._given_server or self._running_server()
        return f"{self.server_url}/runs/{run_id}" if is_known else None

    def token_for(self, url: str) -> str | None:
        """Read the token to show to `url`; None when there is none, or when that host must not see it."""
        if not is_loopback(url) and (not url or url != (self._given_server or "").rstrip("/")):
            return None
        given = self.token or os.environ.get("EPOCHWATCH_TOKEN") or _read_small(self.data_folder / "token") or ""
        token = given.strip()
        if token.isascii() and token.isprintable():
            return token or None
        warn_once(
            "token",
            "the token holds characters that no token has, so none is sent; it stands in the file `token` of the "
            "server's data folder.",
        )
        return None

    @property
    def _given_server(self) -> str | None:
        return self.server or os.environ.get("EPOCHWATCH_SERVER") or None

    def _running_server(self) -> str | None:
        text = _read_small(self.data_folder / "server.json")
        try:
            url = json.loads(text or "null")["url"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return url if isinstance(url, str) and url else None


def temporary_folder() -> Path:
    """Name the second choice for all of it: a folder of this user alone under the temporary files."""
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"epochwatch-{os.getuid()}"  # noqa: S108 - see `_is_ours`


def memory_folder() -> Path:
    """Name the last choice, for a container that may write to no disk: it outlives the process, not the machine."""
    return MEMORY / f"epochwatch-{os.getuid()}"


def is_loopback(url: str) -> bool:
    """Say whether a URL leads to this machine and nowhere else."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return _LOOPBACK.fullmatch(host) is not None


def _is_ours(folder: Path) -> bool:
    """Say whether a folder is this user's alone, or still to be made: where others write, a spool may be a trap."""
    try:
        found = folder.lstat()
    except OSError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _read_small(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SMALL_FILE_BYTES).decode("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
