"""What is to be done next about an incident, most urgent first: what its page says at the top."""

from collections.abc import Iterator

from msgspec import Struct

from ...kernel.clock import Instant
from .. import settling
from ..facts import Clock
from ..state import Incident, State
from . import roles, severities, updates
from .facts import Role


class Next(Struct, frozen=True):
    """`do` is a sentence without its full stop, `due` until when; `alarm` where a line of the guide is broken by it, or
    nobody is on it. `role` can be taken by that."""

    do: str
    due: Instant | None = None
    alarm: bool = False
    role: Role | None = None


_TO_DO = {
    "publishing": "Write and publish the post-mortem",
    "review": "Read the post-mortem and sign for it",
    "changes": "Change the post-mortem as its reviewer says, and publish it again",
}


def steps(state: State, incident: Incident) -> list[Next]:
    """What nobody has to do now is left out; of a drill there is nothing."""
    if incident.drill is not None:
        return []
    return list(_open(state, incident) if incident.open else _over(incident))


def _open(state: State, incident: Incident) -> Iterator[Next]:
    if severities.is_held_below(state, incident) and incident.proposed is not None:
        yield Next(f"Raise it to {incident.proposed.severity}, as the guide defines it", alarm=True)
    if incident.recovered_at is not None:
        yield Next("It is over, and resolved by itself if it stays so", settling.settled_at(state, incident))
        return
    if incident.acknowledged_at is None:
        yield Next("Acknowledge it", _due(incident, "acknowledge"), alarm=not incident.muted_by)
    if roles.wants_commander(state, incident):
        yield Next("Take command: nobody leads the work", role="commander")
    update = updates.running(state, incident)
    if update is not None:
        yield Next("Publish a status update", update.due)
    if incident.acknowledged_at is not None:
        yield Next("Resolve it", _due(incident, "resolve"))


def _due(incident: Incident, name: str) -> Instant | None:
    running: list[Clock] = [clock for clock in incident.running() if clock.name == name]
    return min((clock.due for clock in running), default=None)


def _over(incident: Incident) -> Iterator[Next]:
    public = [update for update in incident.work.updates if update.public]
    if public and public[-1].phase != "resolved":
        yield Next("Publish that it is over: what everybody was told last says otherwise")
    postmortem = incident.work.postmortem
    if postmortem.open:
        yield Next(_TO_DO[postmortem.waits_for], postmortem.due, alarm=postmortem.overdue)
    for task in incident.work.open_tasks:
        yield Next(f"Task {task.number}: {task.text}", task.due, alarm=task.overdue)
