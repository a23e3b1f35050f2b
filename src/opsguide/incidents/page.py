"""The text of a page: what, since when, how bad, how long is left, what was promised, where to act. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from ..kernel.clock import Instant, rfc3339, seconds_between
from ..kernel.duration import spoken
from .escalation import mark
from .state import Incident, State

MOST_NAMED = 10
"""Of pages that go together, so many are named beside the first."""

DRILL = "This is a drill: nothing is wrong. Acknowledging it ends it, and proves that you were reached."


class Page(Struct, frozen=True):
    """Plain text: the same for mail, chat and a phone's screen; a `chart` as PNG for what takes pictures."""

    title: str
    body: str
    chart: bytes | None = None


class Around(Struct, frozen=True):
    """What a page says beside the incident itself: `service` is its name, `link` the signed address of the incident.

    `clues` are lines about what stands near it: runbooks, deploys.
    """

    service: str
    link: str
    clues: Sequence[str] = ()
    chart: bytes | None = None


def compose(state: State, incident: Incident, around: Around, now: Instant, notice: str = "") -> Page:
    """`notice` is what is new about it, where that is why it is sent."""
    lines = [
        *([DRILL] if incident.drill is not None else []),
        *([f"It {notice}."] if notice else []),
        incident.reason,
        f"Since {rfc3339(incident.opened_at)} ({spoken(incident.age_seconds(now))} ago).",
        *(_clock_lines(incident, now)),
        *(_guide_lines(state, incident)),
        *around.clues,
        f"{'Look' if notice else 'Acknowledge'}: {around.link}",
    ]
    title = f"{mark(incident)}[{incident.severity}] {around.service}: {incident.title} ({incident.id})"
    return Page(title, "\n".join(lines), around.chart)


def together(page: Page, others: Sequence[str]) -> Page:
    """A page that stands for many: the most urgent whole, the titles of the next ones, and how many more there are."""
    named, more = others[:MOST_NAMED], len(others) - MOST_NAMED
    lines = [page.body, "", f"And {len(others)} more since then:", *(f"- {title}" for title in named)]
    lines += [f"- and {more} others, in the console's inbox"] if more > 0 else []
    return Page(f"{page.title} and {len(others)} more", "\n".join(lines), page.chart)


def _clock_lines(incident: Incident, now: Instant) -> list[str]:
    lines = list[str]()
    for clock in incident.clocks:
        if incident.how(clock) == "met":
            continue
        left = seconds_between(now, clock.due)
        rest = f"{spoken(left)} left" if left > 0 else f"ran out {spoken(-left)} ago"
        lines.append(f"{clock.name.capitalize()} within {spoken(clock.seconds)}: {rest}.")
    return lines


def _guide_lines(state: State, incident: Incident) -> list[str]:
    promise = state.everything.get(incident.promise or "")
    return [f"Guide, line {promise.line}: {promise.text}"] if promise is not None else []
