"""Which promise of the old guide is which of the new one, and which of them went elsewhere."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import astuple, replace

from ...kernel.promise import Span
from ..promise import Promise
from ..values import (
    Alert,
    AnyValues,
    ClockValues,
    Detection,
    Duty,
    Objective,
    Patch,
    Recovery,
    Retention,
    Step,
    Window,
)
from .table import PLACES


class Pair(NamedTuple):
    """One promise in both guides; None where only one of them has it."""

    before: Promise | None
    after: Promise | None


Key: TypeAlias = Callable[[Promise], Hashable]
Place: TypeAlias = tuple[Span, str]


def pairs(old: Iterable[Promise], new: Iterable[Promise]) -> list[Pair]:
    """Every promise of both in one pair.

    First what says the same in the same place, then what says the same (ids change where a second fact of their
    name comes or goes), then what has the same id, last what only its name tells from its counterpart.
    """
    left, right = list(old), list(new)
    found: list[Pair] = []
    for key, lone in ((_all, False), (_meaning, False), (_id, False), (_but_the_name, True)):
        found += _match(left, right, key, lone=lone)
    return [*found, *(Pair(one, None) for one in left), *(Pair(None, one) for one in right)]


def _match(left: list[Promise], right: list[Promise], key: Key, *, lone: bool) -> list[Pair]:
    """Pairs by key, in order, taken out of both lists; `lone`: only where a key is one promise on each side."""
    mine, theirs = _by(left, key), _by(right, key)
    found: list[Pair] = []
    for name, ours in mine.items():
        others = theirs.get(name, [])
        if not lone or (len(ours) == len(others) == 1):
            found += [Pair(one, other) for one, other in zip(ours, others, strict=False)]
    taken = {id(one) for pair in found for one in pair}
    left[:] = [one for one in left if id(one) not in taken]
    right[:] = [one for one in right if id(one) not in taken]
    return found


def _by(promises: Iterable[Promise], key: Key) -> Mapping[Hashable, list[Promise]]:
    found: dict[Hashable, list[Promise]] = defaultdict(list)
    for promise in promises:
        name = key(promise)
        if name is not None:
            found[name].append(promise)
    return found


def _all(promise: Promise) -> Hashable:
    return promise.id, promise.section, _meaning(promise)


def _id(promise: Promise) -> Hashable:
    return promise.id, type(promise.values)


def _meaning(promise: Promise) -> Hashable:
    return promise.keeper, type(promise.values), astuple(_placeless(promise.values))


NAMES: Mapping[type[AnyValues], tuple[str, ...]] = {
    ClockValues: ("severity", "scope"),
    Objective: ("percentile", "scope"),
    Alert: ("alert", "percentile"),
    Recovery: ("scenario", "scope"),
    Duty: ("kind", "scope"),
    Retention: ("tier",),
    Patch: ("patch",),
    Window: ("window", "scope"),
    Step: ("to", "kind"),
    Detection: ("detection",),
}
"""Keys that tell a fact from its like. A fact that differs in them alone, in the same section, was renamed."""


def _but_the_name(promise: Promise) -> Hashable:
    names = NAMES.get(type(promise.values))
    if names is None:
        return None
    values = replace(_placeless(promise.values), **dict.fromkeys(names))
    return promise.keeper, promise.section, type(values), astuple(values)


def _placeless(values: AnyValues) -> AnyValues:
    place = PLACES.get(type(values))
    return values if place is None else replace(values, **{place: 0})


def moved(found: Iterable[Pair]) -> set[Pair]:
    """Those that stand in another section, or before what they stood behind. Not those that only lines pushed on."""
    both = [(pair.before, pair.after, pair) for pair in found if pair.before and pair.after]
    both.sort(key=lambda each: (each[0].span, each[0].id))
    stayed = _longest_rise([(after.span, after.id) for _, after, _ in both])
    away = {pair for place, (_, _, pair) in enumerate(both) if place not in stayed}
    names = _renamed_sections([(before.section, after.section) for before, after, _ in both])
    return away | {
        pair for before, after, pair in both if names.get(before.section, before.section) != after.section
    }


def reordered(found: Iterable[Pair]) -> set[Pair]:
    """Those that now come before what they came after, among their like: steps of a route, stages, severities."""
    groups: dict[Hashable, list[tuple[Place, Place, Pair]]] = defaultdict(list)
    for pair in found:
        if pair.before is not None and pair.after is not None and type(pair.before.values) in PLACES:
            key = type(pair.before.values), getattr(pair.before.values, "route", "")
            groups[key].append((_order(pair.before), _order(pair.after), pair))
    away: set[Pair] = set()
    for each in groups.values():
        each.sort(key=lambda one: one[0])
        stayed = _longest_rise([after for _, after, _ in each])
        away |= {pair for place, (_, _, pair) in enumerate(each) if place not in stayed}
    return away


def _order(promise: Promise) -> Place:
    """Where it comes among its like; two of one number come at once, and have no order."""
    number = getattr(promise.values, PLACES[type(promise.values)]) or 0
    return Span(number, number), ""


def _renamed_sections(seen: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Old name → new name, where all of a section went along and nothing came to it."""
    there, back = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for before, after in seen:
        there[before].add(after)
        back[after].add(before)
    return {
        before: after
        for before, afters in there.items()
        if len(afters) == 1 and len(back[after := next(iter(afters))]) == 1
    }


def _longest_rise(places: Sequence[Place]) -> set[int]:
    """Indices of a longest subsequence that never falls: what is not in it was moved."""
    tails: list[int] = []
    values: list[Place] = []
    previous: list[int] = []
    for index, place in enumerate(places):
        at = bisect_right(values, place)
        previous.append(tails[at - 1] if at else -1)
        tails[at : at + 1] = [index]
        values[at : at + 1] = [place]
    kept: set[int] = set()
    at = tails[-1] if tails else -1
    while at >= 0:
        kept.add(at)
        at = previous[at]
    return kept
