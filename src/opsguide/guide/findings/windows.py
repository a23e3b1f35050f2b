"""Maintenance windows and patches: times that cannot be, and what whoever plans with them has to ask for."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ..values import ClockValues, Patch, Window
from ..wording import listed
from .amounts import duration, restricted, surpasses, told
from .cadence import between
from .guide import Fact, Guide, promises
from .registry import Case, rule

_TIME = re.compile(r"(?<![\d.,])\d{1,2}(?:[:.h]\d{2}|\s?(?:[ap]\.?m|uhr|h(?!\w)))", re.IGNORECASE)
_ZONE = re.compile(
    r"(?<![\w])(?:UTC|GMT|Zulu|C?E[SD]?T|MSK|MEZ|MESZ|WES?T|BST|IST|[PMEC][SD]?T|JST|KST|SGT|HKT|ICT|AE[SD]?T|NZ[SD]?T|BRT|ART"
    r"|CLT|COT|EES?T|CES?T|\d{2}:?\d{2}Z)(?![\w])|(?:UTC|GMT)\s?[+-−]\s?\d|(?:Europe|America|Asia|Africa|Australia|Pacific|Etc)/\w+"
)
_NOT_PRODUCTION = ("staging", "development", "test", "uat", "integration", "sandbox", "demo", "preview")
_WORST_FIRST = (
    ("critical", "blocker", "emergency", "urgent"),
    ("high", "important", "major", "severe", "serious"),
    ("medium", "moderate", "normal"),
    ("low", "minor", "trivial", "planned"),
    ("informational",),
)


@rule("window-too-long", "conflict")
def window_too_long(guide: Guide) -> Iterator[Case]:
    """Maintenance that may last longer than its window is open."""
    for fact in guide.facts(Window):
        values, open_for = fact.values, between(fact.values)
        takes = values.max_seconds if values.max_seconds is not None else values.min_seconds
        if open_for is not None and takes is not None and takes > open_for:
            yield Case(
                message=f"the window is open from {values.start} to {values.end}, {duration(open_for)},"
                f" but the work may take {duration(takes)}",
                about=(fact.promise,),
                proposal=f"limit the work to {duration(open_for)}, or open the window for longer",
            )


@rule("window-without-end", "missing")
def window_without_end(guide: Guide) -> Iterator[Case]:
    """A window with a beginning, of which no line says how long it lasts."""
    for fact in guide.facts(Window):
        values = fact.values
        if values.start and values.rrule and not _ends(guide, fact):
            yield Case(
                message=f"the window begins at {values.start}, but no line says when it ends",
                about=(fact.promise,),
                proposal="add its end or its length, for example `at most 2 hours`",
            )


def _ends(guide: Guide, fact: Fact[Window]) -> bool:
    """An end, a length, or a time in its words or section that may be one of them."""
    values, text = fact.values, fact.promise.text
    if values.end or values.max_seconds is not None or values.min_seconds is not None:
        return True
    near = (one.text for one in guide.within(fact.promise.section))
    return len(_TIME.findall(text)) > 1 or any(
        guide.has(text, "window", "duration") and guide.phrase(text).measures for text in near
    )


@rule("window-without-notice", "missing")
def window_without_notice(guide: Guide) -> Iterator[Case]:
    """Planned maintenance, while no line says how long ahead it is announced."""
    windows = guide.facts(Window)
    if any(f.values.notice_seconds is not None or f.values.notice_business_days is not None for f in windows):
        return
    planned = [
        fact for fact in windows if (fact.values.rrule or fact.values.start) and _is_production(guide, fact)
    ]
    if not planned or any(guide.phrase(one.text).measures for one in guide.meaning("window", "notice")):
        return
    near = [one for section in {fact.promise.section for fact in planned} for one in guide.within(section)]
    if any(guide.said("announced", one.text) for one in near):
        return
    yield Case(
        message="maintenance is planned, but no line says how long ahead it is announced",
        about=promises(planned),
        proposal="add the notice, for example `announced 48 hours ahead`",
    )


def _is_production(guide: Guide, fact: Fact[Window]) -> bool:
    scope = fact.values.scope
    return scope is None or not guide.has(scope, "environment", *_NOT_PRODUCTION)


@rule("time-without-zone", "missing")
def time_without_zone(guide: Guide) -> Iterator[Case]:
    """Times of day, while no line says of which time zone."""
    windows = [fact for fact in guide.facts(Window) if fact.values.start and not fact.values.zone]
    clocks = [fact for fact in guide.facts(ClockValues) if _by_the_clock(fact)]
    found = (*promises(windows), *promises(clocks))
    if found and not _zone_said(guide):
        yield Case(
            message="times of day are given without a time zone: whoever is elsewhere, or reads it in summer,"
            " gets another time",
            about=found,
            proposal="name the zone, for example `02:00-06:00 UTC` or `09:00-17:00 Europe/Berlin`",
        )


def _by_the_clock(fact: Fact[ClockValues]) -> bool:
    hours = fact.values.hours
    return hours is not None and bool(hours.start) and not hours.zone and restricted(hours)


def _zone_said(guide: Guide) -> bool:
    """Is a zone named anywhere, perhaps once for all times?"""
    text = "\n".join(guide.lines or [one.text for one in guide.reading.statements])
    return _ZONE.search(text) is not None or guide.said("clock_of_a_place", text)


@rule("patch-order", "conflict")
def patch_order(guide: Guide) -> Iterator[Case]:
    """A worse flaw that may stay open longer than a milder one."""
    ranked = [(place, fact) for fact in guide.facts(Patch) if (place := _rank(guide, fact)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    if len({place for place, _ in ranked}) < len(ranked):
        return
    for (_, worse), (_, milder) in pairwise(ranked):
        if surpasses(worse.values, milder.values):
            yield Case(
                message=f"`{worse.values.patch}` flaws may stay open for {told(worse.values)},"
                f" but the milder `{milder.values.patch}` ones only for {told(milder.values)}",
                about=promises((worse, milder)),
                proposal=f"patch `{worse.values.patch}` flaws within {told(milder.values)} at the latest,"
                " or swap the two",
            )


def _rank(guide: Guide, fact: Fact[Patch]) -> int | None:
    """The place of the flaw's severity, 0 the worst; None for a name that is not known."""
    name = fact.values.patch.casefold()
    named = {hit.name for hit in guide.phrase(name).of("severity")} | {name}
    places = {place for place, names in enumerate(_WORST_FIRST) if named & set(names)}
    return places.pop() if len(places) == 1 else None


@rule("patch-without-window", "missing")
def patch_without_window(guide: Guide) -> Iterator[Case]:
    """Flaws that are patched with the next maintenance, while no line says when there is maintenance."""
    waiting = [fact for fact in guide.facts(Patch) if fact.values.until == "next_window"]
    if not waiting or any(fact.values.rrule or fact.values.start for fact in guide.facts(Window)):
        return
    known = {fact.promise.id for fact in waiting}
    others = (one for one in guide.meaning("window", "window") if not known & set(one.promises))
    if any(guide.phrase(one.text).of("cadence") or guide.phrase(one.text).of("weekday") for one in others):
        return
    names = listed(fact.values.patch for fact in waiting)
    yield Case(
        message=f"{names} flaws wait for the next maintenance, but no line says when that is",
        about=promises(waiting),
        proposal="say how often there is maintenance, or give them a time of their own",
    )
