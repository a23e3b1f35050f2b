"""What overrides do to the schedule: the rotations in force, before and after. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ...guide.bindings import Bindings
from ...guide.bindings import model as bound
from ...kernel.calendar import Interval
from ...kernel.clock import Instant, after, rfc3339
from ..calendars.facts import CalendarRead
from ..roster import rotation_of
from ..rotation import Rotation, Shift, holes, shifts
from .facts import Span
from .state import Override

AROUND_SECONDS = 12 * 3600.0
"""So much of the schedule before and after a change is shown with it."""


def in_force(
    adopted: Bindings, overrides: Iterable[Override], calendars: Mapping[str, CalendarRead]
) -> Bindings:
    """The bindings whose rotations hold these overrides too, later ones win, and calendars on top of the layers.

    One whose team or person is not bound any more is left out: it would lead to nobody.
    """
    added: dict[str, list[bound.Override]] = {}
    written = {
        team: _written(read, adopted)
        for team, read in calendars.items()
        if team in adopted.rotations and adopted.rotations[team].calendar is not None
    }
    for one in overrides:
        if one.team in adopted.rotations and one.person in adopted.people:
            start, end = rfc3339(one.span.start), rfc3339(one.span.end)
            made = bound.Override(person=one.person, start=start, end=end, replaces=one.replaces or None)
            added.setdefault(one.team, []).append(made)
    rotations = {
        team: replace(
            found,
            layers=(*found.layers, *written.get(team, ())),
            overrides=(*found.overrides, *added.get(team, ())),
        )
        for team, found in adopted.rotations.items()
    }
    return replace(adopted, rotations=rotations) if added or written else adopted


def _written(read: CalendarRead, adopted: Bindings) -> tuple[bound.Layer, ...]:
    """What a calendar says: an entry is a layer of one person, on top of those that are declared."""
    return tuple(
        bound.Layer(
            members=(one.person,), start="2000-01-03", since=rfc3339(one.start), until=rfc3339(one.end)
        )
        for one in read.entries
        if one.person in adopted.people
    )


class Change(Struct, frozen=True):
    """The same stretch of a team's schedule as it is and as it would be; `holes` are those that it would open."""

    team: str
    before: tuple[Shift, ...]
    after: tuple[Shift, ...]
    holes: tuple[Interval, ...]

    @property
    def changes(self) -> bool:
        """Whether anybody else would be on call at any instant."""
        return _turns(self.before) != _turns(self.after)


def _turns(found: Iterable[Shift]) -> list[tuple[Instant, str | None]]:
    """When another person begins, whatever the reason."""
    turns: list[tuple[Instant, str | None]] = []
    for shift in found:
        if not turns or turns[-1][1] != shift.person:
            turns.append((shift.start, shift.person))
    return turns


def change(now_bound: Bindings, then_bound: Bindings, team: str, span: Span, now: Instant) -> Change:
    """What would be otherwise around a time, no earlier than now."""
    start = max(now, after(span.start, -AROUND_SECONDS))
    end = after(span.end, AROUND_SECONDS)
    old, new = rotation_of(now_bound, team), rotation_of(then_bound, team)
    if old is None or new is None:
        return Change(team, (), (), ())
    return Change(
        team, tuple(shifts(old, start, end)), tuple(shifts(new, start, end)), _opened(old, new, start, end)
    )


def _opened(old: Rotation, new: Rotation, start: Instant, end: Instant) -> tuple[Interval, ...]:
    """Holes of the new schedule in which the old one has somebody."""
    found = holes(new, start, end)
    return tuple(one for one in found if any(shift.duty is not None for shift in shifts(old, *one)))
