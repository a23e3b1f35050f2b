"""The page's words: levels, the sentence at the top, instants and days as people read them."""

from collections.abc import Sequence
from datetime import date, datetime

from ...kernel.calendar import zone
from ...kernel.clock import Instant, to_datetime
from ...kernel.duration import spoken
from .courses import Day, Level
from .model import Component, Overall, Page, Planned

LEVELS = {
    Level.UP: ("up", "Operational"),
    Level.UNKNOWN: ("unknown", "Not known"),
    Level.DEGRADED: ("degraded", "Degraded"),
    Level.DOWN: ("down", "Down"),
}
MAINTENANCE = ("maintenance", "Maintenance")

PHASES = {
    "investigating": "Investigating",
    "identified": "Identified",
    "monitoring": "Monitoring",
    "resolved": "Resolved",
}

HEADLINES: dict[Overall, str] = {
    "up": "All systems are operational",
    "incident": "We are working on an incident",
    "maintenance": "Maintenance is under way",
    "unknown": "Not everything is known right now",
    "empty": "Nothing is shown here yet",
}
SHAPES: dict[Overall, str] = {"incident": "degraded", "empty": "unknown"}


def headline(page: Page) -> str:
    """One sentence that says it all."""
    if page.overall in HEADLINES:
        return HEADLINES[page.overall]
    level, word = (Level.DOWN, "down") if page.overall == "down" else (Level.DEGRADED, "degraded")
    bad = [one.label for one in page.components if one.level == level and not one.maintained]
    if len(bad) == len(page.components) > 1:
        return f"Everything is {word}"
    if len(bad) <= 2:
        return f"{' and '.join(bad)} {'is' if len(bad) == 1 else 'are'} {word}"
    return f"{len(bad)} of {len(page.components)} systems are {word}"


def shape(page: Page) -> str:
    """The mark beside it."""
    return SHAPES.get(page.overall, page.overall)


def state(component: Component) -> tuple[str, str]:
    """Shape and word of a component."""
    return MAINTENANCE if component.maintained and component.level != Level.UP else LEVELS[component.level]


def percent(share: float) -> str:
    """Never rounded up to what is not so: 99.999 % is `99.99 %`."""
    hundredths = int(share * 10_000 + 1e-6)
    return "100 %" if share >= 1 else f"{hundredths / 100:.2f} %"


def known(component: Component) -> str:
    """What the share is of, where that is not all of the days."""
    count = component.known_days
    if count == len(component.days):
        return "uptime"
    return f"uptime, {count} {'day' if count == 1 else 'days'}"


def day_kind(day: Day) -> str:
    """The class of its bar."""
    return LEVELS[day.level][0] + (" partly" if day.partly and day.level == Level.UP else "")


def day_said(day: Day) -> str:
    """`up all day`, `down 12 m, degraded 1 h`."""
    parts = [
        f"{word} {spoken(seconds)}"
        for word, seconds in (("down", day.down), ("degraded", day.degraded))
        if seconds
    ]
    if day.unknown >= 60 and (day.up or parts):
        parts.append(f"not known {spoken(day.unknown)}")
    if parts:
        return ", ".join(parts if day.down or day.degraded else ["operational", *parts])
    return "operational" if day.up else "not known"


def on_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def trouble(days: Sequence[Day]) -> list[Day]:
    """Days that were not as they should be, the latest first."""
    return [day for day in reversed(days) if day.down or day.degraded]


def moment(at: Instant, page: Page) -> datetime:
    """By the clocks of the page's zone."""
    return to_datetime(at).astimezone(zone(page.zone))


def when(at: Instant, page: Page) -> str:
    """`26 Nov 2026, 05:30 EET`."""
    found = moment(at, page)
    return f"{found.day} {found:%b %Y, %H:%M %Z}"


def span(one: Planned, page: Page) -> str:
    """`29 Nov 2026, 02:00 to 06:00 EET`."""
    start, end = moment(one.start, page), moment(one.end, page)
    if start.date() == end.date():
        return f"{start.day} {start:%b %Y, %H:%M} to {end:%H:%M %Z}"
    return f"{when(one.start, page)} to {when(one.end, page)}"


def lasted(start: Instant, end: Instant) -> str:
    return spoken((end - start) / 1000)
