"""Pages of overrides and swaps: what one would change is shown before it is made, withdrawn or accepted."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from ...guide.bindings import Bindings
from ...identity.principal import Principal
from ...kernel.calendar import local
from ...kernel.clock import Instant
from ...kernel.errors import OpsguideError, Refused
from ...web.api.answers import Asked as Request
from ...web.console import Console
from ...web.errors import NotFound
from ...web.gate import MeDep
from ...web.pages import ConsoleDep
from ...web.people import people
from ...web.shell import Shell, ShellDep
from ..oncall import on_call
from ..roster import rotation_of, zone_of
from ..rotation import Shift, shifts
from ..shown import state_of
from ..state import State
from . import rules
from .commands import WithdrawOverride
from .facts import Reason, Span
from .http_asked import Asked, authorize_for, may_for, wanted
from .http_rotations import By, Id, Text, Time
from .http_swaps import SwapBody, answer, swap_of, take_back
from .schedule import Change
from .state import Override, Swap

OFFERED_SECONDS = 42 * 86_400.0
OFFERED = 12
"""So many turns of the other one are offered in return."""


class OverrideForm(Struct, frozen=True, kw_only=True):
    """Times are typed in the rotation's zone."""

    team: Id
    person: Id
    end: Time
    start: Time = ""
    replaces: By = ""
    reason: Text = ""
    by: By = ""


class SwapForm(Struct, frozen=True, kw_only=True):
    """`back` is a turn of the other one: its two instants with a slash between, "" for none."""

    team: Id
    other: Id
    start: Time
    end: Time
    asker: Id
    back: Text = ""
    reason: Text = ""
    by: By = ""


class Withdrawal(Struct, frozen=True):
    despite_hole: bool = False
    by: By = ""


class Acting(Struct, frozen=True):
    by: By = ""


class Planned(Struct, frozen=True, kw_only=True):
    """What the form says, and what would come of it: `wrong`, or the change and who may make it how.

    `directly`: who looks may make it at once. `asker`: whose turn it is, who may ask the other one for a swap.
    """

    asked: Asked
    wrong: OpsguideError | None = None
    change: Change | None = None
    directly: bool = False
    asker: str = ""
    may_ask: bool = False
    offers: tuple[Shift, ...] = ()
    unreached: bool = False


def _plan(console: Console, me: Principal, viewer: str, asked: Asked) -> Planned:
    state, now = state_of(console), console.now()
    try:
        command = wanted(state.bindings, asked, now)
    except Refused as error:
        return Planned(asked=asked, wrong=error)
    planned = rules.plan(state, command, now)
    if not isinstance(planned, Override):
        wrong = Refused(planned.what, reason=planned.reason, hint=planned.hint)
        return Planned(asked=asked, wrong=wrong)
    change = rules.making(state, planned, now)
    by = me.person or (viewer if me.stands_in else "")
    asker = planned.replaces or _sole(change, planned.span)
    return Planned(
        asked=asked,
        change=change,
        directly=me.stands_in or may_for(me, planned.team, by, {planned.person}),
        asker=asker,
        may_ask=bool(asker) and planned.span.start > now and may_for(me, planned.team, by, {asker}),
        offers=_turns(state.bindings, planned.team, planned.person, now),
        unreached=on_call(state.bindings, planned.person, now).channels == ("inbox",),
    )


def _sole(change: Change, span: Span) -> str:
    """The one person who is on call in all of the span, as it is; "" where there are several, or none."""
    found = {one.person for one in change.before if one.start < span.end and one.end > span.start}
    return (next(iter(found)) or "") if len(found) == 1 else ""


def _turns(bindings: Bindings, team: str, person: str, now: Instant) -> tuple[Shift, ...]:
    """The coming turns of a person that have not begun."""
    rotation = rotation_of(bindings, team)
    if rotation is None:
        return ()
    found = shifts(rotation, now, now + round(OFFERED_SECONDS * 1000))
    return tuple(one for one in found if one.person == person and one.start > now)[:OFFERED]


def _hour(bindings: Bindings, team: str, now: Instant, hours: int) -> str:
    """The next full hour by the rotation's wall clock, and so many hours on, as a form's field takes it."""
    wall = local(now, zone_of(bindings, team)).replace(minute=0, second=0, microsecond=0)
    return (wall + timedelta(hours=hours)).isoformat(timespec="minutes")


def shown(shell: Shell, console: Console, template: str, **context: Any) -> Response[str]:
    bindings = state_of(console).bindings

    def wall(at: Instant, team: str) -> datetime:
        return local(at, zone_of(bindings, team))

    def zone_name(team: str) -> str:
        return zone_of(bindings, team).key

    return shell.render(
        template, here="/on-call", people=people(console), wall=wall, zone_name=zone_name, **context
    )


@get("/on-call/override", needs="read", include_in_schema=False)
async def override_page(request: Request, console: ConsoleDep, shell: ShellDep, me: MeDep) -> Response[str]:
    """The form. With a person and times it shows what would change; nothing is changed."""
    bindings, typed = state_of(console).bindings, request.query_params
    team = typed.get("team", "").casefold()
    chosen = team if team in bindings.rotations else next(iter(bindings.rotations), "")
    asked = Asked(
        team=chosen,
        person=typed.get("person", ""),
        start=typed.get("start", ""),
        end=typed.get("end", ""),
        replaces=typed.get("replaces", ""),
        reason=typed.get("reason", ""),
    )
    return shown(
        shell,
        console,
        "incidents/override.html",
        planned=_plan(console, me, shell.viewer.me, asked)
        if asked.person and asked.end
        else Planned(asked=asked),
        teams=list(bindings.rotations),
        team=chosen,
        usual=[_hour(bindings, chosen, console.now(), hours) for hours in (1, 9) if chosen],
    )


@post("/on-call/overrides", needs="respond", include_in_schema=False)
async def make_form(data: URLEncodedBody[OverrideForm], console: ConsoleDep, me: MeDep) -> Redirect:
    """The button that puts the stand-in on call."""
    by, actor = me.acting(data.by)
    asked = Asked(
        team=data.team,
        person=data.person,
        start=data.start,
        end=data.end,
        replaces=data.replaces,
        reason=data.reason,
        by=by,
    )
    command = wanted(state_of(console).bindings, asked, console.now())
    authorize_for(me, command.team, by, {command.person})
    await console.submit(command, actor=actor)
    return Redirect("/on-call", status_code=303)


@post("/on-call/swaps", needs="respond", include_in_schema=False)
async def ask_form(data: URLEncodedBody[SwapForm], console: ConsoleDep, me: MeDep) -> Redirect:
    """The button that asks the other one."""
    by, actor = me.acting(data.by)
    back_start, _, back_end = data.back.partition("/")
    body = SwapBody(
        team=data.team,
        other=data.other,
        start=data.start,
        end=data.end,
        back_start=back_start,
        back_end=back_end,
        asker=data.asker,
        reason=data.reason,
    )
    command = swap_of(state_of(console).bindings, body, by, console.now())
    authorize_for(me, command.team, by, {command.asker})
    await console.submit(command, actor=actor)
    return Redirect("/on-call", status_code=303)


@get("/on-call/overrides/{override:str}", needs="read", include_in_schema=False)
async def withdrawal_page(
    override: FromPath[str], console: ConsoleDep, shell: ShellDep, me: MeDep
) -> Response[str]:
    """An override, and what withdrawing it would change."""
    state = state_of(console)
    found = state.overrides.made.get(override)
    if found is None:
        hint = "/on-call lists those that are not over; older ones are on the ledger"
        raise NotFound(f"there is no override {override}", where=override, hint=hint)
    by = me.person or shell.viewer.me
    return shown(
        shell,
        console,
        "incidents/withdrawal.html",
        one=found,
        over=found.span.end <= console.now(),
        change=rules.withdrawing(state, found, console.now()),
        reason=reason_of(console, found.team, found.id),
        may_withdraw=me.stands_in or may_for(me, found.team, by, {found.by, found.replaces}),
    )


@post("/on-call/overrides/{override:str}/withdraw", needs="respond", include_in_schema=False)
async def withdraw_form(
    override: FromPath[str], data: URLEncodedBody[Withdrawal], console: ConsoleDep, me: MeDep
) -> Redirect:
    """The button Withdraw."""
    by, actor = me.acting(data.by)
    found = state_of(console).overrides.made.get(override)
    if found is not None:
        authorize_for(me, found.team, by, {found.by, found.replaces})
    await console.submit(WithdrawOverride(override, by, data.despite_hole), actor=actor)
    return Redirect("/on-call", status_code=303)


@get("/on-call/swaps/{swap:str}", needs="read", include_in_schema=False)
async def swap_page(swap: FromPath[str], console: ConsoleDep, shell: ShellDep, me: MeDep) -> Response[str]:
    """A swap that waits for an answer, and what it would change."""
    found = _waiting(state_of(console), swap)
    by = me.person or shell.viewer.me
    return shown(
        shell,
        console,
        "incidents/swap.html",
        swap=found,
        changes=list(rules.swapping(state_of(console), found, console.now())),
        reason=reason_of(console, found.team, found.id),
        may_answer=me.stands_in or may_for(me, found.team, by, {found.other}),
        may_take_back=me.stands_in or may_for(me, found.team, by, {found.asker, found.by}),
    )


def _waiting(state: State, swap: str) -> Swap:
    found = state.overrides.swaps.get(swap)
    if found is None:
        hint = "it was answered, taken back, or its time has begun: the ledger says which"
        raise NotFound(f"no swap {swap} waits for an answer", where=swap, hint=hint)
    return found


def reason_of(console: Console, team: str, name: str) -> str:
    """Why, in the words of who made it; "" where they said nothing, or it was erased."""
    for one in console.history(rules.subject(team)):
        data = one.fact.data
        if name in (getattr(data, "override", ""), getattr(data, "swap", "")):
            return one.fact.personal.text if isinstance(one.fact.personal, Reason) else ""
    return ""


@post("/on-call/swaps/{swap:str}/accept", needs="respond", include_in_schema=False)
async def accept_form(
    swap: FromPath[str], data: URLEncodedBody[Acting], console: ConsoleDep, me: MeDep
) -> Redirect:
    """The button Accept."""
    await answer(console, me, swap, data.by, accept=True)
    return Redirect("/on-call", status_code=303)


@post("/on-call/swaps/{swap:str}/decline", needs="respond", include_in_schema=False)
async def decline_form(
    swap: FromPath[str], data: URLEncodedBody[Acting], console: ConsoleDep, me: MeDep
) -> Redirect:
    """The button Decline."""
    await answer(console, me, swap, data.by, accept=False)
    return Redirect("/on-call", status_code=303)


@post("/on-call/swaps/{swap:str}/withdraw", needs="respond", include_in_schema=False)
async def take_back_form(
    swap: FromPath[str], data: URLEncodedBody[Acting], console: ConsoleDep, me: MeDep
) -> Redirect:
    """The button Take back."""
    await take_back(console, me, swap, data.by)
    return Redirect("/on-call", status_code=303)


HANDLERS = (
    *(override_page, make_form, withdrawal_page, withdraw_form),
    *(ask_form, swap_page, accept_form, decline_form, take_back_form),
)
