"""News as plain text: a hand-off, a swap to answer, an override that others made, maintenance. Pure."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from ...kernel.calendar import local
from ...kernel.clock import Instant
from ...kernel.intent import Intent
from ...kernel.standing import Standing
from ...kernel.words import capital
from ..overrides.facts import Span
from ..overrides.state import Swap
from ..page import Page
from ..roster import zone_of
from ..state import Incident, State
from .summary import Summary, Trouble, summary

Names = Mapping[str, str]


class Planned(Struct, frozen=True):
    """Maintenance from `start` to `end`."""

    start: Instant
    end: Instant
    text: str


class Around(Struct, frozen=True):
    """What stands around a message: how each promise stands, the names of people, the address under which we are
    reached, where a swap is answered, and what maintenance is planned between two instants."""

    standings: Mapping[str, Standing]
    names: Names
    base: str
    answers_at: Callable[[Swap], str]
    maintenance: Callable[[Instant, Instant], Sequence[Planned]]


def compose(state: State, intent: Intent, around: Around, now: Instant) -> Page:
    """What an intent says now: it may have changed since it was decided."""
    about = intent.args["about"]
    if about == "maintenance":
        return Page(intent.args["title"], f"{intent.args['said']}\n{around.base}{intent.args['place']}")
    team = intent.args["team"]
    if about == "handoff":
        found = summary(state, team, around.standings, now)
        if found is not None:
            return _handoff(state, found, intent.args["person"], around, now)
    if about == "swap":
        return _asked(state, intent, around)
    if about == "coverage":
        return _uncovered(state, intent, around)
    said = _made(state, intent, around.names) if about == "override" else [intent.args["said"]]
    if about == "answer":
        said += _answered(state, intent, around.names)
    return Page(f"On call for {team}", "\n".join([*said, f"{around.base}/on-call"]))


def _handoff(state: State, found: Summary, reader: str, around: Around, now: Instant) -> Page:
    names, planned = around.names, around.maintenance(now, found.until)

    def wall(at: Instant) -> str:
        return _wall(state, found.team, at)

    who = names.get(found.person, found.person) or "Nobody"
    lines = [f"{who} is on call for {found.team} until {wall(found.until)} ({_zone(state, found.team)})."]
    if found.before:
        since = f" since {wall(found.before_since)}" if found.before_since is not None else ""
        lines.append(f"Before: {names.get(found.before, found.before)}{since}.")
    lines += _part("Open", [_incident(one, names) for one in found.open], "Nothing is open.")
    lines += _part(
        "In the last shift",
        [_ended(one, wall) for one in found.happened],
        "Nothing opened in the last shift.",
    )
    lines += _part(
        "Silenced", [f"{', '.join(map(str, s.matchers))} until {wall(s.until)}" for s in found.silences]
    )
    lines += _part("Not kept", [_trouble(one) for one in found.troubles])
    lines += _part(
        "Stand-ins",
        [f"{names.get(o.person, o.person)}, {_span(state, found.team, o.span)}" for o in found.overrides],
    )
    lines += _part(
        "Maintenance in this shift", [f"{one.text}, {wall(one.start)} to {wall(one.end)}" for one in planned]
    )
    lines.append(f"All of it: {around.base}/on-call/handoff/{found.team}")
    begins = "Your shift begins" if reader == found.person else f"{who} has taken over"
    return Page(f"{begins}: on call for {found.team}", "\n".join(lines))


def _part(title: str, found: list[str], none: str = "") -> list[str]:
    if not found:
        return [none] if none else []
    return [f"{title}:", *(f"- {one}" for one in found)]


def _incident(one: Incident, names: Names) -> str:
    has = names.get(one.acknowledged_by, one.acknowledged_by)
    return f"{one.id} [{one.severity}] {one.title}: {has + ' has it' if has else 'nobody has it'}"


def _ended(one: Incident, wall: Callable[[Instant], str]) -> str:
    ending = "open" if one.resolved_at is None else f"over {wall(one.resolved_at)}"
    names = sorted({clock.name for clock in one.clocks if one.how(clock) == "missed"})
    missed = f", {' and '.join(names)} clock missed" if names else ""
    return f"{one.id} [{one.severity}] {one.title}: {ending}{missed}"


def _trouble(one: Trouble) -> str:
    return f"{one.kind.replace('_', ' ')}: line {one.line}, {one.text}"


def _asked(state: State, intent: Intent, around: Around) -> Page:
    swap = state.overrides.swaps.get(intent.args["swap"])
    if swap is None:
        return Page("A swap was answered", f"{intent.args['swap']} does not wait for an answer any more.")
    asker = around.names.get(swap.asker, swap.asker)
    when = f"{_span(state, swap.team, swap.theirs)} ({_zone(state, swap.team)})"
    lines = [f"{asker} asks you to take over {swap.team}, {when}."]
    if swap.back is not None:
        lines.append(f"In return {asker} takes over {_span(state, swap.team, swap.back)}.")
    lines += [
        f"Nothing changes until you accept. Answer until {_wall(state, swap.team, swap.until)}:",
        around.answers_at(swap),
    ]
    return Page(f"{asker} asks you to stand in on call", "\n".join(lines))


def _uncovered(state: State, intent: Intent, around: Around) -> Page:
    """A time ahead in which nobody could be paged, by the rotation's clock; or somebody who may be told at any time."""
    team, person, why = intent.args["team"], intent.args["missing"], intent.args["why"]
    who = around.names.get(person, person) or "Nobody"
    if not intent.args["end"]:
        whom, of = (f"{who}", "") if team == person else (f"{who} of {team}", f"{team}: ")
        lines = [f"{whom} may be told at any time. {capital(why)}."]
        mend = f"Add a channel to [people.{person}], or test one that fails: {around.base}/channels"
        return Page(f"{of}no channel reaches {who}", "\n".join([*lines, mend]))
    span = Span(int(intent.args["start"]), int(intent.args["end"]))
    lines = [f"{who} is on call for {team}, {_span(state, team, span)} ({_zone(state, team)})."]
    lines += [f"{capital(why)}."] if why else []
    mend = f"Add a channel to [people.{person}], or stand in" if person else "Stand in, or see the schedule"
    lines.append(f"{mend}: {around.base}/on-call")
    soon = "within a day" if intent.args["soon"] else f"from {_wall(state, team, span.start)}"
    return Page(
        f"{team}: {'no channel reaches ' + who if person else 'nobody on call'} {soon}", "\n".join(lines)
    )


def _made(state: State, intent: Intent, names: Names) -> list[str]:
    """What an override changes, and who made it; that it is gone where it was withdrawn meanwhile."""
    made, team = state.overrides.made.get(intent.args["override"]), intent.args["team"]
    if made is None:
        return [f"{intent.args['override']} was withdrawn."]
    who, by = names.get(made.person, made.person), names.get(made.by, made.by)
    return [f"{who} is on call for {team}, {_span(state, team, made.span)} ({_zone(state, team)}), by {by}."]


def _answered(state: State, intent: Intent, names: Names) -> list[str]:
    """Who takes over what from now on; nothing where the swap was declined."""
    swap, team = intent.args.get("swap"), intent.args["team"]
    made = [one for one in state.overrides.made.values() if swap and one.swap == swap]
    taken = (
        f"{names.get(one.person, one.person)} takes over {team}, {_span(state, team, one.span)} ({_zone(state, team)})."
        for one in made
    )
    return list(taken) or ["The schedule stays as it was."]


def _zone(state: State, team: str) -> str:
    return zone_of(state.bindings, team).key


def _span(state: State, team: str, span: Span) -> str:
    return f"{_wall(state, team, span.start)} to {_wall(state, team, span.end)}"


def _wall(state: State, team: str, at: Instant) -> str:
    """`Mon 30 Nov 09:00`, by the rotation's wall clock: the message names its zone once."""
    shown = local(at, zone_of(state.bindings, team))
    return f"{shown:%a} {shown.day} {shown:%b %H:%M}"
