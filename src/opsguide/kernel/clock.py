"""Instants: whole milliseconds since 1970-01-01T00:00:00Z. The core is always told `now`, it never asks."""

from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

Instant: TypeAlias = int
"""Milliseconds since the epoch, UTC. Integers, so that the same history hashes and folds alike everywhere."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What the edge fulfils: a wall clock. Tests hand in one that they move by hand."""

    def now(self) -> Instant: ...


def after(start: Instant, seconds: float) -> Instant:
    """The instant `seconds` after `start` (negative seconds go back)."""
    return start + round(seconds * 1000)


def seconds_between(start: Instant, end: Instant) -> float:
    return (end - start) / 1000


def to_datetime(at: Instant) -> datetime:
    """An aware datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=at)


def from_datetime(moment: datetime) -> Instant:
    """Milliseconds of an aware datetime. Raises ValueError for a naive one: a time without a zone is no instant."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: write for example {moment.isoformat()}Z")
    return round((moment - _EPOCH) / timedelta(milliseconds=1))


def rfc3339(at: Instant) -> str:
    """`2026-11-23T03:31:29.123Z`, the one written form of an instant."""
    return to_datetime(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_or_none(at: Instant | None) -> str | None:
    """The same of an instant that may not have come."""
    return None if at is None else rfc3339(at)


def parse_instant(text: str) -> Instant:
    """An RFC 3339 instant with its zone. Raises ValueError, saying what to write instead."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no instant: write for example 2026-11-23T03:31:00Z") from None
    at = from_datetime(moment)
    try:
        to_datetime(at)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range: in UTC it has no year") from None
    return at
