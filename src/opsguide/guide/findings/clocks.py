"""The clocks of incidents: one beside the other, and what they leave open."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from ..promise import StatementOutcome
from ..values import ClockValues, Rule
from ..wording import listed
from .amounts import limit, surpasses, told
from .guide import Fact, Guide, heading, promises
from .registry import Case, rule

Clock = Fact[ClockValues]

_HAS_TO = {
    "acknowledge": "be acknowledged within",
    "respond": "be answered within",
    "resolve": "be resolved within",
    "update": "be reported on every",
    "escalate": "escalate after",
}
_TIMES = re.compile(r"\d\s*(?:am|pm|uhr|h|:\d\d)?\s*(?:-|–|—|to|until|till|bis|à|a|às|până la|đến)\s*\d")


@rule("clock-order", "conflict")
def clock_order(guide: Guide) -> Iterator[Case]:
    """A worse severity that gets more time than a milder one."""
    for clocks in _ladders(guide):
        pairs = list(pairwise(clocks))
        wrong = [(worse, milder) for worse, milder in pairs if _longer(worse, milder)]
        # Where every step goes the wrong way, it is the order of the severities that was misunderstood.
        if len(pairs) > 1 and len(wrong) == len(pairs):
            continue
        for worse, milder in wrong:
            yield Case(
                message=f"{_has_to(worse)}, but the milder {_has_to(milder)}",
                about=promises((worse, milder)),
                proposal=f"give `{worse.values.severity}` at most the {told(milder.values)} of"
                f" `{milder.values.severity}`, or swap the two",
            )


def _ladders(guide: Guide) -> Iterator[list[Clock]]:
    """Clocks of one kind, the worst severity first, that are meant to be one ladder: one a severity."""
    clocks = [
        fact for fact in guide.facts(ClockValues) if fact.values.clock in _HAS_TO and limit(fact.values)
    ]
    known = [fact for fact in clocks if fact.values.severity in guide.ranks]
    for those in _grouped(known):
        yield from _sorted_ladders(guide, those)


def _grouped(clocks: Iterable[Clock]) -> Iterator[list[Clock]]:
    def key(fact: Clock) -> tuple[str, str]:
        return fact.values.clock, fact.values.scope or ""

    for _, those in groupby(sorted(clocks, key=key), key):
        yield list(those)


def _sorted_ladders(guide: Guide, clocks: list[Clock]) -> Iterator[list[Clock]]:
    """All of the guide if each severity has one such clock; else a section at a time, since they may be variants."""
    sections: Iterable[list[Clock]] = [clocks]
    if _twice(clocks):
        by_section: dict[str, list[Clock]] = {}
        for fact in clocks:
            by_section.setdefault(fact.promise.section, []).append(fact)
        sections = [those for those in by_section.values() if not _twice(those)]
    for those in sections:
        yield sorted(those, key=lambda fact: guide.ranks[fact.values.severity or ""])


def _twice(clocks: list[Clock]) -> bool:
    return len({fact.values.severity for fact in clocks}) < len(clocks)


def _longer(one: Clock, other: Clock) -> bool:
    return surpasses(one.values, other.values, (one.values.hours, other.values.hours))


def _has_to(fact: Clock) -> str:
    return f"`{fact.values.severity}` has to {_HAS_TO[fact.values.clock]} {told(fact.values)}"


@rule("clock-after-resolve", "conflict")
def clock_after_resolve(guide: Guide) -> Iterator[Case]:
    """An incident that may be acknowledged, escalated or reported on only after it has to be over."""
    clocks = [fact for fact in guide.facts(ClockValues) if limit(fact.values)]
    often = Counter(map(_name, clocks))
    ends = {(*_name(fact), place): fact for fact in reversed(clocks) for place in ("", fact.promise.section)}
    for fact in clocks:
        severity = fact.values.severity or (guide.worst if fact.values.clock == "update" else None)
        name = ("resolve", severity, fact.values.scope)
        # Said more than once they may be variants, of which only those in one place belong together.
        variants = max(often[name], often[_name(fact)]) > 1
        end = ends.get((*name, fact.promise.section if variants else ""))
        if end is not None and fact.values.clock in _HAS_TO and _longer(fact, end):
            yield _too_late(fact, end)


def _name(fact: Clock) -> tuple[str, str | None, str | None]:
    return fact.values.clock, fact.values.severity, fact.values.scope


def _too_late(fact: Clock, end: Clock) -> Case:
    name = f"`{end.values.severity}`" if end.values.severity else "an incident"
    has_to = _HAS_TO[fact.values.clock]
    return Case(
        message=f"{name} has to {has_to} {told(fact.values)}, but be resolved within {told(end.values)}",
        about=promises((fact, end)),
        proposal=f"write less than {told(end.values)} for the first, or more than {told(fact.values)} for the second",
    )


@rule("business-hours-undefined", "missing")
def business_hours_undefined(guide: Guide) -> Iterator[Case]:
    """Clocks that run in business hours, of which the guide says neither days nor times."""
    clocks = [fact for fact in guide.facts(ClockValues) if fact.values.hours is not None]
    vague = [
        fact
        for fact in clocks
        if fact.values.hours and not (fact.values.hours.days or fact.values.hours.start)
    ]
    if not vague or len(vague) < len(clocks) or any(_about_hours(guide)):
        return
    names = listed(dict.fromkeys(fact.values.severity or "all" for fact in vague))
    yield Case(
        message=f"the clocks of {names} run in business hours, but no line says which days and times these are",
        about=promises(vague),
        proposal="add a line such as `Business hours: Monday to Friday, 09:00-17:00 Europe/Berlin`",
    )


def _about_hours(guide: Guide) -> Iterator[StatementOutcome]:
    """What may say it: statements on business hours, under such a heading, or with days of the week."""
    for one in guide.reading.statements:
        if _TIMES.search(one.text.casefold()):
            texts = (one.text, heading(one.section))
            if any(guide.has(text, "hours", "business") or _work_week(guide, text) for text in texts):
                yield one


def _work_week(guide: Guide, text: str) -> bool:
    """Monday to Friday, or working days: one day alone is for something else."""
    days = {hit.name for hit in guide.phrase(text).of("weekday")}
    return {"MO", "FR"} <= days or "working" in days


@rule("postmortem-without-deadline", "missing")
def postmortem_without_deadline(guide: Guide) -> Iterator[Case]:
    """A post-mortem that is required, while no line says by when."""
    wanted = [fact for fact in guide.facts(Rule) if _wants_postmortem(guide, fact)]
    if not wanted or any(fact.values.clock == "postmortem" for fact in guide.facts(ClockValues)):
        return
    if any(guide.phrase(one.text).measures for one in guide.meaning("moment", "postmortem")):
        return
    yield Case(
        message="a post-mortem is required, but no line says by when it is due",
        about=promises(wanted),
        proposal="add by when, for example `within 5 business days`",
    )


def _wants_postmortem(guide: Guide, fact: Fact[Rule]) -> bool:
    asked = {"required", "always"} & set(fact.values.demands)
    return bool(asked) and guide.has(fact.promise.text, "moment", "postmortem")


@rule("real-time-without-cadence", "missing")
def real_time_without_cadence(guide: Guide) -> Iterator[Case]:
    """Status updates "in real time", while no line says how often at least."""
    live = [
        fact
        for fact in guide.facts(Rule)
        if "real_time" in fact.values.demands and guide.has(fact.promise.text, "moment", "update")
    ]
    if not live or any(fact.values.clock == "update" for fact in guide.facts(ClockValues)):
        return
    if any(guide.phrase(one.text).measures for one in guide.meaning("moment", "update")):
        return
    yield Case(
        message="status updates are promised in real time, which nobody can check: no line says how often at least",
        about=promises(live),
        proposal="add how often, for example `at least every 30 minutes`",
    )
