"""When promises are proven by a drill: the times of `[drills]`, spread, in hours in which nobody is woken. Pure."""

from collections.abc import Iterator
from datetime import date, time
from math import inf

from msgspec import Struct

from ...guide.bindings import Bindings, Drills
from ...guide.promise import Promise
from ...guide.proving import every, provable
from ...kernel.calendar import WEEK, Hours, zone
from ...kernel.clock import Instant, after
from .state import State

LEAD_SHARE = 0.2
"""A drill is due when a fifth of the time is left: there is room for a second try before the promise decays."""

AGAIN_SECONDS = 86400.0
AGAIN_SHARE = 0.05
"""After a drill that failed, or was stopped, the next one of the promise comes a day later at the earliest, and no more
than twenty come in its time."""

MOST_APART_SECONDS = 86400.0
"""Drills of a guide are spread, so that nobody is called ten times in a morning; but at least one a day."""


class Plan(Struct, frozen=True):
    """When a promise is drilled next, and by when it must be proven, or it decays."""

    promise: Promise
    at: Instant
    by: Instant


def hours_of(bindings: Bindings, drills: Drills) -> Hours:
    """When a drill with these times may start by itself."""
    start, _, end = drills.hours.partition("-")
    return Hours(
        zone=zone(drills.zone or bindings.zone),
        days=frozenset(map(WEEK.index, drills.days)),
        start=time.fromisoformat(start.strip()),
        end=time.fromisoformat(end.strip()),
        holidays=frozenset(date.fromisoformat(day) for day in drills.holidays),
    )


def plans(state: State, now: Instant) -> Iterator[Plan]:
    """The coming drills, the next one first; of those that may start at once, the one that waits longest."""
    bindings = state.beside.bindings
    if bindings.drills is None:
        return
    due = list(_due(state, bindings))
    due.sort(key=lambda one: (one[0], one[1].span, one[1].id))
    apart = _apart(bindings, due)
    busy = [one.at for one in state.running.values()]
    free = after(max((*busy, *state.tried.values())), apart) if busy or state.tried else now
    hours = {promise.id: hours_of(bindings, bindings.drills.of(promise.id)) for _, promise, _ in due}
    while due:
        # Of those with the same hours none can start before the one that waits longest.
        first = dict[Hours, int]()
        for place, (_, promise, _) in enumerate(due):
            first.setdefault(hours[promise.id], place)
        start, place = min(
            (_start(one, max(due[place][0], free, now)), place) for one, place in first.items()
        )
        if start == inf:
            return
        _, promise, by = due.pop(place)
        yield Plan(promise, int(start), by)
        free = after(int(start), apart)


def _start(hours: Hours, earliest: Instant) -> float:
    """The first instant within these hours; infinite where they never come."""
    opens = next(iter(hours.intervals(earliest)), None)
    return inf if opens is None else max(earliest, opens[0])


def _apart(bindings: Bindings, due: list[tuple[Instant, Promise, Instant]]) -> float:
    """How far drills lie apart: so that all of them have room in half of the shortest time."""
    shortest = min((every(bindings, promise) or 0.0 for _, promise, _ in due), default=0.0)
    return min(MOST_APART_SECONDS, shortest / (2 * max(1, len(due))))


def _due(state: State, bindings: Bindings) -> Iterator[tuple[Instant, Promise, Instant]]:
    """From when on each promise is to be drilled, and by when it must be proven."""
    for promise in provable(state.beside.promises):
        seconds, ends = every(bindings, promise), state.proofs.ends(promise, bindings)
        idle = state.of(promise.id) is None and promise.id not in state.beside.missing
        if seconds is None or ends is None or not idle:
            continue
        proven, tried = promise.id in state.proofs.proven, state.tried.get(promise.id)
        at = after(ends, -LEAD_SHARE * seconds) if proven else state.proofs.asked[promise.id]
        if tried is not None:
            at = max(at, after(tried, max(min(AGAIN_SECONDS, seconds / 4), AGAIN_SHARE * seconds)))
        yield at, promise, ends
