"""Several runs in one ZIP archive, sent while it is made."""

import re
import zipfile
from collections.abc import Iterator, Sequence

from epochwatch_server.domain.run import Run
from epochwatch_server.exporters.catalogue import Export, file_name_of
from epochwatch_server.exporters.rows import Read
from epochwatch_server.exporters.sink import Sink

_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


def export_archive(read: Read, runs: Sequence[Run], export: Export) -> Iterator[bytes]:
    """Yield an archive with a folder a run, named after the run and its id.

    Args:
        runs: With their documents.
    """
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for run in runs:
            folder = f"{_UNSAFE.sub('-', run.name)[:80].strip('.-') or 'run'}-{run.id}"
            with archive.open(f"{folder}/{file_name_of(export, run)}", "w", force_zip64=True) as file:
                for part in export.export(read, run):
                    file.write(part)
                    yield sink.take()
    yield sink.take()
