"""Drills in the console and the API: what can be proven, what was, what comes; start one, stop one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ...guide.bindings.names import is_availability
from ...guide.proving import DrillDetected, DrillEnded, DrillPassed, DrillStarted
from ...incidents.shown import on_call_now, state_of
from ...kernel.clock import parse_instant
from ...kernel.errors import QueryError, Refused
from ...kernel.facts import Recorded
from ...monitoring.drills.commands import StartDrill, StopDrill
from ...monitoring.drills.state import State
from ...monitoring.drills.timeline import RESULTS, WHAT
from ...web.api.answers import Asked, Listing, PagingDep, conditional, content_tag, later
from ...web.api.description import refused
from ...web.console import Console
from ...web.errors import NotFound
from ...web.live import promise_event
from ...web.pages import ConsoleDep, Link, Pages
from ...web.people import people
from ...web.shell import ShellDep
from .runner import Drilling
from .status import DrillStatus, ProvableStatus, listed, status
from .synthetic import CannotBreak

TAGS = ["promises"]
HERE = Path(__file__).parent / "templates"

Name = Annotated[str, Meta(min_length=1, max_length=80)]


class Starting(Struct, frozen=True):
    """Which promise, and who starts it. `fast` leaves the wait of its alert out; with `tell` false nobody is told; `to`
    is told in place of who is on call.
    """

    promise: Annotated[str, Meta(min_length=1, max_length=300)]
    by: Name = ""
    fast: bool = False
    tell: bool = True
    to: Annotated[str, Meta(max_length=80)] = ""


class Stopping(Struct, frozen=True):
    """Who stops it (left out: who asks)."""

    by: Name = ""


class Form(Struct, frozen=True):
    """The console's form."""

    promise: str
    by: str
    how: str = ""


class Provable(Listing, frozen=True, kw_only=True):
    """What drills can prove, in the guide's order."""

    items: tuple[ProvableStatus, ...]


def drills_of(console: Console) -> State:
    state: State = console.state("drills")
    return state


def _find(console: Console, drill: str) -> DrillStatus:
    found = status(drills_of(console), drill)
    if found is None:
        hint = "/drills lists those that run; older ones are on the ledger"
        raise NotFound(f"there is no drill {drill}", where=drill, hint=hint)
    return found


async def _start(console: Console, drilling: Drilling, wanted: Starting) -> DrillStatus:
    """Refused before anything begins where no samples can break the promise."""
    state = drills_of(console)
    promise = state.beside.promises.get(wanted.promise)
    if promise is not None and not is_availability(promise) and promise.id not in state.beside.missing:
        try:
            await drilling.breach(promise)
        except (CannotBreak, QueryError) as error:
            said = f"{promise.id} cannot be proven by a drill: {error.what}"
            raise Refused(said, reason="cannot_be_proven", hint=error.hint) from None
    command = StartDrill(wanted.promise, wanted.by, wanted.fast, wanted.tell, wanted.to)
    await console.submit(command, actor=f"person:{wanted.by}")
    running = drills_of(console).of(wanted.promise)
    assert running is not None
    return _find(console, running.started.drill)


@get("/api/v1/drills", needs="read", tags=TAGS, summary="What drills can prove")
async def drills(paging: PagingDep, console: ConsoleDep) -> Response[Provable]:
    """Alerts, alert levels and uptimes: when each was proven, and when the schedule drills it next."""
    known = paging.after(tuple[int, str])
    rest = later(list(listed(drills_of(console), console.now())), known, _place)
    items, following = paging.page(rest, _place)
    body = Provable(items=tuple(items), next=following)
    return paging.answer(content_tag(body), lambda: body)


@get("/api/v1/drills/{drill:str}", needs="read", tags=TAGS, summary="One drill")
async def drill(request: Asked, drill: FromPath[str], console: ConsoleDep) -> Response[DrillStatus]:
    """What it has passed, with durations; or where it stopped, and why."""
    body = _find(console, drill)
    return conditional(request, content_tag(body), lambda: body)


@post(
    "/api/v1/drills/{drill:str}/stop",
    needs="operate",
    tags=TAGS,
    status_code=200,
    summary="Stop a drill",
    responses=refused({409: "It is over (`already_over`)"}),
)
async def stop(drill: FromPath[str], data: JSONBody[Stopping], console: ConsoleDep) -> DrillStatus:
    """It ends, and what waits to be sent is withdrawn."""
    await console.submit(StopDrill(drill, data.by), actor=f"person:{data.by}")
    return _find(console, drill)


@get("/drills", needs="read", include_in_schema=False)
async def drills_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What drills can prove, those that run, and those to come."""
    state = drills_of(console)
    found = [*state.running, *reversed(state.ended)]
    return shell.render(
        "drills/page.html",
        here="/drills",
        provable=list(listed(state, console.now())),
        drills=[one for name in found[:20] if (one := status(state, name)) is not None],
        scheduled=state.beside.bindings.drills is not None,
        people=people(console),
        on_call=on_call_now(state_of(console), console.now()).person,
        instant=parse_instant,
        what=WHAT,
        results=RESULTS,
    )


@post("/drills/{drill:str}/stop", needs="operate", include_in_schema=False)
async def stop_form(drill: FromPath[str], data: URLEncodedBody[Stopping], console: ConsoleDep) -> Redirect:
    """The button Stop."""
    await console.submit(StopDrill(drill, data.by), actor=f"person:{data.by}")
    return Redirect("/drills", status_code=303)


def _touches(recorded: Recorded) -> Iterator[str]:
    """The live events of a drill's fact: of the page, and of its promise."""
    data = recorded.fact.data
    if isinstance(data, DrillStarted | DrillPassed | DrillDetected | DrillEnded):
        yield "drills"
        yield promise_event(data.promise)


def pages(drilling: Drilling) -> Pages:
    @post(
        "/api/v1/drills",
        needs="operate",
        tags=TAGS,
        status_code=201,
        summary="Prove a promise by a drill",
        responses=refused(
            {
                404: "There is no such promise (`unknown_promise`), or person (`unknown_person`)",
                409: "It cannot be proven (`cannot_be_proven`, `not_bound`), or a drill runs (`already_running`)",
            }
        ),
    )
    async def start(data: JSONBody[Starting], console: ConsoleDep) -> DrillStatus:
        """A synthetic breach of the promise goes through detection, incident and page; marked as a drill everywhere."""
        return await _start(console, drilling, data)

    @post("/drills", needs="operate", include_in_schema=False)
    async def start_form(data: URLEncodedBody[Form], console: ConsoleDep) -> Redirect:
        """The button Start the drill."""
        wanted = Starting(data.promise, data.by, fast=data.how == "fast", tell=data.how != "silent")
        await _start(console, drilling, wanted)
        return Redirect("/drills", status_code=303)

    return Pages(
        name="drills",
        handlers=(drills, drill, start, stop, drills_page, start_form, stop_form),
        templates=HERE,
        touches=_touches,
        links=(Link("Drills", "/drills", "", 35, minor=True),),
    )


def _place(one: ProvableStatus) -> tuple[int, str]:
    return one.line, one.promise
