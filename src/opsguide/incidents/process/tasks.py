"""Tasks of an incident: to be done now, or as an action item of its post-mortem. They are open until they are done."""

from collections.abc import Iterator

from ...kernel.clock import Instant, rfc3339, seconds_between
from ...kernel.duration import spoken
from ...kernel.part import Answer, Refusal, Said
from .. import escalation
from ..common import found, subject
from ..state import Incident, State
from . import warning
from .commands import AddTask, ChangeTask
from .facts import TaskAdded, TaskChanged, TaskOverdue, TaskReminded, Words
from .state import Task


def add(state: State, command: AddTask, now: Instant) -> Answer:
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    if not command.text.strip():
        return Refusal("empty_task", "the task says nothing", "write what is to be done")
    if command.due is not None and command.due <= now:
        return Refusal("past_due", f"{rfc3339(command.due)} is over", "name a day that is to come")
    added = TaskAdded(
        incident=incident.id,
        task=len(incident.work.tasks) + 1,
        owner=command.owner.strip(),
        due=command.due,
        by=command.by,
    )
    return (Said(added, subject(incident.id), Words(command.text.strip())),)


def change(state: State, command: ChangeTask, now: Instant) -> Answer:
    """Done, dropped, open again, given to somebody else, due another day."""
    incident = found(state, command.incident)
    if isinstance(incident, Refusal):
        return incident
    task = incident.work.tasks.get(command.task)
    if task is None:
        what = f"{incident.id} has no task {command.task}"
        return Refusal("unknown_task", what, f"it has {len(incident.work.tasks)}")
    if command.sets_due and command.due is not None and command.due <= now and command.due != task.due:
        return Refusal("past_due", f"{rfc3339(command.due)} is over", "name a day that is to come")
    changed = TaskChanged(
        incident=incident.id,
        task=task.number,
        owner=task.owner if command.owner is None else command.owner.strip(),
        due=command.due if command.sets_due else task.due,
        state=command.state or task.state,
        by=command.by,
    )
    if (changed.owner, changed.due, changed.state) == (task.owner, task.due, task.state):
        return Refusal("unchanged", f"task {task.number} of {incident.id} is so already")
    return (Said(changed, subject(incident.id)),)


def due(state: State, incident: Incident, now: Instant, wakes: list[Instant]) -> Iterator[Said]:
    """Whoever owns it is reminded, and told when it is overdue, once for each day that it was to be done by."""
    for task in incident.work.open_tasks:
        if task.due is None or task.overdue:
            continue
        if now > task.due:
            fact = TaskOverdue(incident=incident.id, task=task.number, owner=task.owner, due=task.due)
            yield Said(fact, subject(incident.id))
            yield from _told(state, incident, task, "is overdue", "task", now)
            continue
        wakes.append(task.due + 1)
        at = warning.last(state, task.added_at, task.due)
        if at is None or task.reminded:
            continue
        if now < at:
            wakes.append(at)
            continue
        yield Said(TaskReminded(incident.id, task.number, task.due), subject(incident.id))
        left = spoken(seconds_between(now, task.due))
        yield from _told(state, incident, task, f"is due within {left}", "task-soon", now)


def _told(state: State, incident: Incident, task: Task, what: str, name: str, now: Instant) -> Iterator[Said]:
    """By the number: what it says stays beside the chain."""
    new = escalation.Notice(
        f"{name}-{task.number}-{task.due}", f"has a task that {what}: number {task.number}", to=task.owner
    )
    yield from escalation.notice(state, incident, new, now)
