"""The page's words: levels, the sentence at the top, instants and days as people read them."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from ...kernel.calendar import zone
from ...kernel.clock import Instant, to_datetime
from ...kernel.duration import spoken
from .courses import Day, Level
from .model import Component, Entry, Overall, Page, Planned

MAINTENANCE = ("maintenance", "Maintenance")
LEVELS = {
    Level.UP: ("up", "Operational"),
    Level.UNKNOWN: ("unknown", "Not known"),
    Level.MAINTENANCE: MAINTENANCE,
    Level.DEGRADED: ("degraded", "Degraded"),
    Level.DOWN: ("down", "Down"),
}

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
    """What the share is of."""
    count = component.known_days
    return f"uptime over {count} {'day' if count == 1 else 'days'}"


def day_kind(day: Day) -> str:
    """The class of its bar."""
    return LEVELS[day.level][0] + (" partly" if day.partly and day.level == Level.UP else "")


def day_said(day: Day) -> str:
    """`operational`, `down 12 m, degraded 1 h`, `operational, not known 3 h`."""
    worst = {"down": day.down, "degraded": day.degraded, "maintenance": day.maintenance}
    parts = [f"{word} {spoken(seconds)}" for word, seconds in worst.items() if seconds]
    if not parts:
        parts = ["operational"] if day.up else ["not known"]
    if day.unknown >= 60 and parts != ["not known"]:
        parts.append(f"not known {spoken(day.unknown)}")
    return ", ".join(parts)


class Run(Struct, frozen=True):
    """Days in a row of which the same is to be said, as text."""

    days: str
    said: str
    kind: str


def runs(days: Sequence[Day]) -> list[Run]:
    """Every day in as few lines as it takes, the latest first."""
    found = list[tuple[Day, Day]]()
    for day in reversed(days):
        if found and day_said(found[-1][0]) == day_said(day):
            found[-1] = (day, found[-1][1])
        else:
            found.append((day, day))
    return [Run(_days(first, last), day_said(last), day_kind(last)) for first, last in found]


def _days(first: Day, last: Day) -> str:
    return on_day(last.day) if first == last else f"{on_day(first.day)} to {on_day(last.day)}"


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


def months(entries: Sequence[Entry], page: Page) -> list[tuple[str, list[Entry]]]:
    """By the month in which they began, in their order."""
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(f"{moment(one.started, page):%B %Y}", []).append(one)
    return list(found.items())


def span(one: Planned, page: Page) -> str:
    """`29 Nov 2026, 02:00 to 06:00 EET`."""
    start, end = moment(one.start, page), moment(one.end, page)
    if start.date() == end.date():
        return f"{start.day} {start:%b %Y, %H:%M} to {end:%H:%M %Z}"
    return f"{when(one.start, page)} to {when(one.end, page)}"


def lasted(start: Instant, end: Instant) -> str:
    return spoken((end - start) / 1000)
