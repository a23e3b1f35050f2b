"""What incidents add to every page of the console: what burns and who has it, who is on call, what can be found."""

import math
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from ..guide.bindings import handle
from ..guide.promise import Promise
from ..guide.values import Step
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.intent import Outcome
from ..web.console import Console
from ..web.errors import NotFound
from ..web.metrics import Metric, gauge
from ..web.pages import Countdown, Event, Fire, Found, Holder, OnDuty, Panel
from ..web.people import people
from . import escalation, facts, oncall, severity
from .facts import Clock
from .process import severities
from .process.facts import IncidentSeverityChanged
from .state import Delivery, Incident, State

CLOSED_SHOWN = 50

_ACTS = (
    *(
        facts.IncidentAcknowledged,
        facts.IncidentUnacknowledged,
        facts.IncidentRecovered,
        facts.IncidentRecurred,
    ),
    *(facts.IncidentResolved, facts.IncidentReopened, facts.IncidentMerged),
    IncidentSeverityChanged,
)


class Receipt(Struct, frozen=True):
    """One attempt to tell somebody: when its answer came, how long that took, and what it was."""

    at: Instant
    attempt: int
    result: str
    detail: str
    seconds: float | None


class Letter(Struct, frozen=True):
    """What lies in the console's inbox: a page or a ticket."""

    fire: Fire
    delivery: Delivery
    pages: bool

    def place(self) -> tuple[bool, int, str]:
        return self.fire.ended is not None, -self.delivery.decided_at, self.delivery.key


def state_of(console: Console) -> State:
    state: State = console.state("incidents")
    return state


def latest(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda incident: -incident.opened_seq)


def find(console: Console, incident: str) -> Incident:
    """An open one, or one of the latest closed. Raises NotFound."""
    found = state_of(console).known(incident)
    if found is None:
        hint = "/incidents lists those that are open and the latest closed ones; older ones are on the ledger"
        raise NotFound(f"there is no incident {incident}", where=incident, hint=hint)
    return found


def receipts(history: Iterable[Recorded]) -> dict[str, list[Receipt]]:
    """The attempts of each page, by its key, oldest first."""
    found: dict[str, list[Receipt]] = {}
    for one in history:
        said = one.fact.data
        if isinstance(said, Outcome):
            receipt = Receipt(one.fact.at, said.attempt, said.result, said.detail, said.seconds)
            found.setdefault(said.key, []).append(receipt)
    return found


def promise_of(console: Console, incident: Incident) -> Promise | None:
    """What of the guide it is about."""
    current = console.guide.current
    promises = current.adopted.reading.promises if current is not None else ()
    return next((promise for promise in promises if promise.id == incident.promise), None)


def letters(console: Console) -> list[Letter]:
    """What lies in the console's inbox, what is still open first, the newest of each first."""
    state, names = state_of(console), people(console)
    found = [
        Letter(fire(incident, names), delivery, incident.pages)
        for incident in [
            *state.open.values(),
            *state.drills.values(),
            *latest(state.closed.values())[:CLOSED_SHOWN],
        ]
        for delivery in incident.deliveries.values()
        if delivery.channel == oncall.INBOX
    ]
    return sorted(found, key=Letter.place)


def piled(letters: Iterable[Letter]) -> list[tuple[Letter, int]]:
    """The newest letter of each incident to each person, and how many there are of it: told again is no other thing.

    A notice (of a role, of a clock) never hides that it was a page, or a ticket.
    """
    piles = dict[tuple[str, str], list[Letter]]()
    for one in letters:
        piles.setdefault((one.fire.id, one.delivery.person), []).append(one)
    return [(next((one for one in pile if one.delivery.step), pile[0]), len(pile)) for pile in piles.values()]


def fires(console: Console) -> Iterator[Fire]:
    """Open incidents: those that nobody has, then by the clock that runs out next."""
    names = people(console)
    for incident in sorted(latest(state_of(console).open.values()), key=_urgency):
        yield fire(incident, names)


def _urgency(incident: Incident) -> tuple[bool, float]:
    return incident.acknowledged_at is not None, min((c.due for c in incident.running()), default=math.inf)


def fire(incident: Incident, names: Mapping[str, str]) -> Fire:
    """An incident as the console's lists show it, open or not."""
    by = incident.resolved_by or incident.acknowledged_by
    return Fire(
        id=incident.id,
        title=incident.headline,
        severity=incident.severity,
        reason=incident.reason,
        href=f"/incidents/{incident.id}",
        since=incident.opened_at,
        holder=names.get(by, by),
        over=incident.recovered_at,
        muted=incident.muted_by,
        ended=incident.resolved_at,
        ending=incident.resolution,
        clocks=tuple(_countdown(incident, clock) for clock in incident.clocks),
        promise=incident.promise,
    )


def _countdown(incident: Incident, clock: Clock) -> Countdown:
    return Countdown(clock.name, clock.seconds, clock.due, incident.how(clock))


class Proposed(Struct, frozen=True):
    """What a definition of the guide makes of it; `line` is None where the guide no longer has it."""

    severity: str
    said: str
    line: int | None
    held_below: bool


def proposed(state: State, incident: Incident) -> Proposed | None:
    """None where no definition covers what is so."""
    if incident.proposed is None:
        return None
    line = state.everything.get(incident.proposed.promise)
    return Proposed(
        severity=incident.proposed.severity,
        said=severity.defined(state, incident.proposed),
        line=line.line if line is not None else None,
        held_below=severities.is_held_below(state, incident),
    )


def _common(state: State) -> list[Step]:
    """The steps of the guide's routes that are for every incident, in order."""
    common = [
        step
        for _, step in escalation.steps(state)
        if step.kind is None and step.severity is None and step.scope is None
    ]
    return sorted(common, key=lambda step: step.step)


def on_call_now(state: State, at: Instant) -> oncall.OnCall:
    """Behind the first step."""
    steps = _common(state)
    return oncall.on_call(state.bindings, steps[0].to, at) if steps else oncall.OnCall()


def on_duty(console: Console) -> Iterator[OnDuty]:
    """Who is called, step by step."""
    state, names = state_of(console), people(console)
    for step in _common(state):
        who = oncall.on_call(state.bindings, step.to, console.now())
        yield OnDuty(f"{step.step}. {step.to}", names.get(who.person, who.person), who.problem)


def panels(console: Console) -> Iterator[Panel]:
    state = state_of(console)
    who = on_call_now(state, console.now())
    yield Panel(
        "On call",
        people(console).get(who.person, who.person) or ("nobody" if who.hole else "nobody is bound"),
        "/on-call",
        alarm=who.hole,
    )
    unseen = sum(1 for incident in state.open.values() if incident.acknowledged_at is None)
    said = f"{len(state.open)} open" if state.open else "none open"
    if unseen:
        said += f", {unseen} not acknowledged" if unseen < len(state.open) else ", not acknowledged"
    yield Panel("Incidents", said, "/incidents", alarm=unseen > 0)


def holders(console: Console) -> Mapping[str, Holder]:
    """Who has the promise that an open incident is about."""
    names, held = people(console), dict[str, Holder]()
    for incident in state_of(console).open.values():
        if incident.promise is not None:
            by = names.get(incident.acknowledged_by, incident.acknowledged_by)
            said = f"{incident.id}, {by} has it" if by else f"{incident.id}, nobody has it"
            held[incident.promise] = Holder(said, f"/incidents/{incident.id}", alarm=not by)
    return held


def involved(console: Console, person: str) -> Iterator[str]:
    """What a person has to do with: the steps that lead to them or their teams, open incidents that they have,
    or of which they were told."""
    state = state_of(console)
    teams = {name for name, team in state.bindings.teams.items() if person in team.members}
    for promise, step in escalation.steps(state):
        if handle(step.to) in teams | {person}:
            yield promise.id
    for incident in state.open.values():
        told = any(sent.person == person for sent in incident.deliveries.values())
        if incident.promise is not None and (told or incident.acknowledged_by == person):
            yield incident.promise


def finds(console: Console) -> Iterator[Found]:
    """Open and the latest closed incidents, for the search."""
    state = state_of(console)
    for one in [*latest(state.open.values()), *latest(state.closed.values())[:CLOSED_SHOWN]]:
        said = one.severity if one.open else "closed"
        yield Found("incident", f"{one.id} {one.title}", f"/incidents/{one.id}", about=said)


def events(console: Console) -> Iterator[Event]:
    """Open and closed incidents, as times that were special."""
    state = state_of(console)
    for one in [*state.closed.values(), *state.open.values()]:
        yield Event(one.opened_at, one.resolved_at, one.id, one.title, f"/incidents/{one.id}")


def metrics(console: Console) -> Iterator[Metric]:
    open_now = list(state_of(console).open.values())
    severities = sorted({incident.severity for incident in open_now})
    numbers = [(name, sum(1 for one in open_now if one.severity == name)) for name in severities]
    samples = tuple(({"severity": name}, float(number)) for name, number in numbers)
    yield Metric("opsguide_incidents_open", "Open incidents by severity.", samples)
    unseen = sum(1 for one in open_now if one.acknowledged_at is None)
    yield gauge("opsguide_incidents_unacknowledged", "Open incidents that nobody has acknowledged.", unseen)
    failing = sum(1 for one in open_now for sent in one.deliveries.values() if sent.state == "failed")
    yield gauge(
        "opsguide_pages_failing", "Pages whose last attempt failed and that are tried again.", failing
    )


def touches(recorded: Recorded) -> Iterator[str]:
    """The live events of a fact: of all incidents, of one, of its buttons."""
    kind, _, incident = recorded.fact.subject.partition(":")
    if kind in ("rotation", "feed"):
        yield "rotations"
    if kind == "silence":
        yield "silences"
    if kind == "channel":
        yield "channels"
    if kind == "incident":
        yield "incidents"
        yield f"incident-{incident}"
        if isinstance(recorded.fact.data, _ACTS):
            yield f"incident-{incident}-deeds"
