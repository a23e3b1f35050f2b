"""The ledger in the console: what happened, exactly, and can I prove it? Browsed, searched, verified."""

import re
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation
from litestar.response import Redirect
from msgspec import Struct

from ..guide.timeline import actor
from ..kernel.clock import Instant, parse_instant
from ..kernel.errors import LedgerBroken, Refused
from ..kernel.facts import Erased, Recorded
from ..kernel.look import Found, Wanted
from .console import Console
from .errors import NotFound
from .pages import ConsoleDep
from .people import people
from .shell import Shell, ShellDep

PAGE = 50
FOLLOWS_WITHIN = 200
"""What a fact led to is looked for among so many facts behind it: reactions are recorded in the same batch."""

Kind = Annotated[str, QueryParameter(name="type", max_length=100)]
MOST_TYPED = 500


class Line(Struct, frozen=True):
    """A fact as a row of the list."""

    seq: int
    at: Instant
    type: str
    subject: str
    by: str
    said: str
    cause: int | None


class Asked(Struct, frozen=True):
    """What the filters say, as typed."""

    q: str = ""
    type: str = ""
    by: str = ""
    since: str = ""
    until: str = ""

    def address(self, before: int | None = None) -> str:
        """The list with these filters, from a number on."""
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value}
        query = urlencode(said | ({"before": str(before)} if before is not None else {}))
        return f"/ledger?{query}" if query else "/ledger"


AskedDep: TypeAlias = NamedDependency[SkipValidation[Asked]]


@get("/ledger", needs="read", include_in_schema=False)
async def ledger_page(
    console: ConsoleDep, shell: ShellDep, asked: AskedDep, before: FromQuery[int | None] = None
) -> Response[Any]:
    """Facts that fit the filters, newest first, a page at a time; a number alone leads to that fact."""
    if number := re.fullmatch(r"#?(\d{1,15})", asked.q):
        return Redirect(f"/ledger/{int(number.group(1))}", status_code=303)
    found = await console.look(_wanted(asked, before, console))
    return _list(console, shell, asked, found, before)


def _list(
    console: Console, shell: Shell, asked: Asked, found: Found, before: int | None, **more: Any
) -> Response[Any]:
    names = people(console)
    context: dict[str, Any] = {
        "asked": asked,
        "lines": [_line(one, shell, names) for one in found.facts],
        "older": asked.address(found.reached) if found.reached is not None else None,
        "looked_to": found.reached,
        "newest": asked.address() if before is not None else None,
        "filtered": asked != Asked(),
        "types": console.types(),
        "people": names,
        "head": console.head,
        "proof": None,
        "broken": None,
    }
    return shell.render("ledger.html", here="/ledger", **context | more)


def _line(one: Recorded, shell: Shell, names: Any) -> Line:
    fact = one.fact
    return Line(
        one.seq, fact.at, fact.type, fact.subject, actor(fact.actor, names), shell.say(one), fact.cause
    )


def _wanted(asked: Asked, before: int | None, console: Console) -> Wanted:
    by = asked.by
    return Wanted(
        beyond=before,
        subject=_subject(asked.q, console) if asked.q else None,
        type=asked.type or None,
        actor=f"person:{by}" if by and by in people(console) else by or None,
        since=_instant(asked.since, "since"),
        until=_instant(asked.until, "until"),
        limit=PAGE,
    )


def _subject(text: str, console: Console) -> str:
    """What people type for a subject: `INC-3`, a promise's id, an environment's name, or the subject itself."""
    if ":" in text or text == "guide":
        return text
    if re.fullmatch(r"(?i)inc-\d+", text):
        return f"incident:{text.upper()}"
    current = console.guide.current
    if current is not None and text in current.adopted.bindings.environments:
        return f"environment:{text}"
    return f"promise:{text}"


def _instant(text: str, where: str) -> Instant | None:
    """A browser's field has no zone: it is UTC, as the page says. Raises Refused."""
    if not text:
        return None
    try:
        return parse_instant(text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z")
    except ValueError as error:
        raise Refused(str(error), reason="malformed_instant", where=where) from None


@get("/ledger/{seq:int}", needs="read", include_in_schema=False)
async def fact_page(seq: FromPath[int], console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """One fact: in words, as stored, what led to it and what it led to, and its place on the chain."""
    head = console.head.seq
    found = next(console.facts(seq - 1, seq), None) if 0 < seq <= head else None
    if found is None:
        hint = f"the last one is {head}" if head else "nothing is recorded yet"
        raise NotFound(f"the ledger has no fact {seq}", where=f"#{seq}", hint=hint)
    names, fact = people(console), found.fact
    behind = console.facts(seq, min(head, seq + FOLLOWS_WITHIN))
    cause = next(console.facts(fact.cause - 1, fact.cause), None) if fact.cause else None
    return shell.render(
        "fact.html",
        here="/ledger",
        line=_line(found, shell, names),
        v=fact.v,
        cause=_line(cause, shell, names) if cause is not None else None,
        follows=[_line(one, shell, names) for one in behind if one.fact.cause == seq],
        raw=msgspec.json.format(msgspec.json.encode(fact.data)).decode(),
        personal=_personal(found),
        hash=console.hash_at(seq).hex(),
        before=console.hash_at(seq - 1).hex(),
        last=head,
    )


def _personal(one: Recorded) -> str:
    """What stands beside the chain: nothing, erased, or the words."""
    personal = one.fact.personal
    if personal is None:
        return ""
    if isinstance(personal, Erased):
        return "erased"
    return msgspec.json.format(msgspec.json.encode(personal)).decode()


@post("/ledger/verify", needs="read", include_in_schema=False, status_code=200)
async def verify_form(console: ConsoleDep, shell: ShellDep) -> Response[Any]:
    """The button Verify: reads every row and shows what it found. It changes nothing, but takes its time."""
    proof = broken = None
    try:
        proof = await console.verify()
    except LedgerBroken as error:
        broken = error
    found = await console.look(Wanted(limit=PAGE)) if broken is None else Found((), None)
    return _list(console, shell, Asked(), found, None, proof=proof, broken=broken)


def asked(
    q: FromQuery[str] = "",
    kind: Kind = "",
    by: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Asked:
    """The filters of a request."""
    return Asked(*(text.strip()[:MOST_TYPED] for text in (q, kind, by, since, until)))


HANDLERS = (ledger_page, fact_page, verify_form)
