"""How instants and counts are said to people. `console/time.ts` says the same in the browser."""

import re

from markupsafe import Markup, escape

from ..kernel.clock import Instant, seconds_between, to_datetime
from ..kernel.duration import spoken

_TICKS = re.compile(r"`([^`]+)`")
_OPEN_AGE = re.compile("\x1a(\\d+)\x1a")
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def age(start: Instant, now: Instant | None) -> str:
    """`3 m`: how long ago in the largest unit only; nobody compares evidence to the second.

    Without `now` the age stays open, for `aged` to fill in: what is around it can be kept and told again later.
    """
    if now is None:
        return f"\x1a{start}\x1a"
    return " ".join(spoken(int(max(0.0, seconds_between(start, now)))).split(" ")[:2])


def aged(text: str, now: Instant) -> str:
    """A text whose ages were left open, told now."""
    return _OPEN_AGE.sub(lambda found: age(int(found[1]), now), text)


def left(deadline: Instant, now: Instant) -> str:
    """`2 h 10 m left`, or `12 m over` once the deadline has passed."""
    seconds = int(seconds_between(now, deadline))
    return f"{spoken(seconds)} left" if seconds >= 0 else f"{spoken(-seconds)} over"


def absolute(at: Instant) -> str:
    """`23 Nov 2026, 03:31:29 UTC`."""
    moment = to_datetime(at)
    return f"{moment.day} {SHORT_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M:%S} UTC"


def ticks(text: str) -> Markup:
    """Text in which `backticks` mark code, as HTML."""
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(text))))


def bare(limit: str) -> str:
    """A limit without its comparison, as it stands behind a value: `430 ms / 200 ms`. The guide's line says which."""
    return limit.lstrip("<>=≤≥ ")


def plural(count: int, one: str, many: str = "") -> str:
    """`1 incident`, `3 incidents`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
"""In the order in which they must be looked for: each browser also claims to be the one after it."""


def browser(agent: str) -> str:
    """What a browser says that it is, in two words; else the start of what it says."""
    name = next((known for sign, known in BROWSERS.items() if sign in agent), agent[:40] or "unknown")
    system = next((known for sign, known in SYSTEMS.items() if sign in agent), "")
    return f"{name} on {system}" if system else name
