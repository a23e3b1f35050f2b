"""Overrides in the API."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ...kernel.clock import rfc3339
from ...kernel.errors import Refused
from ...web.api.answers import Listing, PagingDep, content_tag, later
from ...web.api.description import refused
from ...web.console import Console
from ...web.gate import MeDep
from ...web.pages import ConsoleDep
from ..shown import state_of
from . import rules
from .commands import WithdrawOverride
from .facts import OverrideMade
from .http_asked import Asked, authorize_for, wanted
from .http_rotations import TAGS, By, Id, Preview, Text, Time, preview
from .state import Override, Swap


class OverrideBody(Struct, frozen=True, kw_only=True):
    """`person` is on call, with `replaces` only in that person's turns. Without `start` from now on; without `end` for
    `seconds`. A start that is past is now."""

    team: Id
    person: Id
    start: Time = ""
    end: Time = ""
    seconds: Annotated[float, Meta(ge=0, le=rules.FURTHEST_SECONDS)] = 0.0
    replaces: By = ""
    reason: Text = ""
    by: By = ""

    def asked(self, by: str) -> Asked:
        return Asked(
            team=self.team,
            person=self.person,
            start=self.start,
            end=self.end,
            seconds=self.seconds,
            replaces=self.replaces,
            reason=self.reason,
            by=by,
        )


class OverrideStatus(Struct, frozen=True):
    """An override that people made; `swap` is the swap that it comes from, if any."""

    id: str
    team: str
    person: str
    start: str
    end: str
    replaces: str
    by: str
    swap: str


class OverridesStatus(Listing, frozen=True, kw_only=True):
    """Those that are not over, in the order in which they were made: later ones win."""

    items: tuple[OverrideStatus, ...]


class Withdrawing(Struct, frozen=True):
    """`despite_hole`: also where nobody would be on call then."""

    despite_hole: bool = False
    by: By = ""


def _override(one: Override) -> OverrideStatus:
    start, end = rfc3339(one.span.start), rfc3339(one.span.end)
    return OverrideStatus(one.id, one.team, one.person, start, end, one.replaces, one.by, one.swap)


def coming(console: Console) -> list[Override]:
    """The overrides that are not over, in the order in which they were made."""
    return [one for one in state_of(console).overrides.made.values() if one.span.end > console.now()]


@get("/api/v1/overrides", needs="read", tags=TAGS, summary="List overrides")
async def overrides(paging: PagingDep, console: ConsoleDep) -> Response[OverridesStatus]:
    """Those that people made and that are not over; those of opsguide.toml stand there."""
    rest = later(coming(console), paging.after(int), number)
    items, following = paging.page(rest, number)
    body = OverridesStatus(items=tuple(map(_override, items)), next=following)
    return paging.answer(content_tag(body), lambda: body)


def number(one: Override | Swap) -> int:
    return int(one.id.rpartition("-")[2])


MAKING = {
    400: "A time is none (`malformed_time`), or is too far ahead (`malformed_span`)",
    404: "No such rotation or person is bound (`unknown_rotation`, `unknown_person`)",
    409: "It is past (`past`), or changes nothing (`changes_nothing`)",
}


@post(
    "/api/v1/overrides",
    needs="respond",
    tags=TAGS,
    status_code=201,
    summary="Override",
    responses=refused(MAKING),
)
async def make_override(data: JSONBody[OverrideBody], console: ConsoleDep, me: MeDep) -> OverrideStatus:
    """In force at once. Taking a turn over oneself needs a responder, putting in somebody else an operator."""
    by, actor = me.acting(data.by)
    command = wanted(state_of(console).bindings, data.asked(by), console.now())
    authorize_for(me, command.team, by, {command.person})
    recorded = await console.submit(command, actor=actor)
    made = next(one.fact.data for one in recorded if isinstance(one.fact.data, OverrideMade))
    return _override(state_of(console).overrides.made[made.override])


@post(
    "/api/v1/overrides/preview",
    needs="read",
    tags=TAGS,
    status_code=200,
    summary="Preview an override",
    responses=refused(MAKING),
)
async def preview_override(data: JSONBody[OverrideBody], console: ConsoleDep, me: MeDep) -> Preview:
    """What it would change; nothing is changed."""
    by, _ = me.acting(data.by)
    state, now = state_of(console), console.now()
    planned = rules.plan(state, wanted(state.bindings, data.asked(by), now), now)
    if not isinstance(planned, Override):
        raise Refused(planned.what, reason=planned.reason, hint=planned.hint)
    return preview(rules.making(state, planned, now))


@post(
    "/api/v1/overrides/{override:str}/withdraw",
    needs="respond",
    tags=TAGS,
    status_code=200,
    summary="Withdraw an override",
    responses=refused(
        {
            404: "There is no such override (`unknown_override`)",
            409: "It is over (`past`), or nobody would be on call without it (`leaves_hole`)",
        }
    ),
)
async def withdraw_override(
    override: FromPath[str], data: JSONBody[Withdrawing], console: ConsoleDep, me: MeDep
) -> Preview:
    """What of it is past stays. Who made it and who is replaced need a responder, others an operator."""
    by, actor = me.acting(data.by)
    state, now = state_of(console), console.now()
    found = state.overrides.made.get(override)
    if found is not None:
        authorize_for(me, found.team, by, {found.by, found.replaces})
    changes = preview(rules.withdrawing(state, found, now)) if found is not None else None
    await console.submit(WithdrawOverride(override, by, data.despite_hole), actor=actor)
    assert changes is not None  # an unknown one was refused
    return changes


HANDLERS = (overrides, make_override, preview_override, withdraw_override)
