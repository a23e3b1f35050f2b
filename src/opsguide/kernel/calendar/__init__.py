"""Time as people keep it: zones, hours in which something is open. Pure: an instant comes in, an instant goes out."""

from .hours import EVERY_DAY, Hours, Interval
from .zones import DAY_SECONDS, instant_of, local, zone

__all__ = ["DAY_SECONDS", "EVERY_DAY", "Hours", "Interval", "instant_of", "local", "zone"]
