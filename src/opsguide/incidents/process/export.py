"""An incident as Markdown: for a wiki, a ticket, a mail. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ...kernel.clock import rfc3339, seconds_between, to_datetime
from ...kernel.duration import spoken
from ..facts import Clock
from ..state import Incident


class Entry(Struct, frozen=True):
    """A fact as a line of the timeline; `at` in milliseconds."""

    seq: int
    at: int
    said: str
    manner: str = ""


REPLACED = "ended by a change of severity"
"""How a clock stands that was neither met nor missed, since the incident was given a severity with others."""


def markdown(
    incident: Incident, entries: Sequence[Entry], names: Mapping[str, str], source: str, service: str
) -> str:
    """The whole incident. `source` is the line of the guide that it is about, `names` people's names by id."""
    parts = [
        [f"# {incident.id}: {_line(incident.title)}", ""],
        list(_facts(incident, names, source, service)),
        list(_clocks(incident)),
        list(_updates(incident, names)),
        list(_timeline(incident, entries)),
        list(_tasks(incident, names)),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _facts(incident: Incident, names: Mapping[str, str], source: str, service: str) -> Iterator[str]:
    yield f"- **Service**: {service}"
    yield f"- **Severity**: {incident.severity}" + _before(incident)
    yield f"- **Opened**: {minute(incident.opened_at)}: {_line(incident.reason)}"
    if incident.acknowledged_at is not None:
        yield f"- **Acknowledged**: {minute(incident.acknowledged_at)} by {_who(incident.acknowledged_by, names)}"
    if incident.resolved_at is not None:
        took = spoken(seconds_between(incident.opened_at, incident.resolved_at))
        by = _who(incident.resolved_by, names)
        yield f"- **Resolved**: {minute(incident.resolved_at)} by {by}, after {took}: {_line(incident.resolution)}"
    for role, person in incident.work.roles.items():
        yield f"- **{role.capitalize()}**: {_who(person, names)}"
    if source:
        yield f"- **Guide**: {_line(source)}"
    yield ""


def _before(incident: Incident) -> str:
    others = [name for name in incident.had if name != incident.severity]
    return f" (was {', '.join(others)})" if others else ""


def _clocks(incident: Incident) -> Iterator[str]:
    replaced = incident.ended_clocks()
    if not incident.clocks and not replaced:
        return
    yield from ("## Clocks", "", "| clock | limit | due | how |", "|---|---|---|---|")
    for clock in incident.clocks:
        yield f"| {clock.name} | {spoken(clock.seconds)} | {minute(clock.due)} | {_how(incident, clock)} |"
    for one in replaced:
        yield f"| {one.clock.name} | {spoken(one.clock.seconds)} | {minute(one.clock.due)} | {REPLACED} |"
    yield ""


def _how(incident: Incident, clock: Clock) -> str:
    how = incident.how(clock)
    return "ran out" if how == "missed" else how


def _updates(incident: Incident, names: Mapping[str, str]) -> Iterator[str]:
    if not incident.work.updates:
        return
    yield from ("## Status updates", "")
    for one in incident.work.updates:
        public = ", public" if one.public else ""
        yield f"- **{minute(one.at)}, {one.phase}{public}**, {_who(one.by, names)}: {_indented(one.text)}"
    yield ""


def _timeline(incident: Incident, entries: Sequence[Entry]) -> Iterator[str]:
    yield from ("## Timeline", "", "All times are UTC; what matters most is bold.", "")
    for one in entries:
        said = _indented(one.said)
        yield f"- {second(one.at)} " + (f"**{said}**" if one.seq in incident.work.pins else said)
    yield ""


def _tasks(incident: Incident, names: Mapping[str, str]) -> Iterator[str]:
    if not incident.work.tasks:
        return
    yield from ("## Tasks", "")
    for task in incident.work.tasks.values():
        mark = {"open": " ", "done": "x", "dropped": "-"}[task.state]
        owner = f" ({_who(task.owner, names)})" if task.owner else ""
        due = f", until {rfc3339(task.due)[:10]}" if task.due is not None else ""
        dropped = ", dropped" if task.state == "dropped" else ""
        yield f"- [{mark}] {_indented(task.text)}{owner}{due}{dropped}"
    yield ""


def minute(at: int) -> str:
    return f"{to_datetime(at):%Y-%m-%d %H:%M} UTC"


def second(at: int) -> str:
    return f"{to_datetime(at):%Y-%m-%d %H:%M:%S}"


def _who(person: str, names: Mapping[str, str]) -> str:
    return names.get(person, person)


def _line(text: str) -> str:
    return " ".join(text.split())


def _indented(text: str) -> str:
    """Within an item of a list."""
    return "\n  ".join(text.splitlines())
