"""Does a promise carry what a careful reader wrote in the key? How the values of a key are compared.

A value of the key is a number (compared as numbers), a text (compared without case and punctuation), `~text` (the
promise's text holds it), a list (any of these), an object (all of these), or null (must be null or absent). A key
`scope|scenario` is satisfied by any one of the two.
"""

import re
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]

IDENTITY = frozenset(
    (
        "fact",
        "clock",
        "severity",
        "signal",
        "percentile",
        "level",
        "objective",
        "scenario",
        "scope",
        "duty",
        "kind",
        "retain",
        "tier",
        "patch",
        "window",
        "route",
        "to",
        "detection",
        "alert",
        "rule",
        "environment",
        "stage",
        "release",
    )
)
"""Keys that say what a promise is about; all the others say what it promises."""
_UNITS = ("seconds", "ratio", "count", "bytes", "months", "years", "business_days")
AMOUNTS = frozenset((*_UNITS, *(f"{end}_{unit}" for end in ("min", "max") for unit in _UNITS)))
NUMBERS = AMOUNTS | {
    "for_seconds",
    "after_seconds",
    "notice_seconds",
    "notice_business_days",
    "window_seconds",
}


def matches(wanted: Values, values: Values) -> bool:
    return all(holds(wanted, key, values) for key in wanted)


def holds(wanted: Values, key: str, values: Values) -> bool:
    return any(same(wanted[key], values.get(name), name) for name in key.split("|"))


def same(wanted: Any, said: Any, key: str = "") -> bool:
    if isinstance(wanted, list) and key != "days":
        return any(same(one, said, key) for one in wanted)
    if wanted is None or said is None:
        return wanted is said or (wanted == 0 and key == "after_seconds")
    if isinstance(wanted, dict):
        return isinstance(said, dict) and all(same(wanted[k], said.get(k), k) for k in wanted)
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return isinstance(said, (int, float)) and abs(said - wanted) <= 1e-9 + 1e-6 * abs(wanted)
    if key == "rrule":
        return recurrence(str(wanted)) == recurrence(str(said))
    if key in ("days", "op"):
        return list(wanted) == list(said)
    if isinstance(wanted, str) and wanted.startswith("~"):
        return plain(wanted) in plain(said)
    return plain(wanted) == plain(said)


def plain(text: Any) -> str:
    return re.sub(r"[\W_]", "", str(text).casefold())


def recurrence(rule: str) -> tuple[str, int, tuple[str, ...]]:
    """FREQ, INTERVAL and BYDAY in one form: a quarter is three months, a year twelve."""
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    freq, every = parts.get("FREQ", ""), int(parts.get("INTERVAL", "1"))
    if freq == "YEARLY":
        freq, every = "MONTHLY", every * 12
    return freq, every, tuple(sorted(filter(None, parts.get("BYDAY", "").split(","))))


def contradicts(wanted: Values, values: Values) -> bool:
    """Says something else about the same thing: a stated value that differs, not merely one that is left out."""
    for key in wanted:
        if key in IDENTITY or "|" in key or holds(wanted, key, values):
            continue
        if values.get(key) is not None:
            return True
        if key in AMOUNTS and any(values.get(other) is not None for other in AMOUNTS):
            return True
    return False


def about(wanted: Values, values: Values) -> bool:
    """Is the promise about what the key's fact is about?"""
    return all(holds(wanted, key, values) for key in wanted if set(key.split("|")) <= IDENTITY)


_TELLING = ("severity", "clock", "objective", "patch", "percentile", "to")


def misplaced(wanted: Values, values: Values) -> bool:
    """The fact's amount, said of something else: another severity, another clock, another person."""
    if values.get("fact") != wanted.get("fact") or not any(key in NUMBERS for key in wanted):
        return False
    said = [key for key in wanted if not set(key.split("|")) <= IDENTITY]
    if not all(holds(wanted, key, values) for key in said):
        return False
    told = [key for key in wanted if key in _TELLING and values.get(key) is not None]
    return any(not holds(wanted, key, values) and not _clipped(wanted[key], values[key]) for key in told)


def _clipped(wanted: Any, said: Any) -> bool:
    """A name that is cut short is not another name."""
    return isinstance(wanted, str) and wanted.startswith("~") and plain(said) in plain(wanted)
