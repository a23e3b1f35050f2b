"""Maintenance: what the guide asks of it, what was announced, and whether a window is open. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from ..guide.keeping import Keeping
from ..guide.promise import Promise
from ..guide.recurring import opened
from ..guide.values import Window
from ..kernel.calendar import Hours, Interval, zone
from ..kernel.calendar.hours import whole_days_later
from ..kernel.clock import Instant, after, rfc3339, seconds_between
from ..kernel.duration import spoken
from ..kernel.facts import Recorded
from ..kernel.promise import Keeper
from .facts import MaintenanceAnnounced, MaintenanceCancelled, MaintenanceReminded, MaintenanceText

KEPT = 200
"""So many stay at hand; older ones are on the ledger."""

_WORKDAYS = frozenset(range(5))


class Emergency(Struct, frozen=True):
    """Maintenance that nobody planned: who has to approve it and by which line, "" for nobody; who did."""

    approver: str
    promise: str
    approved_by: str = ""
    approved_at: Instant | None = None
    begun: bool = False
    ended: bool = False


class Maintenance(Struct, frozen=True):
    """One that was announced; `seq` is its fact. `what` is empty once it was erased.

    An emergency is from when it was asked for, for so long, until it begins.
    """

    id: str
    seq: int
    window: str
    start: Instant
    end: Instant
    by: str
    announced_at: Instant
    what: str
    breaks: tuple[str, ...] = ()
    cancelled_at: Instant | None = None
    cancelled_by: str = ""
    emergency: Emergency | None = None
    reminded_at: Instant | None = None
    components: tuple[str, ...] = ()

    @property
    def until(self) -> Instant:
        """When it ends, or ended before its time."""
        return self.end if self.cancelled_at is None else min(self.end, self.cancelled_at)

    @property
    def known_at(self) -> Instant:
        """Since when others may know of it: an emergency, since it began."""
        return self.announced_at if self.emergency is None else self.start

    @property
    def takes_place(self) -> bool:
        """Not where it was cancelled before it began, nor while an emergency waits to begin."""
        if self.emergency is not None and not self.emergency.begun:
            return False
        return self.cancelled_at is None or self.cancelled_at > self.start

    @property
    def is_planned(self) -> bool:
        """Whether it is what the guide means by planned: its downtime need not count."""
        return self.takes_place and not self.breaks and self.emergency is None

    def runs(self, at: Instant) -> bool:
        return self.start <= at < self.until


class State(Keeping, kw_only=True):
    """What was announced, oldest first, by its name; `count` is of all that ever were."""

    keeper: Keeper = "maintenance"
    announced: dict[str, Maintenance] = field(default_factory=dict)
    count: int = 0


class Problem(Struct, frozen=True):
    """What the guide asks and a plan does not keep: a name, a sentence, what to do instead."""

    reason: str
    what: str
    hint: str


def windows(state: State) -> list[tuple[Promise, Window]]:
    """Those of the guide, in its order."""
    ordered = sorted(state.promises.values(), key=lambda one: (one.span, one.id))
    return [(one, one.values) for one in ordered if isinstance(one.values, Window)]


def hours_of(state: State, window: Window) -> Hours | None:
    """When the guide's window is open; None where it leaves that open."""
    return opened(window, state.bindings.zone)


def problems(state: State, promise: Promise, start: Instant, end: Instant, now: Instant) -> Iterator[Problem]:
    """What a plan that is announced now does not keep of a window of the guide."""
    window, line = promise.values, f"line {promise.span.line}"
    assert isinstance(window, Window)
    ahead = spoken(max(0.0, seconds_between(now, start)))
    earliest = _earliest(state, window, now)
    if earliest is not None and start < earliest:
        what = f"it begins {ahead} from now; {line} asks for {_notice(window)} of notice"
        yield Problem("too_late", what, f"begin at {rfc3339(earliest)} or later")
    length = seconds_between(start, end)
    if window.max_seconds is not None and length > window.max_seconds:
        what = f"it takes {spoken(length)}; {line} allows {spoken(window.max_seconds)}"
        yield Problem("too_long", what, "make it shorter, or announce it in parts")
    hours = hours_of(state, window)
    if hours is not None and not _holds(hours, start, end):
        following = next(hours.intervals(max(start, earliest or start)), None)
        hint = f"the next one is {said(following)}" if following is not None else "the guide's never comes"
        yield Problem("outside_window", f"it is not within a window of {line}", hint)


def _holds(hours: Hours, start: Instant, end: Instant) -> bool:
    """Whether all of a stretch of time is in one opening."""
    opening = next(hours.intervals(start), None)
    return opening is not None and opening[0] <= start and end <= opening[1]


def said(interval: Interval) -> str:
    """`2026-12-06T02:00Z to 06:00Z`, the day where it is another."""
    start, end = (rfc3339(at)[:16] for at in interval)
    return f"{start}Z to {end[11:] if start[:10] == end[:10] else end}Z"


def _earliest(state: State, window: Window, now: Instant) -> Instant | None:
    """When what is announced now may begin; None where the guide asks for no notice."""
    if window.notice_seconds is not None:
        return now + round(window.notice_seconds * 1000)
    if window.notice_business_days is not None:
        return whole_days_later(
            now, round(window.notice_business_days), Hours(zone(state.bindings.zone), _WORKDAYS)
        )
    return None


def _notice(window: Window) -> str:
    if window.notice_seconds is not None:
        return spoken(window.notice_seconds)
    return f"{window.notice_business_days:g} business days"


# What is open -----------------------------------------------------------------------------------------------------


def taken(state: State) -> list[tuple[Promise, Hours]]:
    """Windows in which work is done every time, as the binding says."""
    bound = state.bindings.maintenance.every_time
    found = ((one, hours_of(state, values)) for one, values in windows(state) if one.id in bound)
    return [(promise, hours) for promise, hours in found if hours is not None]


def is_open(state: State, at: Instant) -> bool:
    """Whether planned maintenance is going on."""
    announced = any(one.is_planned and one.runs(at) for one in state.announced.values())
    return announced or any(hours.is_open(at) for _, hours in taken(state))


def conditions(state: State, now: Instant) -> Iterable[str]:
    return ("window.open",) if is_open(state, now) else ()


def to_remind(state: State) -> Iterator[tuple[Maintenance, Instant]]:
    """What was announced earlier than the guide asks, and when it is told once more: as long ahead as that says."""
    for one in state.announced.values():
        promise = state.promises.get(one.window)
        values = promise.values if promise is not None else None
        if (
            one.reminded_at is None
            and one.takes_place
            and isinstance(values, Window)
            and values.notice_seconds
        ):
            at = after(one.start, -values.notice_seconds)
            if one.announced_at < at:
                yield one, at


def wake(state: State, now: Instant) -> Instant | None:
    """When a window opens or closes next."""
    edges = [at for one in state.announced.values() if one.is_planned for at in (one.start, one.until)]
    edges += [at for _, at in to_remind(state)]
    edges += [one.end for one in state.announced.values() if one.emergency is not None and one.runs(now)]
    for _, hours in taken(state):
        edges.extend(next(hours.intervals(now), ()))
    return min((at for at in edges if at > now), default=None)


# Folds ------------------------------------------------------------------------------------------------------------


def announced(state: State, recorded: Recorded) -> None:
    fact = recorded.fact
    data, text = fact.data, fact.personal
    assert isinstance(data, MaintenanceAnnounced)
    keep(
        state,
        Maintenance(
            id=data.maintenance,
            seq=recorded.seq,
            window=data.window,
            start=data.start,
            end=data.end,
            by=data.by,
            announced_at=fact.at,
            what=text.text if isinstance(text, MaintenanceText) else "",
            breaks=data.breaks,
            components=data.components,
        ),
    )


def keep(state: State, one: Maintenance) -> None:
    """The latest ones stay at hand."""
    state.count += 1
    state.announced[one.id] = one
    for name in list(state.announced)[:-KEPT]:
        del state.announced[name]


def reminded(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, MaintenanceReminded)
    one = state.announced.get(data.maintenance)
    if one is not None:
        state.announced[one.id] = replace(one, reminded_at=recorded.fact.at)


def cancelled(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, MaintenanceCancelled)
    one = state.announced.get(data.maintenance)
    if one is not None:
        state.announced[one.id] = replace(one, cancelled_at=recorded.fact.at, cancelled_by=data.by)
