"""The ledger: every fact, newest or oldest first; and the proof that it is what was written."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import Struct

from ...kernel.clock import rfc3339
from ...kernel.facts import Erased, Recorded
from ...kernel.ledger import canonical
from ...kernel.look import Wanted
from ..errors import NotFound
from ..pages import ConsoleDep
from ..shell import Shell, ShellDep
from .answers import Asked, Listing, PagingDep, conditional, ledger_tag

LARGE_BYTES = 16_384


class FactStatus(Struct, frozen=True):
    """Something that happened. `said` tells it in a sentence; `docs/reference/facts.md` lists what `data` holds.

    `data` is null in lists where it is `large` (an adopted guide): ask for the fact itself. Personal data stands
    beside the chain and only ever shows in `said`; `erased` says that it was erased.
    """

    seq: int
    at: str
    type: str
    v: int
    subject: str
    actor: str
    cause: int | None
    said: str
    data: dict[str, Any] | None
    large: bool
    erased: bool


class Facts(Listing, frozen=True, kw_only=True):
    """Facts in the order asked for. A page may be short, even empty, while `next` still goes on."""

    head: int
    items: tuple[FactStatus, ...]


class LedgerStatus(Struct, frozen=True):
    """Where the ledger ends: its last number, the hash of that row in hex, and when it was recorded."""

    head: int
    hash: str
    at: str | None


class Proof(Struct, frozen=True):
    """The whole ledger was read and every row fits the one before it."""

    head: int
    hash: str
    at: str | None
    personal: int
    erased: int


Kind: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="type", max_length=100, description="Only of this type, or those below it: `incident.`"
    ),
]


class Place(Struct, frozen=True, array_like=True):
    """What a cursor remembers: the order, and the last sequence number that was looked at."""

    order: str
    seq: int


@get("/api/v1/ledger", needs="read", tags=["ledger"], summary="Where the ledger ends")
async def ledger(request: Asked, console: ConsoleDep) -> Response[LedgerStatus]:
    """The head: keep it elsewhere, and a ledger that was cut off or rewritten shows."""
    head = console.head
    at = rfc3339(head.at) if head.seq else None
    return conditional(request, ledger_tag(console), lambda: LedgerStatus(head.seq, head.hash.hex(), at))


@post("/api/v1/ledger/verify", needs="read", tags=["ledger"], status_code=200, summary="Verify the ledger")
async def verify(console: ConsoleDep) -> Proof:
    """Read the whole ledger and check every row against the chain. Changes nothing; takes seconds for a million rows.

    A ledger that does not verify is answered with 409 `ledger_broken`, and `where` names the first row that does
    not fit.
    """
    proof = await console.verify()
    at = rfc3339(proof.head.at) if proof.head.seq else None
    return Proof(proof.head.seq, proof.head.hash.hex(), at, proof.personal, proof.erased)


@get("/api/v1/facts", needs="read", tags=["ledger"], summary="List facts")
async def facts(
    paging: PagingDep,
    console: ConsoleDep,
    shell: ShellDep,
    order: FromQuery[Literal["newest", "oldest"]] = "newest",
    subject: Annotated[
        str | None,
        QueryParameter(max_length=500, description="Only about this, `incident:INC-3` for instance."),
    ] = None,
    kind: Kind = None,
) -> Response[Facts]:
    """What happened, newest first, or from the beginning with `order=oldest`.

    Pages stay as they are while the ledger grows: newer facts come before the first page, or after the last.
    """
    place = paging.after(Place)
    wanted = Wanted(
        newest=order == "newest",
        beyond=place.seq if place is not None and place.order == order else None,
        subject=subject,
        type=kind,
        limit=paging.limit,
    )
    found = await console.look(wanted)

    def make() -> Facts:
        return Facts(
            head=console.head.seq,
            items=tuple(fact_status(one, shell, whole=False) for one in found.facts),
            next=None if found.reached is None else paging.address(Place(order, found.reached)),
        )

    return paging.answer(ledger_tag(console), make)


@get("/api/v1/facts/{seq:int}", needs="read", tags=["ledger"], summary="One fact")
async def fact(
    request: Asked,
    seq: Annotated[int, PathParameter(ge=1, le=2**53, description="Its sequence number.")],
    console: ConsoleDep,
    shell: ShellDep,
) -> Response[FactStatus]:
    """A fact with all of its data."""

    def make() -> FactStatus:
        found = next(console.facts(seq - 1, seq), None) if seq <= console.head.seq else None
        if found is None:
            hint = f"the last one is {console.head.seq}"
            raise NotFound(f"the ledger has no fact {seq}", where=f"seq {seq}", hint=hint)
        return fact_status(found, shell, whole=True)

    return conditional(request, ledger_tag(console), make)


def fact_status(recorded: Recorded, shell: Shell, *, whole: bool) -> FactStatus:
    """What the API says of a fact; its data whole, or only if it is not large."""
    fact = recorded.fact
    large = len(canonical(fact.data)) > LARGE_BYTES
    return FactStatus(
        seq=recorded.seq,
        at=rfc3339(fact.at),
        type=fact.type,
        v=fact.v,
        subject=fact.subject,
        actor=fact.actor,
        cause=fact.cause,
        said=shell.say(recorded),
        data=msgspec.to_builtins(fact.data) if whole or not large else None,
        large=large,
        erased=isinstance(fact.personal, Erased),
    )


HANDLERS = (ledger, verify, facts, fact)
