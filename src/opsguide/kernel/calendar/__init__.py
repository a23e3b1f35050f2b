"""Time as people keep it: zones, hours in which something is open. Pure: an instant comes in, an instant goes out."""

from .hours import EVERY_DAY, WEEK, Hours, Interval
from .zones import ClockChange, clock_changes, instant_of, local, zone

__all__ = [
    "EVERY_DAY",
    "WEEK",
    "ClockChange",
    "Hours",
    "Interval",
    "clock_changes",
    "instant_of",
    "local",
    "zone",
]
