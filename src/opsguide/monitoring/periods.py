"""The period over which a target is measured: of the calendar (in UTC), or the last so many days."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ..kernel.clock import Instant, after, from_datetime, seconds_between, to_datetime

DAY = 86_400.0
USUAL = "month"
"""The period where neither the guide nor a binding names one (docs/words.md, error budget)."""

_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}


class Period(Struct, frozen=True):
    """`name` is one of the calendar (`month`), or `30d`: the last thirty days at any instant."""

    name: str = USUAL

    @property
    def rolling(self) -> bool:
        return self.name not in _DAYS

    @property
    def seconds(self) -> float:
        """How long it is; a month counts thirty days, a quarter ninety."""
        return (int(self.name.removesuffix("d")) if self.rolling else _DAYS[self.name]) * DAY

    @property
    def this(self) -> str:
        """`this month`, `the last 30 d`."""
        return (
            f"the last {self._days}"
            if self.rolling
            else "today"
            if self.name == "day"
            else f"this {self.name}"
        )

    @property
    def each(self) -> str:
        """`a month`, `in 30 d`: as it stands behind an amount."""
        if self.rolling:
            return f"in {self._days}"
        return f"an {self.name}" if self.name == "hour" else f"a {self.name}"

    @property
    def _days(self) -> str:
        return f"{self.name.removesuffix('d')} d"

    def around(self, at: Instant) -> tuple[Instant, Instant]:
        """Its start and its end around an instant; a rolling one ends there."""
        if self.rolling:
            return after(at, -self.seconds), at
        start = _start(self.name, to_datetime(at))
        return from_datetime(start), from_datetime(_next(self.name, start))

    def before(self, start: Instant) -> tuple[Instant, Instant]:
        """The period that ended at `start`."""
        return self.around(start) if self.rolling else self.around(start - 1)


def known(window: str | None) -> bool:
    """Is it a period that can be measured?"""
    return window in _DAYS or (window is not None and window[:-1].isdecimal() and window.endswith("d"))


def _start(name: str, day: datetime) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    match name:
        case "hour":
            return midnight + timedelta(hours=day.hour)
        case "day":
            return midnight
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case "month":
            return midnight.replace(day=1)
        case "quarter":
            return midnight.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return midnight.replace(month=1, day=1)


def _next(name: str, start: datetime) -> datetime:
    months = {"month": 1, "quarter": 3, "year": 12}.get(name)
    if months is None:
        return start + timedelta(days=_DAYS[name])
    later = start.month - 1 + months
    return start.replace(year=start.year + later // 12, month=later % 12 + 1)


def overlap(start: Instant, end: Instant, began: Instant, ended: Instant) -> float:
    """Seconds that two stretches of time have in common."""
    return max(0.0, seconds_between(max(start, began), min(end, ended)))
