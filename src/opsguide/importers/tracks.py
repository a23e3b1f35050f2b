"""Schedules of tools in which several people may be on call at once, as rotations with one owner each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from .model import Layer, Note, Schedule
from .week import ALL, as_bits


def split(schedule: Schedule, now: datetime, notes: list[Note]) -> list[Schedule]:
    """One schedule where no two layers of a level overlap, else several: the first keeps the key and the name."""
    levels = [_tracks(layers, now) for layers in _levels(schedule.layers)]
    count = max(map(len, levels), default=1)
    if count > 1:
        what = f"tells several at once: it became {count} rotations, name each in the guide's route that told both"
        notes.append(Note("approximated", f"schedule {schedule.name}", what))
    return [
        replace(
            schedule,
            key=schedule.key if place == 0 else f"{schedule.key}#{place + 1}",
            name=schedule.name if place == 0 else f"{schedule.name} {place + 1}",
            layers=tuple(layer for tracks in levels for layer in tracks[min(place, len(tracks) - 1)]),
            covers=schedule.covers if place == 0 else (),
            calendar=schedule.calendar if place == 0 else "",
        )
        for place in range(count)
    ]


def _levels(layers: Iterable[Layer]) -> list[list[Layer]]:
    found: dict[int, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.level, []).append(layer)
    return [found[level] for level in sorted(found)]


def _tracks(layers: Sequence[Layer], now: datetime) -> list[list[Layer]]:
    """Each layer goes to the first track where nothing overlaps it."""
    tracks: list[list[Layer]] = []
    for layer in layers:
        free = (track for track in tracks if not any(_overlap(layer, other, now) for other in track))
        track = next(free, None)
        if track is None:
            tracks.append([layer])
        else:
            track.append(layer)
    return tracks


def _overlap(one: Layer, other: Layer, now: datetime) -> bool:
    """Weeks are compared as clocks stand now: an hour of summer time in one zone only makes no second rotation."""
    if (one.until and other.since and one.until <= other.since) or (
        other.until and one.since and other.until <= one.since
    ):
        return False
    return bool(_bits(one, now) & _bits(other, now))


def _bits(layer: Layer, now: datetime) -> int:
    offset = now.astimezone(ZoneInfo(layer.zone)).utcoffset()
    assert offset is not None
    return as_bits(layer.week or ALL, -round(offset.total_seconds() / 60))
