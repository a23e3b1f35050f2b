"""Silences in the console and the API: those in force, what one would silence, making and ending one."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..identity.principal import Principal, may
from ..kernel.clock import rfc3339
from ..kernel.errors import QueryError, Refused
from ..kernel.matching import MATCHER
from ..web.api.answers import SAYS_SOMETHING, Listing, PagingDep, later, ledger_tag
from ..web.api.description import refused
from ..web.console import Console
from ..web.gate import MeDep
from ..web.pages import ConsoleDep
from ..web.people import people
from ..web.shell import ShellDep
from . import facts, silences
from .commands import EndSilence, Silence
from .http_api import TAGS, Name
from .shown import fire, state_of
from .state import Silence as Kept

HOURS = {"1h": 1, "2h": 2, "4h": 4, "8h": 8, "1d": 24, "3d": 72, "1w": 168}
"""What the console offers; the API takes any number of seconds."""

Matchers: TypeAlias = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=1_000, extra_json_schema={"pattern": MATCHER})]],
    Meta(min_length=1, max_length=20),
]
Reason: TypeAlias = Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]


class SilenceBody(Struct, frozen=True):
    """Nobody is told, for `seconds`, of incidents whose labels fulfil all `matchers` (`alert="slow"`)."""

    matchers: Matchers
    seconds: Annotated[float, Meta(ge=silences.SHORTEST_SECONDS, le=silences.LONGEST_SECONDS)]
    reason: Reason
    by: Name = ""


class SilenceForm(Struct, frozen=True):
    """The same as the console's form sends it: a matcher a line, a duration of those that it offers."""

    match: Annotated[str, Meta(min_length=1, max_length=10_000)]
    lasts: str
    reason: Reason
    by: Name = ""


class Ending(Struct, frozen=True):
    """Who ends it."""

    by: Name = ""


class SilenceStatus(Struct, frozen=True):
    """A silence in force. `reason` is empty once it was erased; `silent` are the open incidents that it silences."""

    id: str
    matchers: tuple[str, ...]
    by: str
    since: str
    until: str
    reason: str
    silent: tuple[str, ...]


class Silences(Listing, frozen=True, kw_only=True):
    """Those in force, the one that ends next first."""

    items: tuple[SilenceStatus, ...]


def _in_force(console: Console) -> list[Kept]:
    return sorted(state_of(console).silences.values(), key=lambda one: (one.until, one.id))


def _reason(console: Console, silence: str) -> str:
    """It is personal: it stands beside the chain, and may have been erased."""
    for one in console.history(silences.subject(silence)):
        if isinstance(one.fact.personal, facts.SilenceReason):
            return one.fact.personal.text
    return ""


def _status(console: Console, one: Kept) -> SilenceStatus:
    return SilenceStatus(
        id=one.id,
        matchers=tuple(str(matcher) for matcher in one.matchers),
        by=one.by,
        since=rfc3339(one.since),
        until=rfc3339(one.until),
        reason=_reason(console, one.id),
        silent=tuple(i.id for i in state_of(console).open.values() if i.muted_by == one.id),
    )


def _only_own(me: Principal) -> bool:
    """A responder silences what pages them."""
    return not may(me, "operate")


def _lines(match: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in match.splitlines() if line.strip())


@get("/silences", needs="read", include_in_schema=False)
async def silences_page(
    console: ConsoleDep, shell: ShellDep, me: MeDep, match: FromQuery[str] = "", lasts: FromQuery[str] = "2h"
) -> Response[str]:
    """Those in force, and the form. `?match=` shows which open incidents would be silent."""
    names, wrong, silent = people(console), "", []
    most = silences.SHIFT_SECONDS if _only_own(me) else silences.LONGEST_SECONDS
    if match.strip():
        try:
            silent = silences.silenced(state_of(console), _lines(match))
        except QueryError as error:
            wrong = f"{error.what}: {error.hint}" if error.hint else error.what
    return shell.render(
        "incidents/silences.html",
        here="/silences",
        silences=[_status(console, one) for one in _in_force(console)],
        kept={one.id: one for one in _in_force(console)},
        match=match.strip(),
        lasts=lasts if lasts in HOURS else "2h",
        offered=tuple(name for name, hours in HOURS.items() if hours * 3600 <= most),
        shift=silences.SHIFT_SECONDS,
        wrong=wrong,
        silent=[fire(one, names) for one in silent],
        wakes=sum(1 for one in silent if one.pages),
        people=names,
    )


@post("/silences", needs="silence", include_in_schema=False)
async def silence_form(data: URLEncodedBody[SilenceForm], console: ConsoleDep, me: MeDep) -> Redirect:
    """The button Silence."""
    if data.lasts not in HOURS:
        raise Refused(f"`{data.lasts}` is not offered", reason="malformed_duration", hint=", ".join(HOURS))
    seconds = HOURS[data.lasts] * 3600.0
    command = Silence(_lines(data.match), seconds, data.by, data.reason, _only_own(me))
    await console.submit(command, actor=f"person:{data.by}")
    return Redirect("/silences", status_code=303)


@post("/silences/{silence:str}/end", needs="silence", include_in_schema=False)
async def end_form(
    silence: FromPath[str], data: URLEncodedBody[Ending], console: ConsoleDep, me: MeDep
) -> Redirect:
    """The button End now."""
    await console.submit(EndSilence(silence, data.by, _only_own(me)), actor=f"person:{data.by}")
    return Redirect("/silences", status_code=303)


@get("/api/v1/silences", needs="read", tags=TAGS, summary="List silences")
async def list_silences(paging: PagingDep, console: ConsoleDep) -> Response[Silences]:
    """Those in force, the one that ends next first."""
    known = paging.after(tuple[int, str])

    def make() -> Silences:
        rest = later(_in_force(console), known, lambda one: (one.until, one.id))
        items, following = paging.page(rest, lambda one: (one.until, one.id))
        return Silences(items=tuple(_status(console, one) for one in items), next=following)

    return paging.answer(ledger_tag(console), make)


@post(
    "/api/v1/silences",
    needs="silence",
    tags=TAGS,
    status_code=201,
    summary="Silence incidents",
    responses=refused(
        {
            400: "A matcher is none (`malformed_matcher`)",
            409: "It would silence everything (`too_wide`), or more or longer than a responder may (`not_yours`, "
            "`too_long`)",
        }
    ),
)
async def make_silence(data: JSONBody[SilenceBody], console: ConsoleDep, me: MeDep) -> SilenceStatus:
    """They are opened and their clocks run, but nobody is told until it ends; then what is still open pages."""
    command = Silence(tuple(data.matchers), data.seconds, data.by, data.reason, _only_own(me))
    recorded = await console.submit(command, actor=f"person:{data.by}")
    made = next(one.fact.data for one in recorded if isinstance(one.fact.data, facts.SilenceCreated))
    return _status(console, state_of(console).silences[made.silence])


@post(
    "/api/v1/silences/{silence:str}/end",
    needs="silence",
    tags=TAGS,
    status_code=200,
    summary="End a silence",
    responses=refused(
        {
            404: "No such silence is in force (`unknown_silence`)",
            409: "A responder ends their own (`not_yours`)",
        }
    ),
)
async def end_silence(
    silence: FromPath[str], data: JSONBody[Ending], console: ConsoleDep, me: MeDep
) -> Mapping[str, str]:
    """What is still open pages now."""
    await console.submit(EndSilence(silence, data.by, _only_own(me)), actor=f"person:{data.by}")
    return {"id": silence}


HANDLERS = (silences_page, silence_form, end_form, list_silences, make_silence, end_silence)
