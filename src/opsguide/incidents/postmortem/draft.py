"""A post-mortem drafted from the facts: impact, detection, response against the clocks, what contributed. Pure.

Blameless: it says what happened and what was promised, and asks how it could happen, not who did it.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from ...kernel.clock import seconds_between
from ...kernel.duration import spoken
from ...kernel.words import capital
from ..facts import Clock
from ..oncall import INBOX
from ..process.export import REPLACED, Entry, minute, second
from ..sla import used_seconds
from ..state import Incident, Replaced
from .facts import Section
from .state import Version

HEADINGS: dict[Section, str] = {
    "summary": "Summary",
    "impact": "Impact",
    "detection": "Detection",
    "response": "Response",
    "causes": "What contributed",
    "lessons": "What we learn",
}


class Known(Struct, frozen=True):
    """What a draft is made of: the incident, its timeline in words, `near` what happened before it (deploys,
    maintenance), `source` the line of the guide that it is about, names of people by id."""

    incident: Incident
    entries: Sequence[Entry]
    names: Mapping[str, str]
    near: Sequence[str] = ()
    source: str = ""


def drafts(known: Known) -> dict[Section, str]:
    """Each section as the facts have it, in Markdown."""
    return {
        "summary": _summary(known),
        "impact": _impact(known),
        "detection": _detection(known),
        "response": _response(known),
        "causes": _causes(known),
        "lessons": "- What went well?\n- What went badly?\n- Where were we lucky?",
    }


def document(known: Known, service: str) -> str:
    """The whole: what people wrote, else the draft; then the timeline and the action items."""
    incident, drafted = known.incident, drafts(known)
    lines = [f"# Post-mortem of {incident.id}: {' '.join(incident.title.split())}", ""]
    lines += [f"{service}, {incident.severity}, {minute(incident.opened_at)}{_until(incident)}.", ""]
    for section, heading in HEADINGS.items():
        written = incident.work.postmortem.sections.get(section)
        text = drafted[section] if written is None else written.text
        lines += [f"## {heading}", "", text.strip(), ""]
    lines += ["## Timeline", "", "All times are UTC.", "", *_timeline(known), ""]
    lines += ["## Action items", "", *_items(known)]
    return "\n".join(lines).rstrip() + "\n"


def signed(version: Version, names: Mapping[str, str]) -> str:
    """A version as it was published, and who signed for it."""
    by = [f"{names.get(one.by, one.by)}, {minute(one.at)}" for one in version.reviews if one.agrees]
    return f"{version.text}\nReviewed by {by[0]}.\n" if by else version.text


def _until(incident: Incident) -> str:
    over = incident.ended_at
    if over is None:
        return ""
    return f" to {minute(over)} ({spoken(seconds_between(incident.opened_at, over))})"


def _summary(known: Known) -> str:
    incident = known.incident
    said = f"{capital(incident.title)}: {incident.reason}."
    worse = [name for name in incident.had if name != incident.severity]
    if worse:
        said += f" It was {', then '.join([*worse, incident.severity])}."
    over = f"\n\n{capital(incident.resolution)}." if incident.resolution else ""
    return said + over


def _impact(known: Known) -> str:
    incident, over = known.incident, known.incident.ended_at
    lines = [f"- It lasted {spoken(seconds_between(incident.opened_at, over))}." if over is not None else ""]
    lines += [f"- The guide, {known.source}" if known.source else ""]
    lines += [f"- {one.title}" for one in incident.members.values()] if len(incident.members) > 1 else []
    lines += [f"- Told to everybody: {one.text}" for one in incident.work.updates if one.public]
    return "\n".join([*filter(None, lines), "- Who noticed what, and how many?"])


def _detection(known: Known) -> str:
    incident = known.incident
    lines = [f"- Found {minute(incident.opened_at)}: {incident.reason}."]
    reached = [one for one in incident.deliveries.values() if one.state == "done" and one.step > 0]
    told = [one for one in reached if one.channel != INBOX]
    if told:
        first = min(told, key=lambda one: one.at)
        after = spoken(seconds_between(incident.opened_at, first.at))
        lines.append(f"- First told after {after}: {_who(first.person, known)} through {first.channel}.")
    elif reached:
        names = ", ".join(dict.fromkeys(_who(one.person, known) for one in reached))
        lines.append(
            f"- It waited in the console's inbox for {names}: no channel that reaches a person took it."
        )
    return "\n".join([*lines, "- Could it have been found earlier, and by what?"])


def _response(known: Known) -> str:
    incident, lines = known.incident, list[str]()
    if incident.first_acknowledged_at is not None:
        after = spoken(seconds_between(incident.opened_at, incident.first_acknowledged_at))
        lines = [f"- Acknowledged after {after}: {_who(incident.first_acknowledged_by, known)}"]
    lines += [f"- {role.capitalize()}: {_who(who, known)}" for role, who in incident.work.roles.items()]
    replaced = incident.ended_clocks()
    if incident.clocks or replaced:
        lines += ["", "| clock | limit | took | how |", "|---|---|---|---|"]
        lines += [_clock(incident, clock) for clock in incident.clocks]
        lines += [_ended(one) for one in replaced]
    return "\n".join(lines).strip() or "- Who did what, and what did they know then?"


def _clock(incident: Incident, clock: Clock) -> str:
    at, began = incident.ended_at, incident.started(clock)
    if clock.name == "acknowledge":
        # Reopened, the clock began anew: who had it before is not who was waited for.
        had = (incident.first_acknowledged_at, incident.acknowledged_at)
        at = next((one for one in had if one is not None and one >= began), at)
    took = spoken(used_seconds(clock, began, at)) if at is not None else ""
    running = "still running" if incident.open else "not known"
    how = {"met": "kept", "missed": "broken", "running": running}[incident.how(clock)]
    return f"| {clock.name} | {spoken(clock.seconds)} | {took} | {how} |"


def _ended(one: Replaced) -> str:
    ran = spoken(used_seconds(one.clock, one.began, one.at))
    return f"| {one.clock.name} | {spoken(one.clock.seconds)} | {ran} | {REPLACED} |"


def _causes(known: Known) -> str:
    """Facts that may have to do with it, for people to sort: what happened shortly before, what was pinned."""
    pinned = [one for one in known.entries if one.seq in known.incident.work.pins]
    lines = [f"- Shortly before: {one}" for one in known.near]
    lines += [f"- {second(one.at)} {_flat(one.said)}" for one in pinned]
    return "\n".join([*lines, "- How could it happen, and why did nothing stop it earlier?"])


def _timeline(known: Known) -> Iterator[str]:
    for one in known.entries:
        if one.manner != "quiet" and "of the post-mortem" not in one.said:
            yield f"- {second(one.at)} {_flat(one.said)}"


def _items(known: Known) -> Iterator[str]:
    for task in known.incident.work.tasks.values():
        mark = "x" if task.state == "done" else " "
        owner = f" ({_who(task.owner, known)})" if task.owner else " (nobody yet)"
        due = f", until {minute(task.due)[:10]}" if task.due is not None else ""
        dropped = ", dropped" if task.state == "dropped" else ""
        yield f"- [{mark}] {_flat(task.text)}{owner}{due}{dropped}"
    if not known.incident.work.tasks:
        yield "None."


def _who(person: str, known: Known) -> str:
    return known.names.get(person, person)


def _flat(text: str) -> str:
    return " ".join(text.split())
