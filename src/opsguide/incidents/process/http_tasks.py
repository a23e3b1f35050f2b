"""Tasks of incidents in the console and the API: what is still to be done, by whom, until when."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ...kernel.part import Command
from ...web.api.answers import SAYS_SOMETHING, Listing, PagingDep, content_tag, later
from ...web.api.description import refused
from ...web.console import Console
from ...web.pages import ConsoleDep
from ...web.people import people
from ...web.shell import ShellDep
from ...web.signing import DAY_OR_INSTANT, until_of
from ..http_api import TAGS, Name
from ..http_lifecycle import done, pressed
from ..http_whose import whose
from ..shown import state_of
from ..state import Incident
from ..status import IncidentStatus, TaskStatus, task_status
from .commands import AddTask, ChangeTask
from .facts import TaskState
from .state import Task

Person = Annotated[str, Meta(max_length=80)]
Back = Annotated[str, Meta(max_length=200)]
Day = Annotated[str, Meta(max_length=40, extra_json_schema=DAY_OR_INSTANT)]


class Adding(Struct, frozen=True):
    """Who wants what done, by whom, until when. `due` is a day, to its end, or an instant; empty: without a day."""

    text: Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
    owner: Person = ""
    due: Day = ""
    by: Name = ""


class Changing(Struct, frozen=True):
    """What is left out stays as it is; an empty `due` takes the day away, an empty `owner` the person."""

    state: TaskState | None = None
    owner: Person | None = None
    due: Day | None = None
    by: Name = ""


class AddForm(Adding, frozen=True):
    """The same from a form, which is on the page `back`."""

    back: Back = ""


class ChangeForm(Changing, frozen=True):
    """The same from a form, which is on the page `back`."""

    back: Back = ""


class OpenTask(Struct, frozen=True):
    """A task that is still to be done, and where it comes from."""

    incident: str
    title: str
    task: TaskStatus


class Tasks(Listing, frozen=True, kw_only=True):
    """Open tasks of all incidents, the one that is due first comes first."""

    items: tuple[OpenTask, ...]


class Row(Struct, frozen=True):
    """A task with its incident, for the page."""

    incident: Incident
    task: Task


def rows(console: Console) -> list[Row]:
    """Every open task, the one that is due first comes first, those without a day last."""
    state = state_of(console)
    over = [state.closed[name] for name in sorted(state.unfinished)]
    found = [Row(one, task) for one in [*state.open.values(), *over] for task in one.work.open_tasks]
    return sorted(found, key=_place)


def _place(row: Row) -> tuple[bool, int, int, int]:
    due = row.task.due
    return due is None, due or 0, row.incident.opened_seq, row.task.number


def _postmortems(console: Console) -> list[Incident]:
    """Incidents that are over and whose post-mortem is not published, the one that is due first comes first."""
    state = state_of(console)
    found = [state.closed[name] for name in state.unfinished if state.closed[name].work.postmortem.open]
    return sorted(found, key=_due_first)


def _due_first(incident: Incident) -> tuple[bool, int, int]:
    due = incident.work.postmortem.due
    return due is None, due or 0, incident.opened_seq


def _add(console: Console, incident: str, data: Adding) -> Command:
    due = until_of(data.due, state_of(console).bindings.zone)
    return AddTask(incident, data.by, data.text, data.owner, due)


def _change(console: Console, incident: str, task: int, data: Changing) -> Command:
    due = until_of(data.due or "", state_of(console).bindings.zone)
    return ChangeTask(incident, task, data.by, data.owner, due, data.due is not None, data.state)


@get("/tasks", needs="read", include_in_schema=False)
async def tasks_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What is still to be done because of incidents, by when."""
    found, state = rows(console), state_of(console)
    return shell.render(
        "incidents/tasks.html",
        here="/tasks",
        rows=found,
        acts={row.incident.id for row in found if whose(state, row.incident).lets(shell.me)},
        postmortems=_postmortems(console),
        back="/tasks",
        people=people(console),
    )


@post("/incidents/{incident:str}/tasks", needs="respond", include_in_schema=False)
async def task_form(incident: FromPath[str], data: URLEncodedBody[AddForm], console: ConsoleDep) -> Redirect:
    """The button Add task."""
    return await pressed(console, incident, _add(console, incident, data), data.by, data.back)


@post("/incidents/{incident:str}/tasks/{task:int}", needs="respond", include_in_schema=False)
async def change_task_form(
    incident: FromPath[str], task: FromPath[int], data: URLEncodedBody[ChangeForm], console: ConsoleDep
) -> Redirect:
    """The buttons Done, Drop, Open again and Change."""
    return await pressed(console, incident, _change(console, incident, task, data), data.by, data.back)


@get("/api/v1/tasks", needs="read", tags=TAGS, summary="List open tasks")
async def list_tasks(paging: PagingDep, console: ConsoleDep) -> Response[Tasks]:
    """Of all incidents: what is still to be done, by whom, until when."""
    known = paging.after(tuple[bool, int, int, int])

    def make() -> Tasks:
        items, following = paging.page(later(rows(console), known, _place), _place)
        told = (OpenTask(one.incident.id, one.incident.title, task_status(one.task)) for one in items)
        return Tasks(items=tuple(told), next=following)

    return paging.answer(content_tag(make()), make)


@post(
    "/api/v1/incidents/{incident:str}/tasks",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Add a task",
    responses=refused({409: "Its day is over (`past_due`)"}),
)
async def add_task(incident: FromPath[str], data: JSONBody[Adding], console: ConsoleDep) -> IncidentStatus:
    """Something to do because of an incident, now or afterwards. It is open until it is done or dropped."""
    return await done(console, incident, _add(console, incident, data), data.by)


@post(
    "/api/v1/incidents/{incident:str}/tasks/{task:int}",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Change a task",
    responses=refused({409: "It is so already (`unchanged`), or its day is over (`past_due`)"}),
)
async def change_task(
    incident: FromPath[str], task: FromPath[int], data: JSONBody[Changing], console: ConsoleDep
) -> IncidentStatus:
    """Done, dropped, open again, somebody else's, due another day."""
    return await done(console, incident, _change(console, incident, task, data), data.by)


HANDLERS = (tasks_page, task_form, change_task_form, list_tasks, add_task, change_task)
