"""What a page says: what, since when, how bad, how long is left, what was promised, where to act. Pure.

Its content is put together once; `page.body` is that as plain text, `mail.py` the same as HTML.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..kernel.calendar import local, zone
from ..kernel.clock import Instant, seconds_between
from ..kernel.duration import spoken
from . import severity
from .escalation import mark
from .state import Incident, State

MOST_NAMED = 10
"""Of pages that go together, so many are named beside the first."""

DRILL = "This is a drill: nothing is wrong. Acknowledging it ends it, and proves that you were reached."


class Line(Struct, frozen=True):
    """One thing to know: `what` names it, `url` leads to it. `late`: a clock that ran out."""

    what: str
    said: str = ""
    url: str = ""
    late: bool = False

    @property
    def text(self) -> str:
        return " ".join(part for part in (f"{self.what}:", self.said, self.url) if part)


class Content(Struct, frozen=True):
    """`first` are sentences that say why it is sent, `clocks` and `facts` lines; `verb` is what `link` is for.

    `others` are the titles of pages that this one stands for, too.
    """

    severity: str
    service: str
    incident: str
    headline: str
    first: Sequence[str]
    clocks: Sequence[Line]
    facts: Sequence[Line]
    verb: str
    link: str
    others: Sequence[str] = ()

    @property
    def more(self) -> list[str]:
        """The next ones by their titles, and how many are left."""
        left = len(self.others) - MOST_NAMED
        named = list(self.others[:MOST_NAMED])
        return [*named, f"and {left} others, in the console's inbox"] if left > 0 else named

    def text(self) -> str:
        lines = [*self.first, *(one.text for one in (*self.clocks, *self.facts)), f"{self.verb}: {self.link}"]
        if self.others:
            lines += ["", self.and_more, *(f"- {one}" for one in self.more)]
        return "\n".join(lines)

    @property
    def and_more(self) -> str:
        return f"And {len(self.others)} more since then:"


class Page(Struct, frozen=True):
    """Plain text, for chat and a phone's screen; a `chart` as PNG for what takes pictures. What is about an incident
    has its `content`, of which a mail is made."""

    title: str
    body: str
    chart: bytes | None = None
    content: Content | None = None


class Around(Struct, frozen=True):
    """What a page says beside the incident itself: `service` is its name, `link` the signed address of the incident.

    `clues` are lines about what stands near it: runbooks, deploys.
    """

    service: str
    link: str
    clues: Sequence[Line] = ()
    chart: bytes | None = None


def compose(state: State, incident: Incident, around: Around, now: Instant, notice: str = "") -> Page:
    """`notice` is what is new about it, where that is why it is sent."""
    first = [DRILL] if incident.drill is not None else []
    content = Content(
        severity=incident.severity,
        service=around.service,
        incident=incident.id,
        headline=f"{mark(incident)}{incident.title}",
        first=[*first, *([f"It {notice}."] if notice else []), incident.reason],
        clocks=_clocks(incident, now),
        facts=[_since(state, incident, now), *_guide(state, incident), *around.clues],
        verb="Look" if notice else "Acknowledge",
        link=around.link,
    )
    title = f"{mark(incident)}[{incident.severity}] {around.service}: {incident.title} ({incident.id})"
    return Page(title, content.text(), around.chart, content)


def together(page: Page, others: Sequence[str]) -> Page:
    """A page that stands for many: the most urgent whole, the titles of the next ones, and how many more there are."""
    assert page.content is not None
    content = replace(page.content, others=others)
    return Page(f"{page.title} and {len(others)} more", content.text(), page.chart, content)


def _clocks(incident: Incident, now: Instant) -> list[Line]:
    lines = list[Line]()
    for clock in incident.clocks:
        if incident.how(clock) == "met":
            continue
        left = seconds_between(now, clock.due)
        rest = f"{spoken(left)} left" if left > 0 else f"ran out {spoken(-left)} ago"
        lines.append(Line(f"{clock.name.capitalize()} within {spoken(clock.seconds)}", rest, late=left <= 0))
    return lines


def _since(state: State, incident: Incident, now: Instant) -> Line:
    """By the clock on the wall of whom it wakes, as far as the bindings know it."""
    at = local(incident.opened_at, zone(state.bindings.zone))
    age = incident.age_seconds(now)
    ago = f"{spoken(age)} ago" if age >= 1 else "just now"
    return Line("Since", f"{at:%a} {at.day} {at:%b %Y, %H:%M:%S} {state.bindings.zone} ({ago})")


def _guide(state: State, incident: Incident) -> list[Line]:
    line = severity.line_of(state, incident)
    return [Line(f"Guide, line {line.line}", line.text)] if line is not None else []
