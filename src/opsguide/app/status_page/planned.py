"""Maintenance to come: what the bindings announce, and the next windows of the guide."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from ...guide.bindings import StatusPage
from ...guide.promise import Promise
from ...guide.values import Window
from ...kernel.calendar import instant_of, local, zone
from ...kernel.clock import Instant, after, from_datetime
from .model import Planned
from .state import Announcement, announced_as

AHEAD_SECONDS = 14 * 86_400.0
"""So far ahead the windows of the guide are shown; only the next one of each."""

WINDOW = "Maintenance window"
MAY_BE = "Regular time for maintenance: short interruptions are possible."


def planned(
    page: StatusPage,
    announced: Mapping[str, Announcement],
    promises: Sequence[Promise],
    default_zone: str,
    now: Instant,
) -> tuple[Planned, ...]:
    """What is under way or to come, the next one first."""
    found = list(_announced(page, announced, zone(default_zone), now))
    if page.windows:
        found += _windows(promises, default_zone, now)
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.id)))


def _announced(
    page: StatusPage, announced: Mapping[str, Announcement], where: ZoneInfo, now: Instant
) -> Iterator[Planned]:
    for one in page.maintenance:
        known = announced.get(announced_as(one))
        start, end = _instant(one.start, where), _instant(one.end, where)
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


def _instant(text: str, where: ZoneInfo) -> Instant:
    moment = datetime.fromisoformat(text)
    return instant_of(moment, where) if moment.tzinfo is None else from_datetime(moment)


def _windows(promises: Sequence[Promise], default_zone: str, now: Instant) -> Iterator[Planned]:
    """The guide's names of windows are internal: they are not shown. Two at the same time are one."""
    seen = set[tuple[Instant, Instant]]()
    for promise in promises:
        if not isinstance(promise.values, Window):
            continue
        span = next_window(promise.values, default_zone, now)
        if span is not None and span not in seen and span[0] <= after(now, AHEAD_SECONDS):
            seen.add(span)
            yield Planned(
                id=_id(f"{promise.id}/{span[0]}"), title=WINDOW, text=MAY_BE, start=span[0], end=span[1]
            )


def next_window(window: Window, default_zone: str, now: Instant) -> tuple[Instant, Instant] | None:
    """The window that is open or opens next; None where the guide does not say exactly when."""
    if window.rrule is None or window.start is None or window.end is None:
        return None
    try:
        where = zone(window.zone or default_zone)
    except ValueError:
        return None  # an abbreviation that names no zone: nothing is announced that may be wrong
    opens, closes = time.fromisoformat(window.start), time.fromisoformat(window.end)
    today = local(now, where).date()
    # Where the rule counts in steps (every second week) the guide does not say from which: nothing is announced.
    if "INTERVAL=" in window.rrule or "FREQ=" not in window.rrule:
        return None
    since = datetime.combine(today - timedelta(days=1), opens)
    try:
        rule = rrulestr(window.rrule, dtstart=since)
    except ValueError:
        return None
    for day in rule.between(since, since + timedelta(days=62), inc=True):
        ending = day.date() if closes > opens else day.date() + timedelta(days=1)
        start = instant_of(datetime.combine(day.date(), opens), where)
        end = instant_of(datetime.combine(ending, closes), where)
        if now < end and start < end:
            return start, end
    return None


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
