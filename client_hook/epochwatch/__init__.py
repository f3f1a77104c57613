"""Epochwatch: a live monitor for neural-network training. `epochwatch.init(...)` in the script, then `run.log(...)`."""

from typing import Any

from epochwatch.active import current_run, start_run
from epochwatch.guard import warn_once
from epochwatch.run import AlertLevel, Run

__version__ = "0.1.0"
__all__ = ["AlertLevel", "Run", "alert", "finish", "init", "log"]

# `epochwatch.run` is the run started last, as scripts that know wandb expect; the module of that name is found by
# `from epochwatch.run import ...` all the same, since imports look into sys.modules.
globals().pop("run", None)


def init(  # noqa: PLR0913 - one argument for each thing a run can be told
    project: Any = None,
    name: Any = None,
    *,
    config: Any = None,
    epochs: Any = None,
    track: Any = None,
    mode: Any = None,
    patience: Any = None,
    min_delta: Any = 0.0,
    composite: Any = None,
    targets: Any = None,
    bands: Any = None,
    components: Any = None,
    weights: Any = None,
    id: Any = None,
    resume: Any = False,
    tags: Any = (),
    note: Any = "",
    heartbeat_seconds: Any = None,
    console: Any = None,
    stop_on_critical: Any = False,
    dir: Any = None,
    spool: Any = None,
    server: Any = None,
    token: Any = None,
    **unknown: Any,
) -> Run:
    """Start a run.

    Args:
        project: a name that groups runs.
        name: what this one is called.
        config: the settings as they are: a dictionary, namespace or dataclass. Types are kept.
        epochs: how many are planned.
        track, mode, patience, min_delta: the metric that early stopping follows, "min" or "max" (read from the name
            when left out), epochs without improvement that are allowed, and what counts as one.
        composite: name -> metrics whose product it is, for every split that has them all.
        targets: metric -> {epoch: value that should be reached by then}.
        bands: metric -> {"minimum", "good", "excellent"}.
        components, weights: the terms of the loss (else inferred from `loss_*`), and their weights: numbers, lists
            with one number an epoch, or functions of the epoch.
        id, resume: continue the run of that id.
        tags, note: shown with the run.
        heartbeat_seconds: how often the server hears from a run that logs nothing.
        console: False prints no epoch blocks and no alerts.
        stop_on_critical: True lets a critical alert of the server's rules stop the run, as the Stop button does.
        dir, spool, server, token: where things are, when it is not where they are found by themselves.

    Returns:
        The run. What is wrong with an argument is told once; nothing raises.
    """
    options = {
        "config": config, "epochs": epochs, "track": track, "mode": mode, "patience": patience, "min_delta": min_delta,
        "composite": composite, "targets": targets, "bands": bands, "components": components, "weights": weights,
        "id": id, "resume": resume, "tags": tags, "note": note, "heartbeat_seconds": heartbeat_seconds,
        "console": console, "stop_on_critical": stop_on_critical, "dir": dir, "spool": spool, "server": server,
        "token": token,
    }  # fmt: skip
    return start_run(project, name, {**unknown, **options})


def log(data: Any = None, step: Any = None, **more: Any) -> None:
    """Log to the run started last; see `Run.log`."""
    run = current_run()
    if run is None:
        warn_once("log before init", "log: no run was started; call epochwatch.init(...) first.")
    else:
        run.log(data, step, **more)


def alert(title: str, text: str = "", level: str = "warning", **more: Any) -> None:
    """Raise an alert of the run started last; see `Run.alert`."""
    run = current_run()
    if run is not None:
        run.alert(title, text, level, **more)


def finish(exit_code: int | None = None, **more: Any) -> None:
    """End the run started last; see `Run.finish`."""
    run = current_run()
    if run is not None:
        run.finish(exit_code, **more)


def __getattr__(name: str) -> Any:
    run = current_run()
    if name == "run":
        return run
    if name in ("config", "summary") and run is not None:
        return getattr(run, name)
    raise AttributeError(f"module 'epochwatch' has no attribute {name!r}")
