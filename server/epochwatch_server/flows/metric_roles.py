"""What the metrics of a project were taken for, by their names, and what a user says they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from epochwatch_server.domain.errors import InvalidInput
from epochwatch_server.domain.run import Run
from epochwatch_server.flows.packet_header import name_problem, quote
from epochwatch_server.health.signals import ROLES, Signal, declare, read_signal
from epochwatch_server.store import rule_settings, runs, series
from epochwatch_server.store.database import Connection

NEWEST_RUNS = 20  # whose metrics are listed: what older ones had may have gone for good
MAX_METRICS = 5_000


@dataclass(frozen=True, slots=True)
class MetricRole:
    """A metric and what it is to the rules.

    role: as its name says. component, direction: as they follow from the role that counts. declared: the script named
    it as a term of its loss. corrected: the role that a user gave it instead, or None.
    """

    metric: str
    split: str | None
    role: str
    component: str | None
    direction: str | None
    declared: bool
    corrected: str | None


def metric_roles(connection: Connection, project: str) -> list[MetricRole]:
    """List the metrics of a project's newest runs, and those that were corrected, in the order of their names."""
    found = runs.list_runs(connection, project=project, limit=NEWEST_RUNS, with_documents=True)
    corrections = rule_settings.role_corrections(connection, project)
    declared = {name for run in found for name in run.declared.components or ()}
    names = {*corrections, *_metrics(connection, found)}
    return [_metric_role(name, corrections, declared) for name in sorted(names)[:MAX_METRICS]]


def check_correction(metric: str, role: str | None) -> None:
    """Refuse a correction that means nothing.

    Raises:
        InvalidInput: There is no such role, or no metric can be called so.
    """
    problem = name_problem(metric)
    if problem is not None:
        raise InvalidInput(f"Metric: {quote(metric)} was given; it takes {problem}.")
    if role is not None and role not in ROLES:
        raise InvalidInput(f"Role of {quote(metric)}: {quote(role)} was given; it takes null or {', '.join(ROLES)}.")


def _metrics(connection: Connection, found: list[Run]) -> Iterator[str]:
    for of_run in series.series_of_runs(connection, [run.id for run in found]).values():
        yield from of_run


def _metric_role(name: str, corrections: Mapping[str, str], declared: set[str]) -> MetricRole:
    read = read_signal(name)
    counts = declare(read, corrections)
    return MetricRole(
        metric=name,
        split=read.split,
        role=read.role,
        component=counts.component,
        direction=counts.direction,
        declared=_is_declared(read, declared),
        corrected=corrections.get(name),
    )


def _is_declared(read: Signal, declared: set[str]) -> bool:
    return bool({read.metric, read.stem, read.component} & declared)
