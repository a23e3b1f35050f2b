"""The coming shifts are looked through for times in which nobody could be paged, before anybody has to be. Pure.

What is found opens a ticket (reactions.py), and is told to whoever is on call now and to the first of the team. It is
looked again when something happened that may concern it, and when the next such time comes near enough.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from ...guide.bindings import handle
from ...kernel.clock import Instant, after, rfc3339
from ...kernel.facts import Data, Recorded
from ...kernel.part import Said
from ..escalation import steps
from ..health import CUT_OFF_AFTER
from ..news import news
from ..oncall import lead, on_call, unreached
from ..roster import ahead, hole_said, rotation_of
from ..severity import ticket
from ..state import State
from .facts import CoverageAlarmed, CoverageNear, CoverageRestored
from .state import Uncovered

NEAR_SECONDS = 86_400.0
"""So long before it begins, what nobody mended is told once more."""


class Gap(Struct, frozen=True):
    """The first time ahead, of its kind, in which nobody could be paged; `why` no channel reaches the person."""

    alarm: str
    team: str
    person: str
    start: Instant
    end: Instant
    why: str = ""

    @property
    def said(self) -> str:
        """In a sentence, as an incident gives its reason."""
        if not self.person:
            return hole_said(self.team, self.start, self.end)
        when = f"from {rfc3339(self.start)} to {rfc3339(self.end)}"
        return f"{self.person} is on call for {self.team} {when}, and {self.why}"


def gaps(state: State, now: Instant) -> Iterator[Gap]:
    """Of each rotation the first hole, and the first shift of everybody whom no channel reaches; twice as far ahead as
    is alarmed, so that it is known when that will be due."""
    for team in state.bindings.rotations:
        rotation, seen = rotation_of(state.bindings, team), set[str]()
        if rotation is None or _waits_for_calendar(state, team):
            continue
        for shift in ahead(rotation, now, 2 * state.bindings.oncall.warn_ahead):
            person = shift.person or ""
            if person in seen:
                continue
            seen.add(person)
            start = max(shift.start, now)
            if not person:
                yield Gap(f"hole/{team}", team, "", start, shift.end)
            elif why := unreached(state.bindings, state.health, {person}, CUT_OFF_AFTER):
                yield Gap(f"unreached/{team}/{person}", team, person, start, shift.end, why)


def _waits_for_calendar(state: State, team: str) -> bool:
    """Its shifts stand in a calendar that was not read yet: what is missing is not known."""
    return state.bindings.rotations[team].calendar is not None and team not in state.overrides.calendars


def decide(state: State, now: Instant) -> Iterator[Said]:
    """What is over before what is new. Nothing where nothing can have changed since it was looked last."""
    agenda = state.agenda
    if not agenda.everything and now < agenda.coverage_at:
        return
    looked = state.bindings.oncall.warn_ahead
    found = list(gaps(state, now))
    near = {one.alarm: one for one in found if one.start <= after(now, looked)}
    due = [after(one.start, -NEAR_SECONDS if one.alarm in near else -looked) for one in found]
    agenda.coverage_at = min((at for at in due if at > now), default=after(now, looked))
    for alarm, stands in state.uncovered.items():
        if alarm not in near:
            over = CoverageRestored(alarm, f"there is no such time until {rfc3339(after(now, looked))}")
            yield Said(over, f"rotation:{stands.team}")
    for alarm, gap in near.items():
        known = state.uncovered.get(alarm)
        if known is None:
            yield from _alarmed(state, gap, now)
        elif not known.near and gap.start <= after(now, NEAR_SECONDS) and f"coverage:{alarm}" in state.by_key:
            yield Said(CoverageNear(alarm), f"rotation:{gap.team}")
            yield from _told(state, gap, now, soon=True)


def _alarmed(state: State, gap: Gap, now: Instant) -> Iterator[Said]:
    leads = (one.id for one, step in steps(state) if handle(step.to) == gap.team)
    title = f"no channel reaches {gap.person}" if gap.person else "nobody is on call at times"
    alarmed = CoverageAlarmed(
        alarm=gap.alarm,
        team=gap.team,
        person=gap.person,
        start=gap.start,
        end=gap.end,
        title=f"{gap.team}: {title}",
        reason=gap.said,
        severity=ticket(state),
        promise=next(leads, None),
    )
    yield Said(alarmed, f"rotation:{gap.team}")
    yield from _told(state, gap, now)


def _told(state: State, gap: Gap, now: Instant, *, soon: bool = False) -> Iterator[Said]:
    """Whoever is on call now, and the first of the team."""
    args = {
        "team": gap.team,
        "missing": gap.person,
        "start": str(gap.start),
        "end": str(gap.end),
        "why": gap.why,
        "soon": "yes" if soon else "",
    }
    for person in dict.fromkeys(
        (on_call(state.bindings, gap.team, now).person, lead(state.bindings, gap.team))
    ):
        yield from news(state, person, "coverage", f"{gap.alarm}/{now}", args, now)


def _fold_alarmed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageAlarmed)
    near = data.start <= after(recorded.fact.at, NEAR_SECONDS)
    state.uncovered[data.alarm] = Uncovered(data.team, near)


def _fold_near(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageNear)
    state.uncovered[data.alarm] = Uncovered(state.uncovered[data.alarm].team, near=True)


def _fold_restored(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageRestored)
    state.uncovered.pop(data.alarm, None)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    CoverageAlarmed: _fold_alarmed,
    CoverageNear: _fold_near,
    CoverageRestored: _fold_restored,
}
