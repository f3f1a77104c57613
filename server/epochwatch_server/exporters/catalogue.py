"""Every format that runs can be exported to: one file each, one line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from epochwatch_server.domain.errors import NotFound
from epochwatch_server.domain.run import Run
from epochwatch_server.exporters.csv_rows import export_csv
from epochwatch_server.exporters.jsonl import export_jsonl
from epochwatch_server.exporters.parquet import export_parquet
from epochwatch_server.exporters.rows import Read
from epochwatch_server.exporters.tensorboard import export_tensorboard


@dataclass(frozen=True, slots=True)
class Export:
    """A format: its name and its file's ending are one; export: a run's file, piece by piece."""

    name: str
    media_type: str
    export: Callable[[Read, Run], Iterator[bytes]]
    file_name: str = "{run}.{name}"


EXPORTS: tuple[Export, ...] = (
    Export("csv", "text/csv; charset=utf-8", export_csv),
    Export("jsonl", "application/x-ndjson", export_jsonl),
    Export("parquet", "application/vnd.apache.parquet", export_parquet),
    # TensorBoard takes a file for its own by this name only.
    Export("tensorboard", "application/octet-stream", export_tensorboard, "events.out.tfevents.{time}.{run}"),
)


def find_export(name: str) -> Export:
    """Find a format by name.

    Raises:
        NotFound: There is none of this name.
    """
    found = next((known for known in EXPORTS if known.name == name), None)
    if found is None:
        known_names = ", ".join(known.name for known in EXPORTS)
        raise NotFound(f"there is no export named {name[:40]!r}; there are {known_names}")
    return found


def file_name_of(export: Export, run: Run) -> str:
    """Name a run's file."""
    return export.file_name.format(run=run.id, name=export.name, time=run.created_ms // 1000)
