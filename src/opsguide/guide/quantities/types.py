"""The quantities of a text: amounts, percentiles, schedules and times of day, each with its place."""

from typing import Literal, TypeAlias

from msgspec import Struct

Number: TypeAlias = int | float
Op: TypeAlias = Literal["<", "<=", ">", ">=", "=="]
Unit: TypeAlias = Literal["seconds", "ratio", "bytes", "count", "months", "years", "business_days", "factor"]


class Measure(Struct, frozen=True, kw_only=True):
    """An amount. `high` makes it a range, `per` the period it is counted in (`month` in `4 h/month`).

    `op` is the comparator that stands with it; `after` says that it is a delay (`T+15 min`, `after 2 h`), `every`
    that it recurs; `business` that it counts in business hours. `letter` is the unit as written.
    """

    start: int
    end: int
    value: Number
    unit: Unit
    high: Number | None = None
    op: Op | None = None
    per: str | None = None
    after: bool = False
    every: bool = False
    business: bool = False
    about: bool = False
    letter: str = ""


class Percentile(Struct, frozen=True):
    start: int
    end: int
    value: Number


class Schedule(Struct, frozen=True, kw_only=True):
    """A recurrence. `rrule` is None where the words give no exact rule (`three times a week`, `as needed`)."""

    start: int
    end: int
    rrule: str | None
    word: str = ""


class TimeRange(Struct, frozen=True, kw_only=True):
    """Wall time from `begins` to `ends` (HH:MM, 24:00 allowed); either may be missing."""

    start: int
    end: int
    begins: str | None
    ends: str | None
    zone: str | None = None


class Days(Struct, frozen=True):
    """Days of the week (MO … SU), in the order of the week."""

    start: int
    end: int
    days: tuple[str, ...]


class Quantities(Struct, frozen=True, kw_only=True):
    measures: tuple[Measure, ...] = ()
    percentiles: tuple[Percentile, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    times: tuple[TimeRange, ...] = ()
    days: tuple[Days, ...] = ()
    zone: str | None = None
    always: bool = False
