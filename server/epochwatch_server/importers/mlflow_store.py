"""MLflow's stores, as a SQLite file or as folders, read without MLflow itself."""

from collections.abc import Iterator
from pathlib import Path

from epochwatch_server.importers import mlflow_database, mlflow_folders
from epochwatch_server.importers.epochs import by_own_steps, with_epochs
from epochwatch_server.importers.format import Format, Mood, NothingThere
from epochwatch_server.importers.imported import ImportedRun
from epochwatch_server.importers.log_files import files_below
from epochwatch_server.importers.mlflow_run import StoredRun, plain
from epochwatch_server.importers.sqlite_store import has_tables

_ENDS = {"FINISHED": "finished", "FAILED": "crashed", "KILLED": "interrupted"}
_NOTE, _PARENT = "mlflow.note.content", "mlflow.parentRunId"
_ABOUT = {
    "mlflow.user": "user",
    "mlflow.source.name": "script",
    "mlflow.source.git.commit": "commit",
    "mlflow.source.type": "source_type",
    "mlflow.source.git.branch": "branch",
}


def looks_like(path: Path) -> bool:
    """Say whether a path is such a database, or a folder of experiments."""
    return next(_databases(path), None) is not None or mlflow_folders.is_store(path)


def read(path: Path, mood: Mood) -> Iterator[ImportedRun]:
    """Read every run of a store that was not deleted.

    Raises:
        InvalidInput: It is no store of MLflow's.
    """
    databases = list(_databases(path))
    if not databases and not mlflow_folders.is_store(path):
        raise NothingThere(f"{path} is no store of MLflow's; expected its SQLite file, or the folder mlruns")
    for database in databases:
        for stored in mlflow_database.runs_of(database):
            yield _run(stored)
    if mlflow_folders.is_store(path):
        for stored in mlflow_folders.runs_of(path):
            yield _run(stored)


def _databases(path: Path) -> Iterator[Path]:
    files = [path] if path.is_file() else (file for file in files_below(path, limit=500) if file.parent == path)
    return (file for file in files if has_tables(file, "experiments", "runs", "metrics", "params", "tags"))


def _run(stored: StoredRun) -> ImportedRun:
    is_over = stored.status in _ENDS
    tags = dict(stored.tags)
    note = tags.pop(_NOTE, "")
    about = {word: tags[tag] for tag, word in _ABOUT.items() if tags.get(tag)}
    parent = tags.get(_PARENT)
    own = {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
    return ImportedRun(
        key=stored.id,
        name=stored.name or stored.id,
        project=stored.experiment,
        created=stored.begun,
        items=with_epochs(by_own_steps(stored.rows(), is_whole=is_over), is_whole=is_over),
        config={name: plain(text) for name, text in stored.params.items()},
        environment={**about, "mlflow": {"run": stored.id, **({"parent": parent} if parent else {})}},
        tags=tuple(f"{name}={value}" if value else name for name, value in own.items()),
        note=note,
        end=_ENDS.get(stored.status),
        is_over=is_over,
        losses=stored.losses,
    )


FORMAT = Format("mlflow", "MLflow's stores", looks_like, read)
