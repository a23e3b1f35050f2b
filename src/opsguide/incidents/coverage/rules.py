"""The coming shifts are looked through for times in which nobody could be paged, before anybody has to be. Pure.

So is everybody who may be told at any time: the teams without a rotation and the people that the guide's routes name,
and who has a task to be reminded of. What is found opens a ticket (reactions.py), and is told to whoever is on call
now and to the first of the team whom a channel reaches. It is looked again when something happened that may concern
it, and when the next such time comes near enough.
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
from ..oncall import colleagues, on_call, unreached
from ..roster import ahead, hole_said, rotation_of
from ..severity import ticket
from ..state import State
from ..telling import on_routes
from .facts import CoverageAlarmed, CoverageNear, CoverageRestored
from .state import Uncovered

NEAR_SECONDS = 86_400.0
"""So long before it begins, what nobody mended is told once more."""


class Gap(Struct, frozen=True):
    """The first time ahead, of its kind, in which nobody could be paged; `why` no channel reaches the person.

    `end` is None where no rotation says when they are told; `team` is then their own name where it is of no team.
    """

    alarm: str
    team: str
    person: str
    start: Instant
    end: Instant | None
    why: str = ""

    @property
    def subject(self) -> str:
        return f"person:{self.person}" if self.end is None else f"rotation:{self.team}"

    @property
    def title(self) -> str:
        what = f"no channel reaches {self.person}" if self.person else "nobody is on call at times"
        return what if self.team == self.person else f"{self.team}: {what}"

    @property
    def said(self) -> str:
        """In a sentence, as an incident gives its reason."""
        if self.end is None:
            whom = "" if self.team == self.person else f" of {self.team}"
            return f"{self.person}{whom} may be told at any time, and {self.why}"
        if not self.person:
            return hole_said(self.team, self.start, self.end)
        when = f"from {rfc3339(self.start)} to {rfc3339(self.end)}"
        return f"{self.person} is on call for {self.team} {when}, and {self.why}"


def gaps(state: State, now: Instant) -> Iterator[Gap]:
    """Of each rotation the first hole, and the first shift of everybody whom no channel reaches; twice as far ahead as
    is alarmed, so that it is known when that will be due. And whom no channel reaches of those told at any time."""
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
    for team, person in dict.fromkeys(_told_at_any_time(state)):
        if why := unreached(state.bindings, state.health, {person}, CUT_OFF_AFTER):
            name = person if team == person else f"{team}/{person}"
            yield Gap(f"unreached/{name}", team, person, now, None, why)


def _told_at_any_time(state: State) -> Iterator[tuple[str, str]]:
    """Of which team, and who; a person whom nobody tells for a team is of their own name."""
    bindings = state.bindings
    for _, step in steps(state):
        team = handle(step.to)
        if team in bindings.people:
            yield team, team
        elif team in bindings.teams and team not in bindings.rotations:
            yield from ((team, person) for person in bindings.teams[team].members)
    for incident in (*state.open.values(), *(state.closed[name] for name in sorted(state.unfinished))):
        for task in incident.work.open_tasks:
            if incident.pages and task.due is not None and task.owner in bindings.people:
                yield task.owner, task.owner


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
            yield Said(over, stands.subject)
    for alarm, gap in near.items():
        known = state.uncovered.get(alarm)
        if known is None:
            yield from _alarmed(state, gap, now)
        elif not known.near and gap.start <= after(now, NEAR_SECONDS) and f"coverage:{alarm}" in state.by_key:
            yield Said(CoverageNear(alarm), gap.subject)
            yield from _told(state, gap, now, soon=True)


def _alarmed(state: State, gap: Gap, now: Instant) -> Iterator[Said]:
    leads = (one.id for one, step in steps(state) if handle(step.to) == gap.team)
    alarmed = CoverageAlarmed(
        alarm=gap.alarm,
        team=gap.team,
        person=gap.person,
        start=gap.start,
        end=gap.end,
        title=gap.title,
        reason=gap.said,
        severity=ticket(state),
        promise=next(leads, None),
    )
    yield Said(alarmed, gap.subject)
    yield from _told(state, gap, now)


def _told(state: State, gap: Gap, now: Instant, *, soon: bool = False) -> Iterator[Said]:
    """Whoever is on call now, and the first of the team, else of the guide's routes, whom a channel reaches."""
    args = {
        "subject": gap.subject,
        "team": gap.team,
        "missing": gap.person,
        "start": str(gap.start),
        "end": "" if gap.end is None else str(gap.end),
        "why": gap.why,
        "soon": "yes" if soon else "",
    }
    others = (*colleagues(state.bindings, gap.team), *on_routes(state, now))
    reached = (p for p in others if not unreached(state.bindings, state.health, {p}, CUT_OFF_AFTER))
    for person in dict.fromkeys((on_call(state.bindings, gap.team, now).person, next(reached, ""))):
        yield from news(state, person, "coverage", f"{gap.alarm}/{now}", args, now)


def _fold_alarmed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageAlarmed)
    near = data.start <= after(recorded.fact.at, NEAR_SECONDS)
    state.uncovered[data.alarm] = Uncovered(recorded.fact.subject, near)


def _fold_near(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageNear)
    state.uncovered[data.alarm] = Uncovered(recorded.fact.subject, near=True)


def _fold_restored(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, CoverageRestored)
    state.uncovered.pop(data.alarm, None)


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    CoverageAlarmed: _fold_alarmed,
    CoverageNear: _fold_near,
    CoverageRestored: _fold_restored,
}
