"""Signing in the console and the API: who vouches for what nothing measures, until when; and taking it back."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..guide.promise import Promise
from ..guide.signing import (
    Sign,
    Signature,
    Signing,
    Withdraw,
    end_of_day,
    longest_until,
    unsignable,
    usual_until,
)
from ..identity.principal import Principal
from ..kernel.clock import Instant, from_datetime, parse_instant, rfc3339, to_datetime
from ..kernel.errors import Refused
from .api.answers import SAYS_SOMETHING, Listing, PagingDep, content_tag, later
from .api.description import refused
from .console import Console
from .gate import MeDep
from .pages import ConsoleDep
from .people import people
from .shell import Shell

UNKNOWN = (
    "The guide has no such promise (`unknown_promise`), or the bindings no such person (`unknown_person`)"
)

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000, extra_json_schema=SAYS_SOMETHING)]
PromiseId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1_000)]


DAY_OR_INSTANT = {"anyOf": [{"format": "date"}, {"format": "date-time"}, {"maxLength": 0}]}


class SigningBody(Struct, frozen=True):
    """`by` is a person of the bindings; left out, the one who asks. `until` is a day (to its end, in the service's
    zone) or an RFC 3339 instant; empty: until it is due again where it recurs, else 90 days."""

    promise: PromiseId
    note: Text
    by: Name = ""
    until: Annotated[str, Meta(max_length=40, extra_json_schema=DAY_OR_INSTANT)] = ""


class WithdrawingBody(Struct, frozen=True):
    """Who takes the signature back, and why."""

    promise: PromiseId
    reason: Text
    by: Name = ""


class SignatureStatus(Struct, frozen=True):
    """The last signature of a promise; `seq` is its fact. `counts`: neither expired nor withdrawn.

    `note` is empty once it was erased.
    """

    promise: str
    by: str
    signed_at: str
    until: str
    seq: int
    note: str
    counts: bool
    withdrawn_by: str | None
    withdrawn_at: str | None


class Signatures(Listing, frozen=True, kw_only=True):
    """The last signature of each promise that has one."""

    items: tuple[SignatureStatus, ...]


class Offer(Struct, frozen=True):
    """What the page of a promise says about signing. `offered`: a person may sign now; days are YYYY-MM-DD."""

    signature: Signature | None
    counts: bool
    offered: bool
    usual: str
    longest: str
    first: str
    people: Mapping[str, str]


def _state(console: Console) -> Signing:
    state: Signing = console.state("signing")
    return state


def signing(console: Console, promise: Promise) -> Offer:
    """For the page of one promise."""
    state, now = _state(console), console.now()
    zone, signature = state.bindings.zone, state.signatures.last.get(promise.id)
    signable = unsignable(promise, state.missing.get(promise.id)) is None
    return Offer(
        signature=signature if signable else None,
        counts=signable and signature is not None and signature.counts(now),
        offered=signable,
        usual=_day(usual_until(promise, now, zone), zone),
        longest=_day(longest_until(promise, now, zone), zone),
        first=_day(now, zone),
        people=people(console),
    )


def _day(at: Instant, zone: str) -> str:
    return to_datetime(at).astimezone(ZoneInfo(zone)).date().isoformat()


def until_of(text: str, zone: str) -> Instant | None:
    """The instant that was typed, None for nothing; a day means its end in the zone. Raises Refused."""
    text = text.strip()
    if not text:
        return None
    try:
        if len(text) == len("2026-12-24"):
            return end_of_day(
                from_datetime(datetime.combine(date.fromisoformat(text), time(12), ZoneInfo(zone))), zone
            )
        return parse_instant(text)
    except ValueError:
        raise Refused(
            f"{text!r} is no day and no instant",
            reason="malformed_until",
            hint="write for example 2026-12-24 or 2026-12-24T18:00:00Z",
        ) from None


async def _sign(console: Console, me: Principal, body: SigningBody) -> SignatureStatus:
    until = until_of(body.until, _state(console).bindings.zone)
    by, actor = _signing(me, body.by)
    await console.submit(Sign(body.promise, by, body.note, until), actor=actor)
    return _status(console, body.promise)


async def _withdraw(console: Console, me: Principal, body: WithdrawingBody) -> SignatureStatus:
    by, actor = _signing(me, body.by)
    await console.submit(Withdraw(body.promise, by, body.reason), actor=actor)
    return _status(console, body.promise)


def _signing(me: Principal, by: str) -> tuple[str, str]:
    """As which person of the bindings, and the actor. Raises Refused for an account that acts for none."""
    by, actor = me.acting(by)
    if by == me.account:
        what = "your account acts for no person of the bindings: a signature is worth the person behind it"
        raise Refused(what, reason="unknown_person", hint="an admin links it, under People & access")
    return by, actor


def _status(console: Console, promise: str) -> SignatureStatus:
    one = _state(console).signatures.last[promise]
    return SignatureStatus(
        promise=promise,
        by=one.by,
        signed_at=rfc3339(one.at),
        until=rfc3339(one.until),
        seq=one.seq,
        note=one.note,
        counts=one.counts(console.now()),
        withdrawn_by=one.withdrawn_by or None,
        withdrawn_at=rfc3339(one.withdrawn_at) if one.withdrawn_by else None,
    )


def _page(promise: str) -> Redirect:
    return Redirect(f"/promises/{Shell.segment(promise)}", status_code=303)


@post("/signatures", needs="operate", include_in_schema=False)
async def sign_form(data: URLEncodedBody[SigningBody], console: ConsoleDep, me: MeDep) -> Redirect:
    """The button Sign."""
    await _sign(console, me, data)
    return _page(data.promise)


@post("/signatures/withdraw", needs="operate", include_in_schema=False)
async def withdraw_form(data: URLEncodedBody[WithdrawingBody], console: ConsoleDep, me: MeDep) -> Redirect:
    """The button Withdraw."""
    await _withdraw(console, me, data)
    return _page(data.promise)


@get("/api/v1/signatures", needs="read", tags=["promises"], summary="List signatures")
async def signatures(paging: PagingDep, console: ConsoleDep) -> Response[Signatures]:
    """The last signature of every promise that has one, in the guide's order."""
    known, state = paging.after(tuple[int, str]), _state(console)
    signed = [one for one in state.promises.values() if one.id in state.signatures.last]
    signed.sort(key=_place)
    items, following = paging.page(later(signed, known, _place), _place)
    body = Signatures(items=tuple(_status(console, one.id) for one in items), next=following)
    return paging.answer(content_tag(body), lambda: body)


def _place(promise: Promise) -> tuple[int, str]:
    return promise.span.line, promise.id


@post(
    "/api/v1/signatures",
    needs="operate",
    tags=["promises"],
    status_code=201,
    summary="Sign for a promise",
    responses=refused({404: UNKNOWN, 409: "It is or can be measured, or `until` is too late or past"}),
)
async def sign(data: JSONBody[SigningBody], console: ConsoleDep, me: MeDep) -> SignatureStatus:
    """Sign for a promise that nothing measures. Signing again takes the place of the last signature."""
    return await _sign(console, me, data)


@post(
    "/api/v1/signatures/withdraw",
    needs="operate",
    tags=["promises"],
    status_code=200,
    summary="Take a signature back",
    responses=refused({404: UNKNOWN, 409: "No signature counts"}),
)
async def withdraw(data: JSONBody[WithdrawingBody], console: ConsoleDep, me: MeDep) -> SignatureStatus:
    """From now on nobody vouches for it."""
    return await _withdraw(console, me, data)


HANDLERS = (sign_form, withdraw_form, signatures, sign, withdraw)
