"""An incident as the API gives it. These are a public contract (docs/reference/routes.md)."""

from urllib.parse import quote

from msgspec import Struct

from ..kernel.clock import rfc3339, rfc3339_or_none
from .facts import Clock
from .process.state import Chart, Task, Update
from .state import Delivery, Incident, Member


class ClockStatus(Struct, frozen=True):
    """`state` is running, met or missed."""

    name: str
    state: str
    seconds: float
    due: str
    promise: str


class DeliveryStatus(Struct, frozen=True):
    """One person told through one channel; `state` is waiting, done, failed (tried again) or withdrawn."""

    step: int
    person: str
    channel: str
    state: str
    attempts: int
    detail: str
    at: str


class MemberStatus(Struct, frozen=True):
    """One thing that an incident is about, by the key that its source gave it."""

    key: str
    title: str
    since: str
    over: str | None


class ProposedStatus(Struct, frozen=True):
    """The severity that a definition of the guide gives to what is so: `promise` is that definition."""

    severity: str
    promise: str
    condition: str


class UpdateStatus(Struct, frozen=True):
    """A status update; `phase` is investigating, identified, monitoring or resolved. `text` is empty once erased.

    `entry` is its number in the timeline; `corrected_at` is when its words were replaced last.
    """

    entry: int
    at: str
    by: str
    public: bool
    phase: str
    text: str
    corrected_at: str | None


class TaskStatus(Struct, frozen=True):
    """Something to do because of an incident; `state` is open, done or dropped."""

    number: int
    text: str
    owner: str
    due: str | None
    state: str
    overdue: bool


class ChartStatus(Struct, frozen=True):
    """The course of a signal, `range` long until then; `url` is where its picture is."""

    signal: str
    range: str
    until: str
    by: str
    caption: str
    url: str


class IncidentStatus(Struct, frozen=True):
    """An incident; instants are RFC 3339, null while it has not come to that.

    `members` are what it is about; `muted_by` the silence or incident because of which nobody is told. `had` are the
    severities that it has had, each since when.
    """

    id: str
    title: str
    severity: str
    severity_known: bool
    proposed: ProposedStatus | None
    had: dict[str, str]
    reason: str
    promise: str | None
    runbook: str
    opened_at: str
    acknowledged_at: str | None
    acknowledged_by: str
    recovered_at: str | None
    resolved_at: str | None
    resolved_by: str
    resolution: str
    labels: dict[str, str]
    members: tuple[MemberStatus, ...]
    flapping: bool
    muted_by: str
    merged_into: str
    clocks: tuple[ClockStatus, ...]
    deliveries: tuple[DeliveryStatus, ...]
    roles: dict[str, str]
    updates: tuple[UpdateStatus, ...]
    tasks: tuple[TaskStatus, ...]
    charts: tuple[ChartStatus, ...]
    pins: tuple[int, ...]


def status(incident: Incident) -> IncidentStatus:
    """What the API says of an incident."""
    return IncidentStatus(
        id=incident.id,
        title=incident.headline,
        severity=incident.severity,
        severity_known=incident.severity_known,
        proposed=_proposed(incident),
        had={name: rfc3339(at) for name, at in incident.had.items()},
        reason=incident.reason,
        promise=incident.promise,
        runbook=incident.runbook,
        opened_at=rfc3339(incident.opened_at),
        acknowledged_at=rfc3339_or_none(incident.acknowledged_at),
        acknowledged_by=incident.acknowledged_by,
        recovered_at=rfc3339_or_none(incident.recovered_at),
        resolved_at=rfc3339_or_none(incident.resolved_at),
        resolved_by=incident.resolved_by,
        resolution=incident.resolution,
        labels=incident.labels,
        members=tuple(_member(key, member) for key, member in incident.members.items()),
        flapping=incident.flapping,
        muted_by=incident.muted_by,
        merged_into=incident.merged_into,
        clocks=tuple(_clock(incident, clock) for clock in incident.clocks),
        deliveries=tuple(_delivery(one) for one in incident.deliveries.values()),
        roles={role: incident.work.roles[role] for role in sorted(incident.work.roles)},
        updates=tuple(_update(one) for one in incident.work.updates),
        tasks=tuple(task_status(one) for one in incident.work.tasks.values()),
        charts=tuple(_chart(one) for one in incident.work.charts),
        pins=tuple(incident.work.pins),
    )


def _proposed(incident: Incident) -> ProposedStatus | None:
    found = incident.proposed
    return ProposedStatus(found.severity, found.promise, found.condition) if found is not None else None


def _update(one: Update) -> UpdateStatus:
    corrected = rfc3339_or_none(one.corrected_at)
    return UpdateStatus(one.seq, rfc3339(one.at), one.by, one.public, one.phase, one.text, corrected)


def task_status(one: Task) -> TaskStatus:
    return TaskStatus(one.number, one.text, one.owner, rfc3339_or_none(one.due), one.state, one.overdue)


def _chart(one: Chart) -> ChartStatus:
    return ChartStatus(one.signal, one.range, rfc3339(one.at), one.by, one.caption, picture_url(one))


def picture_url(one: Chart) -> str:
    """Where the picture of a chart is drawn, as of its instant."""
    return f"/signals/{quote(one.signal)}/chart.svg?range={one.range}&as-of={rfc3339(one.at)}"


def _member(key: str, member: Member) -> MemberStatus:
    return MemberStatus(key, member.title, rfc3339(member.since), rfc3339_or_none(member.over))


def _clock(incident: Incident, clock: Clock) -> ClockStatus:
    return ClockStatus(clock.name, incident.how(clock), clock.seconds, rfc3339(clock.due), clock.promise)


def _delivery(one: Delivery) -> DeliveryStatus:
    return DeliveryStatus(
        one.step, one.person, one.channel, one.state, one.attempts, one.detail, rfc3339(one.at)
    )
