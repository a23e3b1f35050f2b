"""Who signs for a post-mortem: those whom the guide names, else those whom the bindings do. Nobody signs for their own.

What is signed is a version, which never changes; another one is signed for anew.
"""

from collections.abc import Iterator, Sequence

from ...guide.bindings import Bindings, behind
from ...guide.values import Rule
from ...kernel.clock import Instant
from ...kernel.part import Refusal, Said
from .. import escalation
from ..common import subject
from ..oncall import on_call
from ..process.facts import Words
from ..state import Incident, State
from .commands import ReviewPostmortem
from .facts import PostmortemReviewed
from .state import Version


def wanted(state: State, incident: Incident) -> tuple[str, ...]:
    """The names of which one signs, as the guide or the bindings say them; none where nobody has to."""
    rules = [state.postmortem_rules.get(one.promise) for one in incident.work.postmortem.wanted]
    values = [one.values for one in rules if one is not None]
    named = [one.by for one in values if isinstance(one, Rule) and one.by]
    return tuple(dict.fromkeys(named)) or state.bindings.incidents.postmortem.reviewers


def may_sign(bindings: Bindings, review: Sequence[str]) -> list[str]:
    """The people behind the names."""
    return list(dict.fromkeys(person for name in review for person in behind(bindings, name)))


def refusal(state: State, incident: Incident, command: ReviewPostmortem) -> Refusal | None:
    """Why it cannot be reviewed so; None where it can."""
    versions = incident.work.postmortem.versions
    if not versions or command.version != versions[-1].number:
        what = f"version {command.version} is not what was published last"
        return Refusal("other_version", what, "look at the last one, and review that")
    version = versions[-1]
    if not version.review:
        return Refusal(
            "no_review", "nobody has to sign for it", "incidents.postmortem.reviewers names people"
        )
    if command.by == version.by:
        return Refusal("own_work", f"{command.by} published it", "another one signs for it")
    people = may_sign(state.bindings, version.review)
    if command.by not in people:
        who = " or ".join(version.review)
        hint = f"that is {', '.join(people)}" if people else f"bind people to {who} in opsguide.toml"
        return Refusal("not_reviewer", f"{who} signs for it", hint)
    if version.counts:
        return Refusal("already_signed", f"version {version.number} is signed for")
    if not command.agrees and not command.note.strip():
        return Refusal("empty_note", "say what is to be changed")
    return None


def reviewed(state: State, incident: Incident, command: ReviewPostmortem, now: Instant) -> Iterator[Said]:
    """What somebody said; whoever published it hears what is to be changed."""
    fact = PostmortemReviewed(incident.id, command.version, command.agrees, command.by)
    yield Said(fact, subject(incident.id), Words(command.note.strip()))
    if not command.agrees:
        said = f"has a post-mortem that {command.by} wants changed"
        version = incident.work.postmortem.versions[-1]
        new = escalation.Notice(f"changes-{version.number}-{now}", said, to=version.by)
        yield from escalation.notice(state, incident, new, now)


def asked(
    state: State, incident: Incident, version: int, review: Sequence[str], now: Instant
) -> Iterator[Said]:
    """One behind each name is told that it waits for them."""
    for person in _first(state, review, now):
        said = "has a post-mortem that waits for you to read it and to sign"
        yield from escalation.notice(
            state, incident, escalation.Notice(f"review-{version}", said, to=person), now
        )


def reminder(state: State, incident: Incident, name: str, said: str, now: Instant) -> Iterator[Said]:
    """Whoever it waits for: who reviews it, else who led the work."""
    postmortem, work = incident.work.postmortem, incident.work
    if postmortem.waits_for == "review":
        last: Version = postmortem.versions[-1]
        what, people = "has a post-mortem that nobody signed for", _first(state, last.review, now)
    else:
        led = work.roles.get("commander") or incident.acknowledged_by or incident.resolved_by
        what, people = "has no post-mortem", [led]
    for to in people or [""]:
        new = escalation.Notice(name, f"{what}, {said}", to=to)
        yield from escalation.notice(state, incident, new, now)


def _first(state: State, review: Sequence[str], now: Instant) -> list[str]:
    found = (on_call(state.bindings, name, now).person for name in review)
    return list(dict.fromkeys(person for person in found if person))
