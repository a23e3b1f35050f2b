"""How one value of the bindings is read: each function gives the typed value or raises Wrong."""

import ipaddress
import re
from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import promql_parser

from ..wording import did_you_mean
from .limits import UNITS_OF_TIME, parse_limit
from .model import Limit
from .problems import Spot, Wrong

T = TypeVar("T")

MAX_SECONDS = 86_400.0

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def wrong_type(value: object, spot: Spot, expected: str, example: str) -> Wrong:
    found = _TYPES.get(type(value), "a date or time")
    message = f"`{spot.name}` must be {expected}, this is {found}"
    return spot.wrong("wrong-type", message, f"write {example}")


def text(value: object, spot: Spot) -> str:
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a text in quotes", f'{spot.path[-1]} = "…"')
    if not value.strip():
        raise spot.wrong("empty", f"`{spot.name}` is empty", "give it a text or delete the line")
    return value.strip()


def name(value: object, spot: Spot) -> str:
    """A text that the guide uses too, case-folded."""
    return text(value, spot).casefold()


def flag(value: object, spot: Spot) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(value, spot, "true or false, without quotes", f"{spot.path[-1]} = true")
    return value


def whole(least: int, most: int) -> Callable[[object, Spot], int]:
    """A field of whole numbers from `least` to `most`."""

    def read(value: object, spot: Spot) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            example = value if isinstance(value, str) and value.isdecimal() else most
            raise wrong_type(value, spot, "a whole number without quotes", f"{spot.path[-1]} = {example}")
        if not least <= value <= most:
            message = f"`{spot.name}` is {value}, outside {least} to {most}"
            raise spot.wrong("out-of-range", message, f"write a number from {least} to {most}")
        return value

    return read


def duration(value: object, spot: Spot) -> float:
    """`250ms`, `5s`, `2m`, `1h`, `1d` as seconds. One number and one unit: nothing to interpret."""
    if not isinstance(value, str):
        seconds = value if isinstance(value, int | float) and not isinstance(value, bool) else 5
        raise wrong_type(value, spot, "a duration in quotes", f'{spot.path[-1]} = "{seconds}s"')
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        hint = "a number and one of ms, s, m, h, d, for example `5s` or `2m`"
        raise spot.wrong("bad-duration", f"`{value}` is no duration", hint)
    amount = float(found[1]) * UNITS_OF_TIME[found[2]]
    if not 0 < amount <= MAX_SECONDS:
        message = f"`{spot.name}` is {value}, outside 1ms to 1d"
        raise spot.wrong("out-of-range", message, "write a duration from `1ms` to `1d`")
    return amount


def words(each: Callable[[object, Spot], T]) -> Callable[[object, Spot], tuple[T, ...]]:
    """A field that is a list, without repeats."""

    def read(value: object, spot: Spot) -> tuple[T, ...]:
        if not isinstance(value, list):
            written = f'"{value}"' if isinstance(value, str) else '"…"'
            raise wrong_type(value, spot, "a list", f"{spot.path[-1]} = [{written}]")
        found: list[T] = []
        for index, item in enumerate(value):
            here = spot.at(index)
            try:
                entry = each(item, here)
            except Wrong as wrong:
                spot.problems.note(wrong)
                continue
            if entry in found:
                message = f"`{item}` stands twice in `{spot.name}`"
                spot.problems.note(here.wrong("repeated", message, "delete one of them"))
            found.append(entry)
        return tuple(found)

    return read


def zone(value: object, spot: Spot) -> str:
    """A zone of the IANA database."""
    found = text(value, spot)
    try:
        ZoneInfo(found)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(found, available_timezones())
        hint = near or "write an IANA zone such as `Europe/Bucharest` or `UTC`"
        raise spot.wrong("unknown-zone", f"`{found}` is no time zone", hint) from None
    return found


def loopback(value: object, spot: Spot) -> str:
    """An address that only this machine reaches."""
    found = text(value, spot)
    if found == "localhost" or _is_loopback(found):
        return found
    raise spot.wrong(
        "not-loopback",
        f"the service would be reachable from outside on `{found}`, and has no accounts yet",
        'write listen = "127.0.0.1", and put a proxy with a login in front of it',
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def promql(value: object, spot: Spot) -> str:
    """A PromQL expression that parses."""
    found = text(value, spot)
    try:
        promql_parser.parse(found)
    except ValueError as error:
        reason = (str(error).strip().splitlines() or ["it does not parse"])[0]
        hint = "try it where you look at graphs; labels stand in {…}, ranges in […]"
        raise spot.wrong("bad-promql", f"`{spot.name}` is no PromQL: {reason}", hint) from None
    return found


def limit(value: object, spot: Spot) -> Limit:
    """A limit as `parse_limit` reads it. A bare number may go without quotes."""
    if isinstance(value, dict):
        message = f"`{spot.name}` is a table, not a limit"
        hint = 'a promise\'s id has dots: write it in quotes, "monitoring.objective.…" = "5"'
        raise spot.wrong("wrong-type", message, hint, on="key")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Limit(text=str(value), count=value)
    found = text(value, spot)
    parsed = parse_limit(found)
    if parsed is None:
        hint = "write for example `5`, `80%`, `< 200ms` or `2GiB`"
        raise spot.wrong("bad-limit", f"`{found}` is no limit", hint)
    return parsed
