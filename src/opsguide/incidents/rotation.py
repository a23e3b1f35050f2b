"""A rotation: layers of people who take turns, and overrides. Who is on call at an instant has exactly one answer."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Struct

from ..kernel.calendar import Hours, Interval, instant_of, local
from ..kernel.clock import Instant

Unit: TypeAlias = Literal["hours", "days", "weeks"]

_UNITS = {unit: timedelta(**{unit: 1}) for unit in ("hours", "days", "weeks")}


class Turns(Struct, frozen=True):
    """How long a turn lasts and when the first one begins, by the wall clock of `zone`.

    Turn `n` begins when the wall clock shows `first + n turns`, so that a hand-off at 09:00 stays at 09:00 when
    clocks change. Turns reach back before `first` as well.
    """

    zone: ZoneInfo
    first: datetime
    every: int
    unit: Unit

    @property
    def length(self) -> timedelta:
        return self.every * _UNITS[self.unit]

    def begin(self, number: int) -> Instant:
        """When this turn begins. A later turn never begins earlier; on a day that the zone skips it has no length."""
        return instant_of(self.first + number * self.length, self.zone)

    def number(self, at: Instant) -> int:
        """The turn that is running: the last one that has begun."""
        found = (local(at, self.zone) - self.first) // self.length
        while self.begin(found) > at:
            found -= 1
        while self.begin(found + 1) <= at:
            found += 1
        return found


class Layer(Struct, frozen=True):
    """People who take turns in this order; with `hours` only while those are open.

    `since` and `until` bound it; a team that changes its order puts a new layer on top.
    """

    people: tuple[str, ...]
    turns: Turns
    hours: Hours | None = None
    since: Instant | None = None
    until: Instant | None = None

    def owner(self, at: Instant) -> str | None:
        if not self.people or not self._covers(at):
            return None
        return self.people[self.turns.number(at) % len(self.people)]

    def _covers(self, at: Instant) -> bool:
        if (self.since is not None and at < self.since) or (self.until is not None and at >= self.until):
            return False
        return self.hours is None or self.hours.is_open(at)


class Override(Struct, frozen=True):
    """Somebody stands in, from `start` until just before `end`. `replaces` limits it to the turns of one person."""

    person: str
    start: Instant
    end: Instant
    replaces: str | None = None


class Duty(Struct, frozen=True):
    """Who is on call, and why: the number of the layer from the bottom, from 1, or 0 for an override."""

    person: str
    layer: int
    instead_of: str | None = None


class Rotation(Struct, frozen=True):
    """Layers from the bottom to the top, the topmost that has somebody wins; overrides win over all, the last over
    earlier ones."""

    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()

    def on_duty(self, at: Instant) -> Duty | None:
        """The one person on call at this instant; None is a hole."""
        planned = self._planned(at)
        who = None if planned is None else planned.person
        for override in reversed(self.overrides):
            if override.start <= at < override.end and override.replaces in (None, who):
                return Duty(override.person, 0, who)
        return planned

    def _planned(self, at: Instant) -> Duty | None:
        for number in range(len(self.layers), 0, -1):
            person = self.layers[number - 1].owner(at)
            if person is not None:
                return Duty(person, number)
        return None


class Shift(Struct, frozen=True):
    """One person's time without a break, from `start` until just before `end`. Without `duty` it is a hole."""

    start: Instant
    end: Instant
    duty: Duty | None

    @property
    def person(self) -> str | None:
        return None if self.duty is None else self.duty.person

    @property
    def is_override(self) -> bool:
        return self.duty is not None and not self.duty.layer


def shifts(rotation: Rotation, start: Instant, end: Instant) -> list[Shift]:
    """Who is on call from `start` until just before `end`: without gap or overlap, holes included.

    One person's consecutive turns in the same layer are one shift.
    """
    found: list[Shift] = []
    edges = [start, *sorted(_edges(rotation, start, end)), end]
    for begin, stop in pairwise(edges):
        if begin >= stop:
            continue
        duty = rotation.on_duty(begin)
        if found and found[-1].duty == duty:
            found[-1] = Shift(found[-1].start, stop, duty)
        else:
            found.append(Shift(begin, stop, duty))
    return found


def _edges(rotation: Rotation, start: Instant, end: Instant) -> set[Instant]:
    """Every instant within at which the answer may change."""
    found: set[Instant] = set()
    for layer in rotation.layers:
        found.update(edge for edge in (layer.since, layer.until) if edge is not None)
        first = start if layer.since is None else max(start, layer.since)
        last = end if layer.until is None else min(end, layer.until)
        if first >= last:
            continue
        number = layer.turns.number(first) + 1
        while len(layer.people) > 1 and (begin := layer.turns.begin(number)) < last:
            found.add(begin)
            number += 1
        found.update(_hours_edges(layer.hours, first, last))
    for override in rotation.overrides:
        found.update((override.start, override.end))
    return {edge for edge in found if start < edge < end}


def _hours_edges(hours: Hours | None, start: Instant, end: Instant) -> set[Instant]:
    found: set[Instant] = set()
    for interval in hours.intervals(start) if hours is not None else ():
        if interval[0] >= end:
            break
        found.update(interval)
    return found


def holes(rotation: Rotation, start: Instant, end: Instant) -> list[Interval]:
    """When nobody is on call."""
    return [(shift.start, shift.end) for shift in shifts(rotation, start, end) if shift.duty is None]
