"""Maintenance to come: in the public words of the bindings, as announced in the console, and regular windows."""

import hashlib
from collections.abc import Iterator, Mapping

from ...guide.bindings import StatusPage
from ...kernel.clock import Instant, after
from ...maintenance.windows import Maintenance as ByTheTeam
from ...maintenance.windows import State as Maintenance
from ...maintenance.windows import taken
from .model import Planned
from .state import Announcement, Span, announced_as, moment_of

AHEAD_SECONDS = 14 * 86_400.0
"""So far ahead regular windows are shown; only the next one of each."""

CALLED_OFF_SECONDS = 86_400.0
"""So long after it was to end, a message that it does not take place may still be tried."""

PLANNED = "Planned maintenance"
EMERGENCY = "Emergency maintenance"
REGULAR = "Regular maintenance"
MAY_BE = "Short interruptions are possible."


def planned(
    page: StatusPage,
    announced: Mapping[str, Announcement],
    maintenance: Maintenance,
    zone_name: str,
    now: Instant,
) -> tuple[Planned, ...]:
    """What is under way or to come, the next one first."""
    found = list(_announced(page, announced, zone_name, now))
    if page.windows:
        found += [one for one in _by_the_team(page, maintenance, now) if not _is_told(one, found)]
        found += [one for one in _windows(maintenance, now) if not _is_told(one, found)]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.id)))


def _is_told(one: Planned, others: list[Planned]) -> bool:
    """Whether something at that time, of all that it concerns, is shown already: in better words."""
    return any(
        one.start < other.end and other.start < one.end and {*one.components} <= {*other.components}
        for other in others
    )


def _announced(
    page: StatusPage, announced: Mapping[str, Announcement], zone_name: str, now: Instant
) -> Iterator[Planned]:
    for one in page.maintenance:
        known = announced.get(announced_as(one))
        start, end = moment_of(one.start, zone_name), moment_of(one.end, zone_name)
        if start < end and now < end:
            labels = tuple(page.components[name].label for name in one.components)
            yield Planned(
                id=_id(announced_as(one)),
                title=one.title,
                text=one.text,
                start=start,
                end=end,
                components=labels,
                announced=known.first if known is not None else now,
                changed=known.last if known is not None else now,
            )


def _labels(page: StatusPage, one: ByTheTeam) -> tuple[str, ...]:
    """Of the components that it names, those that there still are."""
    return tuple(page.components[name].label for name in one.components if name in page.components)


def excused(maintenance: Maintenance, component: str) -> list[Span]:
    """When maintenance of a component was or is on as the team announced it beforehand, and as the guide asks."""
    spans = (
        (max(one.start, one.announced_at), one.until)
        for one in maintenance.announced.values()
        if one.is_planned and component in one.components
    )
    return [(start, end) for start, end in spans if start < end]


def _by_the_team(page: StatusPage, maintenance: Maintenance, now: Instant) -> Iterator[Planned]:
    """Announced in the console. What is done there is written for the team: it is not shown."""
    for one in maintenance.announced.values():
        if one.takes_place and now < one.until:
            yield Planned(
                id=_id(f"{one.seq}/{one.announced_at}"),
                title=PLANNED if one.emergency is None else EMERGENCY,
                text=MAY_BE,
                start=one.start,
                end=one.until,
                components=_labels(page, one),
                excuses=one.is_planned,
                announced=one.known_at,
                changed=one.known_at,
                reminded=one.reminded_at,
            )


def called_off(
    page: StatusPage, maintenance: Maintenance, shown: tuple[Planned, ...], now: Instant
) -> tuple[Planned, ...]:
    """Announced in the console, and cancelled before it began; not where something else is planned at that time."""
    found = [
        Planned(
            id=_id(f"{one.seq}/{one.announced_at}"),
            title=PLANNED,
            text="It does not take place.",
            start=one.start,
            end=one.end,
            components=_labels(page, one),
            cancelled=one.cancelled_at,
        )
        for one in maintenance.announced.values()
        if one.emergency is None and not one.takes_place and now < after(one.end, CALLED_OFF_SECONDS)
    ]
    return tuple(one for one in found if not _is_told(one, list(shown)))


def _windows(maintenance: Maintenance, now: Instant) -> Iterator[Planned]:
    """Those in which work is done every time, without their names. Two at the same time are one."""
    seen = set[tuple[Instant, Instant]]()
    for promise, hours in taken(maintenance):
        start, end = next(hours.intervals(now), (0, 0))
        if start < end and start <= after(now, AHEAD_SECONDS) and (start, end) not in seen:
            seen.add((start, end))
            name = _id(f"{promise.id}/{start}")
            yield Planned(id=name, title=REGULAR, text=MAY_BE, start=start, end=end)


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
