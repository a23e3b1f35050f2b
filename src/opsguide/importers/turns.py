"""What all tools' rotations have in common: lengths of turns, zones, what is over."""

from datetime import datetime, timedelta

from ..kernel.calendar import zone
from ..kernel.errors import ImportFailed
from .model import Note, Unit

_UNITS: tuple[tuple[Unit, timedelta], ...] = (
    ("w", timedelta(weeks=1)),
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
)
_MOST = 999
_FIRST_YEAR, _LAST_YEAR = 1990, 2200


def known_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


def unknown_zone(about: str, name: str) -> Note:
    return Note("missing", about, f"`{name}` is no zone of the IANA database: set it up by hand")


def length_of(
    about: str, length: timedelta, people: tuple[str, ...], notes: list[Note]
) -> tuple[int, Unit] | None:
    """How long a turn is, in the largest unit that divides it; None, with a note, where none does."""
    if len(set(people)) == 1:
        return 1, "w"
    for unit, size in _UNITS:
        count, over = divmod(length, size)
        if not over and 0 < count <= _MOST:
            if unit == "h":
                what = "turns of hours keep to the wall clock where clocks change"
                notes.append(Note("approximated", about, what))
            return count, unit
    notes.append(Note("missing", about, f"turns of {length} are no whole hours: left out, set it up by hand"))
    return None


def aware(instant: datetime, zone_name: str) -> datetime:
    """With its offset; one that has none is in that zone. Raises ImportFailed for years that no schedule is about."""
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ImportFailed(
            f"holds a time in the year {instant.year}",
            where=str(instant),
            hint=f"schedules are read from {_FIRST_YEAR} to {_LAST_YEAR}: mend it where it comes from",
        )
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone(zone_name))


def end_of(instant: datetime | None, zone_name: str) -> datetime | None:
    """With its offset; None for no end, and for one that nobody will live to see."""
    return None if instant is None or instant.year > _LAST_YEAR else aware(instant, zone_name)


def wall(about: str, instant: datetime, zone_name: str, notes: list[Note]) -> datetime:
    """What the wall clock of a zone shows, to the minute. An instant without an offset is in that zone."""
    found = aware(instant, zone_name).astimezone(zone(zone_name)).replace(tzinfo=None, fold=0)
    if found.second or found.microsecond:
        notes.append(Note("approximated", about, "the seconds of its hand-off are left out"))
    return found.replace(second=0, microsecond=0)


def ended(about: str, until: datetime | None, now: datetime, notes: list[Note]) -> bool:
    """Whether it is over, which is noted."""
    if until is None or until > now:
        return False
    notes.append(Note("missing", about, f"ended on {until:%Y-%m-%d}: left out"))
    return True
