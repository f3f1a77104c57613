"""The run that `epochwatch.log` speaks to, and what happens when the process forks, crashes or ends."""

import atexit
import os
import sys
import weakref
from functools import partial
from types import TracebackType
from typing import Any

from epochwatch.engine import Engine
from epochwatch.guard import attempt, forget_warnings, guarded, warn_once
from epochwatch.ranks import Rank, common_run_id, find_rank, new_run_id
from epochwatch.run import Run, silent_run
from epochwatch.settings import every_rank_writes, read_settings, script_name

_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()
_current: Run | None = None
_is_hooked = False


def start_run(project: object, name: object, options: dict[str, Any]) -> Run:
    """Start a run; whatever goes wrong, the answer is a run, if need be one that does nothing."""
    global _current  # noqa: PLW0603 - the module conveniences speak to the newest run
    unknown: Run | None = None
    run = attempt("init", partial(_start, project, name, options), unknown)
    if run is None:
        run = silent_run("default", "", new_run_id(), {})
    _current = run
    return run


def current_run() -> Run | None:
    """Return the run started last."""
    return _current


def _start(project: object, name: object, options: dict[str, Any]) -> Run:
    settings = read_settings(project, name, options)
    rank = find_rank()
    is_silent = settings.is_disabled or not (rank.is_main or every_rank_writes())
    run_id = settings.run_id or _make_id(rank, is_silent=is_silent)
    if is_silent:
        return Run(settings, run_id, None)
    _hook_into_process()
    engine = Engine(settings, run_id, rank)
    run = Run(settings, run_id, engine)
    _runs.add(run)
    engine.start(run.config, settings.name or f"{script_name()}-{run_id[-4:]}")
    return run


def _make_id(rank: Rank, *, is_silent: bool) -> str:
    if rank.world_size > 1 and every_rank_writes() and not is_silent:
        common = common_run_id()
        if common is not None:
            return common
        warn_once("common id", "all ranks write, but nothing tells their launch apart: pass the same id= to each init.")
    return new_run_id()


def _hook_into_process() -> None:
    global _is_hooked  # noqa: PLW0603 - once in a process; nothing is hooked by an import
    if _is_hooked:
        return
    _is_hooked = True
    os.register_at_fork(after_in_child=_after_fork)
    atexit.register(_at_exit)
    before = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        _end_all(error)

    sys.excepthook = excepthook


def _after_fork() -> None:
    forget_warnings()
    for run in tuple(_runs):
        attempt("fork", run.detach, None)
    _runs.clear()


@guarded(None)
def _at_exit() -> None:
    _end_all(None)


def _end_all(error: BaseException | None) -> None:
    for run in tuple(_runs):
        run.end_with(error)
