"""An export goes in, bindings come out: what all tests of importers need, and a second clock to compare with."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.importers.draft import Draft
from opsguide.importers.model import Found
from opsguide.importers.names import Names
from opsguide.importers.severities import meaning_of
from opsguide.incidents.roster import rotation_of
from opsguide.kernel.clock import from_datetime

NOW = datetime(2026, 11, 26, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
YEAR = 8760
Read = Callable[[Mapping[str, str], datetime], Found]


def drafted(found: Found, before: str = "", teams: Mapping[str, str] | None = None) -> tuple[Draft, Bindings]:
    """What the import adds, and the bindings with it, which have to be right."""
    old, _ = read_bindings(before)
    assert old is not None
    draft = Draft(found, old, Names(old, teams or {}), meaning_of(old, None))
    made, problems = read_bindings(f"{before}\n{draft.text}")
    assert made is not None, (problems, draft.text)
    return draft, made


def imported(read: Read, *exports: Any) -> tuple[Found, Draft, Bindings]:
    found = read({f"{place}.json": json.dumps(one) for place, one in enumerate(exports)}, NOW)
    return found, *drafted(found)


def hours(start: datetime, count: int) -> Iterator[datetime]:
    return (start + place * HOUR for place in range(count))


def on_duty(bindings: Bindings, team: str, at: datetime) -> str | None:
    rotation = rotation_of(bindings, team)
    if rotation is None:
        return bindings.teams[team].members[0] if team in bindings.teams else None
    duty = rotation.on_duty(from_datetime(at))
    return None if duty is None else duty.person


def shown(at: datetime, zone: str) -> datetime:
    """The latest time that a wall clock has shown, to the minute: where it is set back it waits for itself."""
    where = ZoneInfo(zone)
    wall = at.astimezone(where)
    while wall.fold:
        at += timedelta(minutes=1)
        wall = at.astimezone(where)
        if not wall.fold:
            return wall.replace(tzinfo=None) - timedelta(minutes=1)
    return wall.replace(tzinfo=None)


def minute_of_week(wall: datetime) -> int:
    return wall.weekday() * 1440 + wall.hour * 60 + wall.minute


def texts(found: Found, draft: Draft, kind: str) -> list[str]:
    return [f"{note.about}: {note.what}" for note in (*found.notes, *draft.notes) if note.kind == kind]
