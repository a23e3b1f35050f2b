"""How times of a rotation are read. They stay texts, as ISO 8601 writes them: what they mean depends on a zone."""

import re
from datetime import date, datetime, time

from .problems import Spot
from .shapes import field, wrong_type

_TIME = r"([01]\d|2[0-3]):[0-5]\d"


@field(type="string", pattern=r"^\s*[1-9]\d{0,2}[hdw]\s*$")
def cadence(value: object, spot: Spot) -> str:
    """`12h`, `1d`, `2w`."""
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a duration in quotes", f'{spot.path[-1]} = "1w"')
    if re.fullmatch(r"[1-9]\d{0,2}[hdw]", value.strip()) is None:
        hint = "a whole number and one of h, d, w, for example `12h` or `1w`"
        raise spot.wrong("bad-duration", f"`{value}` is no cadence", hint)
    return value.strip()


CALENDAR = ("hour", "day", "week", "month", "quarter", "year")


@field(type="string", pattern=rf"^\s*({'|'.join(CALENDAR)}|[1-9]\d{{0,2}}d)\s*$")
def period(value: object, spot: Spot) -> str:
    """`month` by the calendar, `30d` rolling."""
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a text in quotes", f'{spot.path[-1]} = "30d"')
    if value.strip() not in CALENDAR and re.fullmatch(r"[1-9]\d{0,2}d", value.strip()) is None:
        hint = "write `month`, `quarter` … for a period of the calendar, or `30d` for the last so many days"
        raise spot.wrong("bad-period", f"`{value}` is no period", hint)
    return value.strip()


@field(type="string", pattern=rf"^\s*{_TIME}(:00)?\s*$")
def time_of_day(value: object, spot: Spot) -> str:
    """`09:00`, as a text or as TOML's own time."""
    found = value.isoformat() if isinstance(value, time) else value
    if not isinstance(found, str):
        raise wrong_type(value, spot, "a time of day", f'{spot.path[-1]} = "09:00"')
    if re.fullmatch(rf"{_TIME}(:00)?", found.strip()) is None:
        raise spot.wrong(
            "bad-time", f"`{found}` is no time of day", "write it as `09:00`, from 00:00 to 23:59"
        )
    return found.strip()[:5]


@field(type="string", pattern=rf"^\s*{_TIME}\s*-\s*{_TIME}\s*$")
def hours(value: object, spot: Spot) -> str:
    """`09:00-17:00`; an end before the start is on the next day."""
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a text in quotes", f'{spot.path[-1]} = "09:00-17:00"')
    found = re.sub(r"\s", "", value)
    start, _, end = found.partition("-")
    if re.fullmatch(rf"{_TIME}-{_TIME}", found) is None or start == end:
        hint = "write from when to when, for example `09:00-17:00`"
        raise spot.wrong("bad-time", f"`{value}` are no hours", hint)
    return found


@field(type="string", format="date")
def day(value: object, spot: Spot) -> str:
    """A date, as TOML's own or as a text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a date", f"{spot.path[-1]} = 2026-12-24")
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise spot.wrong("bad-time", f"`{value}` is no date", "write it as 2026-12-24") from None


@field(type="string")
def moment(value: object, spot: Spot) -> str:
    """A date with a time, as TOML's own or as a text; without an offset it is in the rotation's zone."""
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a date with a time", f"{spot.path[-1]} = 2026-12-24T09:00:00")
    try:
        if re.search(r"\d[T ]\d", value) is None:
            raise ValueError
        return datetime.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise spot.wrong("bad-time", f"`{value}` is no instant", "write it as 2026-12-24T09:00:00") from None
