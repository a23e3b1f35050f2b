"""Before a clock runs out, whoever has the incident is told: when half of it is used up, and when most of it is."""

from collections.abc import Iterator

from ...kernel.clock import Instant, after, seconds_between
from ...kernel.duration import spoken
from ...kernel.part import Said
from .. import escalation, sla
from ..common import subject
from ..facts import Clock
from ..state import Incident, State
from .facts import ClockWarned


def last(state: State, began: Instant, until: Instant) -> Instant | None:
    """When the last warning comes of what began then and is due until then; None where there are none."""
    shares = state.bindings.incidents.warn_at
    if not shares:
        return None
    return after(began, seconds_between(began, until) * max(shares) / 100)


def due(
    state: State, incident: Incident, now: Instant, wakes: list[Instant], *, tells: bool
) -> Iterator[Said]:
    """A fact a share and clock, once, and a notice where somebody may be told. After a pause only the largest counts.

    Clocks stand still while what opened the incident is over.
    """
    if incident.recovered_at is not None:
        return
    for clock in incident.running():
        passed, later = _shares(state, incident, clock, now)
        wakes.extend(later[:1])
        if passed and now <= clock.due:
            yield from _warned(state, incident, clock, passed[-1], now, tells=tells)


def _shares(
    state: State, incident: Incident, clock: Clock, now: Instant
) -> tuple[list[float], list[Instant]]:
    """Shares that were reached and not told, and when the others are."""
    passed, later, began = list[float](), list[Instant](), incident.started(clock)
    for percent in sorted(state.bindings.incidents.warn_at):
        share = percent / 100
        at = sla.used_up(clock, began, share)
        if at > now:
            later.append(at)
        elif share > dict(incident.warned).get(clock.promise, 0):
            passed.append(share)
    return passed, later


def _warned(
    state: State, incident: Incident, clock: Clock, share: float, now: Instant, *, tells: bool
) -> Iterator[Said]:
    fact = ClockWarned(
        incident=incident.id, clock=clock.name, promise=clock.promise, share=share, due=clock.due
    )
    yield Said(fact, subject(incident.id))
    if tells:
        left = spoken(seconds_between(now, clock.due))
        said = f"has used {round(share * 100)} % of the time to {clock.name}: {left} left"
        name = f"warned-{clock.name}-{round(share * 100)}-{clock.due}"
        yield from escalation.notice(state, incident, escalation.Notice(name, said, clock.due), now)
