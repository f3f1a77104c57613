"""Files that a log names: read only where they lie inside the log's own folder."""

from pathlib import Path

MAX_BYTES = 4 << 20


def read_inner(folder: Path, name: str) -> bytes | None:
    """Read a file below a folder.

    Returns:
        None when it lies elsewhere, even by a link, is not there, or is larger than 4 MiB.
    """
    if not name or "\0" in name:
        return None
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None
