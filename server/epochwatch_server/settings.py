"""What the server was told: flags first, then the environment, then defaults; and the private data folder."""

import ipaddress
import json
import math
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8421
DEMO_FOLDER = "epochwatch-demo"  # the demo's data folder, beside the usual one
TOKEN_BYTES = 32  # 256 bits: nothing to guess, nothing to rotate in a hurry
MIN_TOKEN_BITS = 128  # beyond loopback anyone can try tokens
_YES = frozenset({"1", "true", "yes", "on"})


class WrongSettings(Exception):
    """Settings that must not be served with; the message says what was given and how to do it right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `create_app` needs to know. `token` None means: nobody is asked for one (loopback only)."""

    data: Path
    host: str
    port: int  # 0: any free one
    database_url: str
    token: str | None = field(repr=False)
    allowed_hosts: tuple[str, ...] = ()  # further names this server answers to, `name` or `https://name`
    public_url: str | None = None  # where people reach this server, for links in notifications
    notify_private: bool = False  # notifications may go to this machine and its network

    @property
    def is_loopback(self) -> bool:
        """Say whether only this machine can reach the server."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line said; None or empty where it said nothing."""

    data: str | None = None
    host: str | None = None
    port: int | None = None
    database_url: str | None = None
    no_token: bool = False
    allowed_hosts: tuple[str, ...] = ()
    public_url: str | None = None
    notify_private: bool = False


def read_settings(flags: Flags, environment: Mapping[str, str]) -> Settings:
    """Put the settings together and refuse those that would leave a door open.

    Creates the data folder and its token when they are missing.

    Raises:
        WrongSettings: The combination is unsafe or cannot be understood.
    """
    host = flags.host or environment.get("EPOCHWATCH_HOST") or DEFAULT_HOST
    no_token = flags.no_token or environment.get("EPOCHWATCH_NO_TOKEN", "").lower() in _YES
    if no_token and not is_loopback(host):
        raise WrongSettings(
            f"--no-token was given with host {host}: everyone who reaches this machine could read, stop and delete "
            "every run. Leave --no-token out, or serve on 127.0.0.1 and reach it through an SSH tunnel."
        )
    data = data_folder(environment, flags.data)
    open_data_folder(data)
    token = None if no_token else environment.get("EPOCHWATCH_TOKEN") or find_token(data) or make_token(data)
    if token is not None:
        _check_token(token, host)
    named = (name.strip() for name in environment.get("EPOCHWATCH_ALLOWED_HOSTS", "").split(","))
    return Settings(
        data=data,
        host=host,
        port=_read_port(flags.port if flags.port is not None else environment.get("EPOCHWATCH_PORT") or DEFAULT_PORT),
        database_url=read_database_url(data, environment, flags.database_url),
        token=token,
        allowed_hosts=tuple(name for name in (*flags.allowed_hosts, *named) if name),
        public_url=_read_public_url(flags.public_url or environment.get("EPOCHWATCH_PUBLIC_URL") or ""),
        notify_private=flags.notify_private or environment.get("EPOCHWATCH_NOTIFY_PRIVATE", "").lower() in _YES,
    )


def own_url(settings: Settings) -> str:
    """Name the address for links to this server: the public one, else where it listens."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or read_address(settings.data) or f"http://{host}:{settings.port}"


def data_folder(environment: Mapping[str, str], flag: str | None = None) -> Path:
    """Name the data folder, existing or not."""
    given = flag or environment.get("EPOCHWATCH_DATA")
    if given:
        return Path(given).expanduser().resolve()
    share = environment.get("XDG_DATA_HOME")
    return (Path(share) if share else Path("~/.local/share").expanduser()) / "epochwatch"


def read_database_url(data: Path, environment: Mapping[str, str], flag: str | None = None) -> str:
    """Name the database: SQLite in the data folder unless told otherwise."""
    return flag or environment.get("EPOCHWATCH_DATABASE_URL") or f"sqlite:///{data / 'epochwatch.db'}"


def open_data_folder(folder: Path) -> None:
    """Create the data folder for its owner alone; one that exists keeps its mode, its files are private anyway.

    Raises:
        WrongSettings: It cannot be created or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSettings(
            f"The data folder {folder} cannot be created ({error.strerror}). Name another: --data DIR."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongSettings(f"The data folder {folder} cannot be written. Name another: --data DIR.")


def find_token(data: Path) -> str | None:
    """Read the token of a data folder; None when there is none."""
    try:
        return (data / "token").read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def make_token(data: Path) -> str:
    """Write a new token for its owner alone; when two processes do so at once, both get the first one's."""
    path, token = data / "token", secrets.token_urlsafe(TOKEN_BYTES)
    scratch = data / f".token-{secrets.token_hex(4)}"
    _write_private(scratch, token + "\n")
    try:
        if path.exists() and find_token(data) is None:
            path.unlink()  # an empty file, left by a full disk
        os.link(scratch, path)
    except FileExistsError:
        return find_token(data) or token
    finally:
        scratch.unlink()
    return token


def token_bits(token: str) -> float:
    """Estimate the bits of a token from its length and the smallest usual alphabet that holds it."""
    if len(set(token)) < 8:
        return 0.0
    if set(token) <= set("0123456789"):
        alphabet = 10
    elif set(token.lower()) <= set("0123456789abcdef"):
        alphabet = 16
    else:
        alphabet = 64
    return len(token) * math.log2(alphabet)


def is_loopback(host: str) -> bool:
    """Say whether an address or name can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def write_address(data: Path, url: str) -> None:
    """Tell hooks and commands on this machine where the server listens."""
    scratch = data / ".server.json"
    _write_private(scratch, json.dumps({"url": url, "pid": os.getpid()}) + "\n")
    scratch.replace(data / "server.json")


def read_address(data: Path) -> str | None:
    """Read where a server of this data folder listens; None when none has said so."""
    found = _read_server(data)
    return found[0] if found else None


def is_address_of(data: Path, pid: int) -> bool:
    """Say whether the server of this process wrote the address; one that was killed leaves its own behind."""
    found = _read_server(data)
    return found is not None and found[1] == pid


def remove_address(data: Path) -> None:
    """Take the address away, unless another server has written its own since."""
    if is_address_of(data, os.getpid()):
        (data / "server.json").unlink(missing_ok=True)


def assets_folder(name: str) -> Path:
    """Find `templates`, `static`, `migrations` or `examples`: inside an installed package, or in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_assets" / name
    return installed if installed.is_dir() else package.parents[1] / name


def _check_token(token: str, host: str) -> None:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise WrongSettings(
            "EPOCHWATCH_TOKEN must be printable ASCII without spaces; without it the server makes one of 256 bits."
        )
    if not is_loopback(host) and token_bits(token) < MIN_TOKEN_BITS:
        raise WrongSettings(
            f"The token has about {token_bits(token):.0f} bits; beyond loopback (host {host}) it needs "
            f"{MIN_TOKEN_BITS}. Leave EPOCHWATCH_TOKEN out and the server makes one of 256 bits, or make one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )


def _read_port(given: int | str) -> int:
    try:
        port = int(given)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise WrongSettings(f"The port {given!r} is not a number from 0 (any free one) to 65535.")
    return port


def _read_public_url(given: str) -> str | None:
    address = given.strip().rstrip("/")
    if not address:
        return None
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", address):
        raise WrongSettings(f"EPOCHWATCH_PUBLIC_URL is {given!r}; one reads https://epochwatch.example.com.")
    return address


def _read_server(data: Path) -> tuple[str, int] | None:
    try:
        content = json.loads((data / "server.json").read_text(encoding="utf-8"))
        return str(content["url"]), int(content["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # the file may be an older one with a wider mode
        file.write(text)
        file.flush()
        os.fsync(descriptor)
