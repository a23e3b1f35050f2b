"""When promises are proven by a drill: the times of `[drills]`, spread, in hours in which nobody is woken. Pure."""

from collections.abc import Iterator
from datetime import date, time

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
"""After a drill that failed, or was stopped, the next one of the promise starts a day later at the earliest."""

MOST_APART_SECONDS = 86400.0
"""Drills of a guide are spread, so that nobody is called ten times in a morning; but at least one a day."""


class Plan(Struct, frozen=True):
    """When a promise is drilled next, and by when it must be proven, or it decays."""

    promise: Promise
    at: Instant
    by: Instant


def hours_of(bindings: Bindings, drills: Drills) -> Hours:
    """When a drill may start by itself."""
    start, _, end = drills.hours.partition("-")
    return Hours(
        zone=zone(drills.zone or bindings.zone),
        days=frozenset(map(WEEK.index, drills.days)),
        start=time.fromisoformat(start.strip()),
        end=time.fromisoformat(end.strip()),
        holidays=frozenset(date.fromisoformat(day) for day in drills.holidays),
    )


def plans(state: State, now: Instant) -> list[Plan]:
    """The coming drills, the next one first."""
    bindings = state.beside.bindings
    if bindings.drills is None:
        return []
    return sorted(_plans(state, bindings, bindings.drills, now), key=lambda plan: (plan.at, plan.promise.id))


def _plans(state: State, bindings: Bindings, drills: Drills, now: Instant) -> Iterator[Plan]:
    hours = hours_of(bindings, drills)
    asked = [
        one
        for one in provable(state.beside.promises)
        if every(bindings, one) is not None and one.id not in state.beside.missing
    ]
    busy = max((one.at for one in state.running.values()), default=0)
    last = max((busy, *state.tried.values()))
    spacing = (
        min(MOST_APART_SECONDS, min((every(bindings, one) or 0.0) for one in asked) / (2 * len(asked)))
        if asked
        else 0.0
    )
    for promise in asked:
        seconds, ends = every(bindings, promise), state.proofs.ends(promise, bindings)
        if seconds is None or ends is None or state.of(promise.id) is not None:
            continue
        due = after(ends, -LEAD_SHARE * seconds)
        if promise.id not in state.proofs.proven:
            due = state.proofs.asked[promise.id]
        tried = state.tried.get(promise.id)
        if tried is not None:
            due = max(due, after(tried, min(AGAIN_SECONDS, seconds / 4)))
        due = max(due, after(last, spacing)) if last else due
        opens = next(iter(hours.intervals(max(due, now))), None)
        if opens is not None:
            yield Plan(promise, max(due, opens[0]), ends)
