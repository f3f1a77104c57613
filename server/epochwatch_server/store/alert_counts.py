"""How many alerts fire, over all runs or some: what the top bar and the head of a list of alerts say."""

from sqlalchemy import Connection

from epochwatch_server.domain.alert import FiringCounts
from epochwatch_server.store.statement import Statement

_COUNT = (
    "SELECT severity, seen_ms IS NULL, count(*) FROM alert JOIN run ON run.id = alert.run_id "
    "WHERE phase = 'firing' {of} AND NOT EXISTS ("
    "SELECT 1 FROM mute WHERE mute.project = run.project AND mute.rule = alert.rule "
    "AND (mute.run_id IS NULL OR mute.run_id = alert.run_id) "
    "AND (mute.subject IS NULL OR mute.subject = alert.subject)"
    ") GROUP BY severity, seen_ms IS NULL"
)


def count_firing(
    connection: Connection,
    *,
    run_id: str | None = None,
    project: str | None = None,
    rule: str | None = None,
    acknowledged: bool | None = None,
) -> FiringCounts:
    """Count the alerts that fire and are not muted, by severity, and those that nobody has seen."""
    wanted = {"alert.run_id": run_id, "run.project": project, "alert.rule": rule}
    given = {column: value for column, value in wanted.items() if value is not None}
    counts, unread = {"critical": 0, "warning": 0, "info": 0}, 0
    of = [f"AND {column} = ?" for column in given]
    if acknowledged is not None:
        of.append(f"AND acknowledged_ms IS {'NOT ' if acknowledged else ''}NULL")
    statement = Statement(_COUNT, of=" ".join(of))
    for severity, is_unread, n in statement.rows(connection, *given.values()):
        counts[severity] = counts.get(severity, 0) + n
        unread += n if is_unread else 0
    return FiringCounts(counts["critical"], counts["warning"], counts["info"], unread)
