"""Static files, addressed by the hash of them all: a browser may keep them for ever and never shows old ones."""

import gzip
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from epochwatch_server.web.module_graph import modules_of

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
PLOTLY = "plotly.js"
CHECK_SECONDS = 1.0  # how often a changed file is looked for; whoever edits one sees it at the next load
MIN_GZIP_BYTES = 1024


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served. `packed` is its gzip form, None where that would not help."""

    content: bytes
    packed: bytes | None
    media_type: str


class StaticFiles:
    """The files below one folder and Plotly's script. Safe to use from any thread.

    Modules import each other by relative paths, so all addresses share one version: the hash of every file. Only names
    found in the folder are served; no path from a request is ever joined to one of ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._checked = -CHECK_SECONDS
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._files: dict[str, StaticFile] = {}
        self._version = ""
        self._modules: dict[str, tuple[str, ...]] = {}  # what each page's script imports
        self._plotly = b""
        self._plotly_version = ""
        self._plotly_file: StaticFile | None = None

    def url(self, path: str) -> str:
        """Name the address of a file of the folder.

        Raises:
            KeyError: There is no such file; a template names a wrong one.
        """
        self._refresh()
        if path not in self._files:
            raise KeyError(f"static file {path!r} does not exist below {self._folder}")
        return f"/static/{self._version}/{path}"

    def module_urls(self, path: str) -> list[str]:
        """Name the addresses of every module that a page's script imports, directly or not.

        Raises:
            KeyError: There is no such file.
        """
        entry = self.url(path)
        with self._lock:
            files, base = self._files, entry.removesuffix(path)
            if path not in self._modules:
                self._modules[path] = modules_of(path, lambda name: _source(files.get(name)))
            return [base + name for name in self._modules[path]]

    def plotly_url(self) -> str:
        """Name the address of Plotly's script."""
        self._load_plotly()
        return f"/static/{self._plotly_version}/{PLOTLY}"

    def find(self, path: str) -> tuple[StaticFile, bool] | None:
        """Find what `/static/` serves under this path, and say whether the address holds the present version."""
        version, _, name = path.partition("/")
        if PLOTLY in (path, name):
            plotly = self._pack_plotly()
            return (plotly, version == self._plotly_version) if plotly else None
        self._refresh()
        file = self._files.get(name)
        return (file, version == self._version) if file else None

    def _refresh(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._checked < CHECK_SECONDS:
                return
            self._checked = now
            found = sorted(path for path in self._folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
            stamp = tuple((str(path), (state := path.stat()).st_mtime_ns, state.st_size) for path in found)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._modules = {}
            self._files = {
                path.relative_to(self._folder).as_posix(): _file(path.read_bytes(), path.suffix) for path in found
            }
            self._version = _hash(
                *(part for name, file in self._files.items() for part in (name.encode(), file.content))
            )

    def _load_plotly(self) -> None:
        with self._lock:
            path = plotly_script()
            if not self._plotly and path is not None:
                self._plotly = path.read_bytes()
                self._plotly_version = _hash(self._plotly)

    def _pack_plotly(self) -> StaticFile | None:
        """Packing the five megabytes takes 0.1 s, so it is done once, and only when somebody asks for them."""
        self._load_plotly()
        with self._lock:
            if self._plotly_file is None and self._plotly:
                self._plotly_file = _file(self._plotly, ".js")
            return self._plotly_file


def plotly_script() -> Path | None:
    """Find Plotly's script inside the installed package without importing it; None when it is not there."""
    spec = find_spec("plotly")
    for folder in spec.submodule_search_locations or () if spec else ():
        script = Path(folder) / "package_data" / "plotly.min.js"
        if script.is_file():
            return script
    return None


def _file(content: bytes, suffix: str) -> StaticFile:
    packed = gzip.compress(content, 6, mtime=0) if len(content) >= MIN_GZIP_BYTES else None
    return StaticFile(content, packed if packed and len(packed) < len(content) else None, MEDIA_TYPES[suffix])


def _source(file: StaticFile | None) -> str | None:
    return file.content.decode() if file else None


def _hash(*parts: bytes) -> str:
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:16]
