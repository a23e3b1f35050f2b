"""Who is told, in which order: routes that end, wait for ever, or lead to nobody."""

import re
from collections.abc import Iterator

from ..lexicon import fold
from ..promise import StatementOutcome
from ..values import ClockValues, Duty, Step
from ..wording import listed, plural
from .amounts import surpasses, told
from .guide import Fact, Guide, heading, promises
from .registry import Case, rule

_LADDERS = ("escalation", "on-call", "on_call")
# Blanks to be filled in by hand; `{{ x }}` and `[[ x ]]` are filled in by a machine.
_BLANK = re.compile(
    r"(?:^|[|:–—→>]\s*)(\[[^\W\d_][^\[\]]{0,40}\]|<[A-Za-z][\w .-]{0,40}>|TODO|TBD|TBC|FIXME|\?{3,})\s*(?:$|[|,;])"
)
_PRIVILEGE = "privileg"


@rule("escalation-for-some", "missing")
def escalation_for_some(guide: Guide) -> Iterator[Case]:
    """Only one kind of incident escalates: all others end with the last person on call."""
    some = [fact for fact in guide.facts(Step) if fact.values.kind and _escalates(guide, fact.promise.text)]
    if not some or _escalates_otherwise(guide, some):
        return
    kinds = listed(dict.fromkeys(fact.values.kind or "" for fact in some))
    last = [
        fact
        for fact in guide.facts(Step)
        if fact.values.route == some[0].values.route and not fact.values.kind
    ]
    ends = f": all others end at {listed([last[-1].values.to])}" if last else ""
    yield Case(
        message=f"only {kinds} incidents escalate{ends}",
        about=promises((*last[-1:], *some)),
        proposal="say who is told next, and after how long, when any other incident is not answered",
    )


def _escalates_otherwise(guide: Guide, some: list[Fact[Step]]) -> bool:
    if any(fact.values.clock == "escalate" for fact in guide.facts(ClockValues)):
        return True
    known = {fact.promise.id for fact in some}
    others = [one for one in guide.reading.statements if one.promises and not known & set(one.promises)]
    if any(_escalates(guide, heading(section)) for section in {one.section for one in others}):
        return True
    saying = (*guide.meaning("route", "escalation"), *guide.meaning("moment", "escalate"))
    return any(_PRIVILEGE not in fold(one.text) for one in saying if not known & set(one.promises))


def _escalates(guide: Guide, text: str) -> bool:
    return guide.has(text, "route", "escalation") or guide.has(text, "moment", "escalate")


@rule("escalation-without-delay", "missing")
def escalation_without_delay(guide: Guide) -> Iterator[Case]:
    """A ladder of people of which no step says after how long the next one is told."""
    if any(fact.values.clock == "escalate" for fact in guide.facts(ClockValues)):
        return
    for steps in _ladders(guide):
        timed = any(fact.values.after_seconds is not None for fact in steps)
        if len({fact.values.step for fact in steps}) < 2 or timed or _times_near(guide, steps):
            continue
        yield Case(
            message=f"{listed(fact.values.to for fact in steps)} are told one after the other,"
            " but no line says after how long",
            about=promises(steps),
            proposal="say when the next one is told, for example `after 15 minutes without an answer`",
        )


def _ladders(guide: Guide) -> Iterator[list[Fact[Step]]]:
    """The general steps of each escalation route: not those of one kind of incident only."""
    found: dict[tuple[str, str, str], list[Fact[Step]]] = {}
    for fact in guide.facts(Step):
        values = fact.values
        if values.route in _LADDERS and values.kind is None:
            found.setdefault((values.route, values.severity or "", values.scope or ""), []).append(fact)
    for steps in found.values():
        yield sorted(steps, key=lambda fact: fact.values.step)


def _times_near(guide: Guide, steps: list[Fact[Step]]) -> bool:
    """Does a statement of their sections hold a time, which may not have been understood?"""
    near = [one for section in {fact.promise.section for fact in steps} for one in guide.within(section)]
    return any(_has_time(guide, one) for one in near)


def _has_time(guide: Guide, one: StatementOutcome) -> bool:
    units = ("seconds", "business_days", "months")
    return any(measure.unit in units for measure in guide.phrase(one.text).measures)


@rule("escalation-too-late", "advice")
def escalation_too_late(guide: Guide) -> Iterator[Case]:
    """Whoever steps in when nobody acknowledges is told after the time to acknowledge has run out."""
    clocks = {f.values.severity: f for f in guide.facts(ClockValues) if f.values.clock == "acknowledge"}
    for fact in _first_to_step_in(guide):
        clock = clocks.get(fact.values.severity or guide.worst) or clocks.get(None)
        delay = ClockValues(clock="escalate", seconds=fact.values.after_seconds or 0)
        if clock is not None and surpasses(delay, clock.values, (None, clock.values.hours)):
            name = f"`{clock.values.severity}` incidents" if clock.values.severity else "incidents"
            yield Case(
                message=f"{name} have to be acknowledged within {told(clock.values)}, but `{fact.values.to}`"
                f" is told only after {told(delay)} without an answer",
                about=promises((fact, clock)),
                proposal=f"tell `{fact.values.to}` before {told(clock.values)} are over",
            )


def _first_to_step_in(guide: Guide) -> Iterator[Fact[Step]]:
    """Of each route the first who is told because nobody answered."""
    found: dict[tuple[str, str, str], Fact[Step]] = {}
    for fact in guide.facts(Step):
        after = fact.values.after_seconds
        if after is not None and guide.has(fact.promise.text, "condition", "unacknowledged"):
            route = (fact.values.route, fact.values.severity or "", fact.values.scope or "")
            first = found.setdefault(route, fact)
            found[route] = fact if after < (first.values.after_seconds or 0) else first
    yield from found.values()


@rule("rotation-without-cadence", "missing")
def rotation_without_cadence(guide: Guide) -> Iterator[Case]:
    """An on-call rotation, while no line says how often people take turns."""
    steps = [fact for fact in guide.facts(Step) if _is_rotation(guide, heading(fact.promise.section))]
    if not steps or _rotates(guide, {fact.promise.section for fact in steps}):
        return
    yield Case(
        message="this is an on-call rotation, but no line says how often and when people take turns",
        about=promises(steps),
        proposal="add a line such as `Rotation: weekly, handover on Mondays at 09:00 UTC`",
    )


def _is_rotation(guide: Guide, title: str) -> bool:
    return guide.has(title, "duty", "oncall_rotation") or (
        guide.said("rotation", title) and guide.has(title, "topic", "oncall", "escalation")
    )


def _rotates(guide: Guide, sections: set[str]) -> bool:
    """Is there any cadence, or a pointer to where the plan is kept?"""
    if any(fact.values.duty in ("oncall_rotation", "handover") for fact in guide.facts(Duty)):
        return True
    near = [one for section in sections for one in guide.within(section)]
    turns = [one for one in guide.saying("rotation") if one.section not in sections]
    return any(_says_when(guide, one) or guide.said("elsewhere", one.text) for one in near) or any(
        _says_when(guide, one) and guide.has(one.text, "topic", "oncall") for one in turns
    )


def _says_when(guide: Guide, one: StatementOutcome) -> bool:
    phrase = guide.phrase(one.text)
    return bool(phrase.of("cadence") or phrase.of("weekday")) or _has_time(guide, one)


@rule("contact-blank", "missing")
def contact_blank(guide: Guide) -> Iterator[Case]:
    """A step of a route with a blank where the contact belongs."""
    blanks = {
        fact: match[1]
        for fact in guide.facts(Step)
        if (match := _BLANK.search(fact.promise.text)) is not None
    }
    blanks = {fact: blank for fact, blank in blanks.items() if not _is_link(guide, blank)}
    if not blanks:
        return
    shown = listed(dict.fromkeys(blanks.values()))
    steps = plural(len({fact.promise.span for fact in blanks}), "step")
    yield Case(
        message=f"{steps} of who is told still {'has' if len(blanks) == 1 else 'have'} a blank: {shown}",
        about=promises(blanks),
        proposal="fill in how they are reached, or take the blank out",
    )


def _is_link(guide: Guide, blank: str) -> bool:
    """`[Alice]` with `[Alice]: https://…` further down is a link."""
    name = fold(blank.strip("[]"))
    return any(fold(line.lstrip()).startswith(f"[{name}]:") for line in guide.lines)
