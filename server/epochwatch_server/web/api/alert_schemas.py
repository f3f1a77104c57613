"""The JSON of alerts and mutes that only the API speaks; what the stream shares is in `live/health_messages`."""

from typing import Annotated, Literal

from pydantic import Field

from epochwatch_server.domain.alert import FiringCounts, Mute
from epochwatch_server.flows.alerts import MAX_IDS
from epochwatch_server.live.health_messages import AlertJson
from epochwatch_server.live.messages import Message
from epochwatch_server.web.api.schemas import Given

Id = Annotated[int, Field(ge=0, le=2**62)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)]


class AlertCounts(Message):
    """The firing alerts that are not muted, by severity, and those of them that nobody has seen."""

    critical: int
    warning: int
    info: int
    unread: int


class AlertsJson(Message):
    """Alerts, last fired first. counts: of what was asked for, whatever its severity and phase."""

    alerts: list[AlertJson]
    counts: AlertCounts


class ChangedAlertsJson(Message):
    """The alerts that were meant, as they are now; those of deleted runs are left out."""

    alerts: list[AlertJson]


class AcknowledgeGiven(Given):
    """Which alerts to acknowledge, or, with `undo`, to open again."""

    ids: Ids
    undo: bool = False


class SeenGiven(Given):
    """Which alerts were looked at."""

    ids: Ids


class MuteGiven(Given):
    """For what to mute an alert: this run, or every run of its project."""

    scope: Literal["run", "project"]


class PauseGiven(Given):
    """Whether the rules of a run shall rest."""

    paused: bool


class MuteJson(Message):
    """Silence for a rule: in a project, or of one run; on one subject, or on all."""

    id: int
    project: str
    run: str | None
    rule: str
    subject: str | None
    muted_ms: int
    muted_by: str


class MutesJson(Message):
    """Every mute of a project, oldest first."""

    mutes: list[MuteJson]


def counts_json(counts: FiringCounts) -> AlertCounts:
    """Turn the numbers of what fires into JSON."""
    return AlertCounts(critical=counts.critical, warning=counts.warning, info=counts.info, unread=counts.unread)


def mute_json(mute: Mute) -> MuteJson:
    """Turn a mute into JSON."""
    return MuteJson(
        id=mute.id,
        project=mute.project,
        run=mute.run_id,
        rule=mute.rule,
        subject=mute.subject,
        muted_ms=mute.muted_ms,
        muted_by=mute.muted_by,
    )
