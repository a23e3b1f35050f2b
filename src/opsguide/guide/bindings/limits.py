"""Limits that bindings give where the guide leaves them open: `5`, `80%`, `< 200ms`, `2GiB`."""

import re

from ..values import Op
from .model import Limit

UNITS_OF_TIME = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_UNITS_OF_SIZE = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS_OF_SIZE |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
LIMIT = re.compile(r"(<=|>=|==|<|>)?\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+|%)?")
_OPS: dict[str, Op] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=="}


def parse_limit(text: str) -> Limit | None:
    """The limit that a text states, None if it states none."""
    parts = LIMIT.fullmatch(text.strip())
    if parts is None:
        return None
    op, unit = _OPS.get(parts[1] or ""), parts[3]
    number = float(parts[2])
    if unit is None:
        return Limit(text=text.strip(), op=op, count=number)
    if unit == "%":
        return Limit(text=text.strip(), op=op, ratio=number / 100)
    if unit in UNITS_OF_TIME:
        return Limit(text=text.strip(), op=op, seconds=number * UNITS_OF_TIME[unit])
    if unit in _UNITS_OF_SIZE:
        return Limit(text=text.strip(), op=op, bytes=round(number * _UNITS_OF_SIZE[unit]))
    return None
