"""Availability: what a target leaves, over which time it is measured, and whether it can be kept at all."""

import re
from collections.abc import Iterator

from ..promise import Edit
from ..values import Objective
from .amounts import DAY, HOUR, number, percent
from .edits import insert_after, pattern
from .guide import Fact, Guide, promises
from .registry import Case, rule
from .words import written

_PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
_DAYS = re.compile(r"(\d+)\s*(?:d|days?)$")
_TOLERANCE = 0.05
"""Months of 30 or 30.4 days and rounding make so much of a difference."""


def targets(guide: Guide) -> list[Fact[Objective]]:
    return [
        fact
        for fact in guide.facts(Objective)
        if fact.values.signal == "availability"
        and fact.values.level == "target"
        and isinstance(fact.values.ratio, float | int)
    ]


def production(guide: Guide, scope: str | None) -> bool:
    """Does it hold for production as a whole?"""
    return scope is None or guide.has(scope, "environment", "production")


def strictest(guide: Guide) -> Fact[Objective] | None:
    """The target for the whole of production, whose period is known or left to be a month; of several the highest.

    Where there are targets for parts as well, only one that names no part is for the whole.
    """
    every = targets(guide)
    found = [fact for fact in every if production(guide, fact.values.scope) and ratio_of(fact) < 1]
    if len({(ratio_of(fact), fact.values.scope) for fact in every}) > 1:
        found = [fact for fact in found if fact.values.scope or _names_no_part(guide, fact)]
    found = [fact for fact in found if period_of(fact) is not None]
    if any(guide.said("unplanned", guide.words(fact.promise)) for fact in found):
        return None
    return max(found, key=lambda fact: (ratio_of(fact), -fact.line), default=None)


def _names_no_part(guide: Guide, fact: Fact[Objective]) -> bool:
    """`Availability: 99.9 %`, `Uptime | 99.9 %`: nothing before the number but words for availability."""
    label = re.split(r"\s\|\s|:|\d", fact.promise.text, maxsplit=1)[0]
    phrase = guide.phrase(label)
    kinds = tuple({hit.kind for hit in phrase.hits})
    return phrase.has("signal", "availability") and not phrase.residue(kinds=kinds)


def ratio_of(fact: Fact[Objective]) -> float:
    return float(fact.values.ratio) if isinstance(fact.values.ratio, float | int) else 0.0


def period_of(fact: Fact[Objective]) -> int | None:
    """Days that the target is measured over; None if it says a period that is not known."""
    window = fact.values.window
    days = _DAYS.match(window) if window else None
    return 30 if window is None else int(days[1]) if days else _PERIODS.get(window)


def allowance(fact: Fact[Objective]) -> float:
    """Seconds of downtime that the target leaves in its period."""
    return round((1 - ratio_of(fact)) * (period_of(fact) or 30) * DAY, 3)


def leaves(fact: Fact[Objective]) -> str:
    window, days = fact.values.window, period_of(fact)
    per = f"a {window}" if window in _PERIODS else "a month" if window is None else f"in {days} days"
    return f"{percent(ratio_of(fact))} leaves {minutes(allowance(fact))} {per}"


def minutes(seconds: float) -> str:
    return f"{number(seconds / 60)} minutes" if seconds < 24 * HOUR else f"{number(seconds / HOUR)} hours"


@rule("availability-without-period", "missing")
def availability_without_period(guide: Guide) -> Iterator[Case]:
    """An availability target without the time that it is measured over: 99.9 % of a day, a month or a year?"""
    found = [fact for fact in targets(guide) if ratio_of(fact) < 1]
    if not found or any(fact.values.window for fact in found) or _period_said(guide, found):
        return
    ratio = ratio_of(found[0])
    a_month, a_year = minutes((1 - ratio) * 30 * DAY), minutes((1 - ratio) * 365 * DAY)
    yield Case(
        message=f"no line says over which time availability is measured:"
        f" {percent(ratio)} leaves {a_month} at once if over a month, {a_year} if over a year",
        about=promises(found),
        proposal="say the period, for example `99.9 % per calendar month`",
        edits=_with_period(guide, found),
    )


def _period_said(guide: Guide, found: list[Fact[Objective]]) -> bool:
    """Does a line about availability, or one in its section, say a period?"""
    sections = {fact.promise.section for fact in found}
    near = [guide.words(fact.promise) for fact in found]
    near += [one.text for section in sections for one in guide.within(section)]
    far = guide.meaning("signal", "availability", "downtime", "error_budget")
    return any(guide.said("period", text) for text in near) or any(
        guide.said("period", one.text) for one in far
    )


def _with_period(guide: Guide, found: list[Fact[Objective]]) -> tuple[Edit, ...]:
    more = f" {written('per_month', guide.language)}"
    return tuple(
        edit for fact in found for edit in insert_after(guide, fact.line, pattern(fact.values), more)
    )


@rule("availability-of-100", "advice")
def availability_of_100(guide: Guide) -> Iterator[Case]:
    """A target of 100 %: the first second of downtime breaks it, and no change is ever safe."""
    # A share of 100 % may be of anything; only what is called availability surely is.
    whole = [
        fact
        for fact in targets(guide)
        if ratio_of(fact) >= 1 and guide.has(guide.words(fact.promise), "signal", "availability")
    ]
    if whole:
        yield Case(
            message="100 % availability leaves not one second: the target is broken for good by the first failure",
            about=promises(whole),
            proposal="promise what you measure, for example `99.95 % per calendar month`",
        )


@rule("downtime-mismatch", "conflict")
def downtime_mismatch(guide: Guide) -> Iterator[Case]:
    """A downtime, stated beside an availability, that is not what the availability leaves."""
    for fact in targets(guide):
        for days, seconds in _downtimes(guide, fact):
            right = (1 - ratio_of(fact)) * days * DAY
            if abs(seconds - right) > _TOLERANCE * right:
                yield Case(
                    message=f"{percent(ratio_of(fact))} of {days} days leaves {minutes(right)} of downtime,"
                    f" but beside it stands {minutes(seconds)}",
                    about=(fact.promise,),
                    proposal=f"write {minutes(right)}, or change the percentage",
                )


def _downtimes(guide: Guide, fact: Fact[Objective]) -> Iterator[tuple[int, float]]:
    """The downtimes in the row of a target: days of the period that the column names, and seconds."""
    names = _cells(guide.header(fact.promise))
    values = _cells(guide.lines[fact.line - 1]) if names else []
    for name, value in zip(names, values, strict=False):
        days = _period_named(guide, name)
        times = [measure for measure in guide.phrase(value).measures if measure.unit == "seconds"]
        if days is not None and len(times) == 1 and times[0].high is None:
            yield days, float(times[0].value)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")] if row else []


def _period_named(guide: Guide, name: str) -> int | None:
    """The days of the period in a name such as `Max downtime/month`; None for any other column."""
    if not guide.has(name, "signal", "downtime"):
        return None
    named = {days for word, days in _PERIODS.items() if guide.has(name, "unit", word)}
    return named.pop() if len(named) == 1 else None
