"""Where marks of an axis stand: round values from zero, round instants in UTC."""

import math
from datetime import datetime

from ...kernel.clock import Instant, to_datetime
from ..words import SHORT_MONTHS

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
TIME_STEPS = (
    *(n * 1_000 for n in (1, 5, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 5, 7, 14, 30)),
)
_LONG_SECONDS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)


def values(low: float, high: float, unit: str = "", most: int = 5) -> list[float]:
    """Round values that cover `low` to `high`, at most about `most`; the first and the last are the axis' ends."""
    if high <= low:
        high = low + 1.0
    step = _step((high - low) / max(1, most - 1), unit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * n:.12g}") for n in range(first, last + 1)]


def _step(least: float, unit: str) -> float:
    """1, 2, 2.5 or 5 times a power of ten; durations beyond a minute go by minutes, hours, days."""
    if unit == "seconds" and least > 30:
        return float(
            next((one for one in _LONG_SECONDS if one >= least), math.ceil(least / 604_800) * 604_800)
        )
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= least * (1 - 1e-9))


def instants(start: Instant, end: Instant, most: int) -> list[Instant]:
    """Round instants (UTC) inside, at most about `most`."""
    least = (end - start) / max(1, most)
    step = next((one for one in TIME_STEPS if one >= least), TIME_STEPS[-1])
    return list(range(-(-start // step) * step, end + 1, step))


def said(at: Instant, step_ms: int) -> str:
    """`03:30`, with seconds where marks stand closer; at midnight, and where marks stand for days, `23 Nov`."""
    moment = to_datetime(at)
    if step_ms >= _DAY or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return _day(moment)
    return f"{moment:%H:%M:%S}" if step_ms < _MINUTE else f"{moment:%H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {SHORT_MONTHS[moment.month - 1]}"
