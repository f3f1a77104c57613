"""What a run was asked to be: the arguments of `init`, each checked, a wrong one told once and left out."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from epochwatch import arguments
from epochwatch.arguments import CONTROL, MAX_NAME_CHARS
from epochwatch.discovery import Place
from epochwatch.early_stopping import EarlyStopping, infer_mode
from epochwatch.free_values import as_mapping
from epochwatch.guard import shown, warn_once

DEFAULT_HEARTBEAT_SECONDS = 5.0
DEFAULT_SPOOL_BYTES = 2 << 30  # what a server may be away for; then the hook drops and counts
MAX_NOTE_CHARS = 64 * 1024

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NO = frozenset({"", "0", "no", "off", "false"})
# Arguments that a script written for wandb brings along and that mean nothing here.
_FOREIGN = frozenset(
    {"anonymous", "entity", "group", "job_type", "reinit", "save_code", "settings", "sync_tensorboard"}
)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """A run as asked for. `weights`: what `init` was given, a constant, a curve or a function for each component."""

    project: str
    name: str
    run_id: str | None
    config: dict[str, Any]
    planned_epochs: int | None
    stopping: EarlyStopping | None
    composite: dict[str, list[str]]
    targets: dict[str, dict[str, float]]
    bands: dict[str, dict[str, float]]
    components: list[str] | None
    weights: object
    is_resumed: bool
    tags: tuple[str, ...]
    note: str
    heartbeat_seconds: float
    wants_console: bool
    place: Place
    stops_on_critical: bool = False
    is_disabled: bool = field(default=False)


KNOWN = (
    "config", "epochs", "track", "mode", "patience", "min_delta", "composite", "targets", "bands", "components",
    "weights", "id", "resume", "tags", "note", "notes", "heartbeat_seconds", "console", "dir", "spool", "server",
    "token", "stop_on_critical",
)  # fmt: skip


def read_settings(project: object, name: object, options: Mapping[str, Any]) -> RunSettings:
    """Check what `init` was given; nothing here raises, whatever the values are."""
    _warn_of_unknown(options)
    get = options.get
    composite = arguments.mapping("composite", get("composite"), _composite)
    mode = arguments.optional_text("mode", get("mode"))
    return RunSettings(
        project=arguments.text("project", project, "default"),
        name=arguments.text("name", name, ""),
        run_id=_run_id(get("id")),
        config=arguments.mapping("config", get("config"), as_mapping),
        planned_epochs=arguments.whole("epochs", get("epochs"), least=1),
        stopping=_stopping(options, mode, composite),
        composite=composite,
        targets=arguments.mapping("targets", get("targets"), _targets),
        bands=arguments.mapping("bands", get("bands"), _bands),
        components=arguments.names("components", get("components")),
        weights=get("weights"),
        is_resumed=_is_resumed(get("resume")),
        tags=tuple(tag[:MAX_NAME_CHARS] for tag in arguments.names("tags", get("tags")) or ()),
        note=_note(get("note")) or _note(get("notes")),
        heartbeat_seconds=_heartbeat(get("heartbeat_seconds")),
        wants_console=_wants_console(get("console")),
        place=_place(options),
        stops_on_critical=arguments.flag("stop_on_critical", get("stop_on_critical")),
        is_disabled=is_disabled() or mode == "disabled",
    )


def is_disabled() -> bool:
    """Say whether EPOCHWATCH_MODE turns the hook off."""
    return os.environ.get("EPOCHWATCH_MODE", "").lower() == "disabled"


def every_rank_writes() -> bool:
    """Say whether all ranks of a distributed training write, not only the main one."""
    return os.environ.get("EPOCHWATCH_ALL_RANKS", "").lower() not in _NO


def spool_max_bytes() -> int:
    """Return how large the spool of one process may grow."""
    given = os.environ.get("EPOCHWATCH_SPOOL_MAX_BYTES", "")
    return int(given) if given.isascii() and given.isdigit() and given != "0" else DEFAULT_SPOOL_BYTES


def script_name() -> str:
    """Name what is running: the stem of the script."""
    script = sys.argv[0] if sys.argv else ""
    stem = Path(script).stem if script not in ("", "-c", "-m") else ""
    return CONTROL.sub("", stem)[:64] or "run"


def name_problem(name: str) -> str | None:
    """Say what a metric's name should have been; None when it is right."""
    if not name or name.isspace():
        return "a name with at least one visible character"
    if len(name) > MAX_NAME_CHARS:
        return f"a name of at most {MAX_NAME_CHARS} characters"
    if CONTROL.search(name):
        return "a name without control characters"
    return None


def _place(options: Mapping[str, Any]) -> Place:
    folders = {name: arguments.path(name, options.get(name)) for name in ("dir", "spool")}
    texts = {name: arguments.optional_text(name, options.get(name)) for name in ("server", "token")}
    return Place(data=folders["dir"], spool=folders["spool"], server=texts["server"], token=texts["token"])


def _stopping(
    options: Mapping[str, Any], mode: str | None, composite: Mapping[str, Sequence[str]]
) -> EarlyStopping | None:
    track = options.get("track")
    patience = arguments.whole("patience", options.get("patience"), least=0)
    if not isinstance(track, str) or not track:
        if track is not None:
            arguments.tell("track", track, "the name of a metric such as 'val/loss'")
        elif patience is not None:
            warn_once("patience alone", "patience is given without track: name the metric to follow, track='val/loss'.")
        return None
    if mode not in ("min", "max", None, "disabled", "online", "offline"):
        arguments.tell("mode", mode, "'min' or 'max'")
    if mode not in ("min", "max"):
        mode = "max" if track.rpartition("/")[2] in composite else infer_mode(track)
    if mode is None:
        warn_once("mode", f"track={track!r} does not tell which is better: say mode='min' or 'max'; 'min' is assumed.")
    return EarlyStopping(track, mode or "min", patience, max(0.0, arguments.real(options.get("min_delta")) or 0.0))


def _composite(given: object) -> dict[str, list[str]]:
    found = {}
    for name, factors in as_mapping(given).items():
        names = arguments.names(f"composite[{name!r}]", factors)
        if names:
            found[name] = names
    return found


def _targets(given: object) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for metric, milestones in as_mapping(given).items():
        for epoch, value in as_mapping(milestones).items():
            number = arguments.real(value)
            if epoch.isascii() and epoch.isdigit() and number is not None:
                found.setdefault(metric, {})[epoch] = number
            else:
                arguments.tell(f"targets[{metric!r}]", {epoch: value}, "{epoch: value}, as in {5: 0.1}")
    return found


def _bands(given: object) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for metric, band in as_mapping(given).items():
        if isinstance(band, list | tuple):
            band = dict(zip(("minimum", "good", "excellent"), band, strict=False))  # noqa: PLW2901 - both forms are one
        for edge, value in as_mapping(band).items():
            number = arguments.real(value)
            if edge in ("minimum", "good", "excellent") and number is not None:
                found.setdefault(metric, {})[edge] = number
            elif value is not None:
                arguments.tell(f"bands[{metric!r}]", {edge: value}, "numbers for 'minimum', 'good' and 'excellent'")
    return found


def _run_id(given: object) -> str | None:
    if given is None or (isinstance(given, str) and _RUN_ID.fullmatch(given)):
        return given
    arguments.tell("id", given, "letters, digits, _ . and -, at most 64 of them; an id was made")
    return None


def _heartbeat(given: object) -> float:
    if given is None:
        return DEFAULT_HEARTBEAT_SECONDS
    number = arguments.real(given)
    if number is None or not 0 < number <= 3600:
        arguments.tell("heartbeat_seconds", given, "seconds between 0 and 3600")
        return DEFAULT_HEARTBEAT_SECONDS
    return number


def _note(given: object) -> str:
    return "" if given is None else shown(given, MAX_NOTE_CHARS)


def _wants_console(given: object) -> bool:
    if os.environ.get("EPOCHWATCH_CONSOLE", "on").lower() in _NO:
        return False
    return given is None or (given is not False and not (isinstance(given, str) and given == "off"))


def _is_resumed(given: object) -> bool:
    return given is True or (isinstance(given, str) and given in ("allow", "must", "auto", "True"))


def _warn_of_unknown(options: Mapping[str, Any]) -> None:
    for name in options:
        if name in KNOWN or name in _FOREIGN:
            continue
        import difflib

        near = difflib.get_close_matches(name, KNOWN, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(KNOWN)}."
        warn_once(f"init {name}", f"init: unknown argument {name!r} is left out; {hint}")
