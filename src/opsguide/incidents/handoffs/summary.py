"""What somebody takes over with a shift: open incidents, what happened, silences, what is at risk. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from ...kernel.clock import Instant, after
from ...kernel.standing import Standing
from ..overrides.state import Override
from ..roster import rotation_of
from ..rotation import shifts
from ..state import Incident, Silence, State

AHEAD_SECONDS = 7 * 86_400.0
SHOWN = 20
"""So many promises are named; the guide's page shows all."""


class Trouble(Struct, frozen=True):
    """A promise that is broken or at risk, as its line of the guide says it."""

    promise: str
    kind: str
    line: int
    text: str
    reason: str


class Summary(Struct, frozen=True, kw_only=True):
    """`person` has the shift from `since` to `until`; `before` had it from `before_since`, None where that is unknown.

    `happened` are the incidents that opened in the shift before and since, over or not.
    """

    team: str
    person: str
    since: Instant
    until: Instant
    before: str
    before_since: Instant | None
    open: tuple[Incident, ...]
    happened: tuple[Incident, ...]
    silences: tuple[Silence, ...]
    troubles: tuple[Trouble, ...]
    overrides: tuple[Override, ...]


def summary(state: State, team: str, standings: Mapping[str, Standing], now: Instant) -> Summary | None:
    """Of the shift that runs; None where there is no such rotation, or nothing of it is recorded yet."""
    rotation, turn = rotation_of(state.bindings, team), state.turns.get(team)
    if rotation is None or turn is None:
        return None
    start = turn.since if turn.before_since is None else turn.before_since
    every = sorted((*state.open.values(), *state.closed.values()), key=lambda one: one.opened_seq)
    coming = shifts(rotation, now, after(now, 4 * AHEAD_SECONDS))
    return Summary(
        team=team,
        person=turn.person,
        since=turn.since,
        until=coming[0].end,
        before=turn.before,
        before_since=turn.before_since,
        open=tuple(one for one in every if one.open),
        happened=tuple(one for one in every if one.opened_at >= start),
        silences=tuple(state.silences.values()),
        troubles=_troubles(state, standings),
        overrides=tuple(_overrides(state, team, now)),
    )


def _troubles(state: State, standings: Mapping[str, Standing]) -> tuple[Trouble, ...]:
    """What is broken before what is at risk, in the guide's order."""
    found = [
        Trouble(
            name, standing.kind, state.everything[name].line, state.everything[name].text, standing.reason
        )
        for name, standing in standings.items()
        if standing.kind in ("broken", "at_risk") and name in state.everything
    ]
    return tuple(sorted(found, key=lambda one: (one.kind != "broken", one.line, one.promise))[:SHOWN])


def _overrides(state: State, team: str, now: Instant) -> list[Override]:
    """Those that begin within a week or run."""
    made = (one for one in state.overrides.made.values() if one.team == team)
    return [one for one in made if one.span.end > now and one.span.start < after(now, AHEAD_SECONDS)]
