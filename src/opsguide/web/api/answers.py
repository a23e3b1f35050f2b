"""How the API answers: not at all where the client has it already (ETag), and long lists a page at a time (cursor)."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from msgspec import Struct

from ... import __version__
from ...kernel.errors import OpsguideError
from ..console import Console

MOST = 200
USUAL = 50

Asked: TypeAlias = Request[Any, Any, Any]
Limit: TypeAlias = Annotated[
    int, QueryParameter(ge=1, le=MOST, description="So many items at most, 1 to 200.")
]
Cursor: TypeAlias = Annotated[
    str | None,
    QueryParameter(max_length=500, description="Where to go on: opaque, from `next` of the page before."),
]

KEY = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[!-~]+$",
        description="Any name of this request, such as a pipeline's run: sent again with it, nothing is added twice.",
    ),
]
"""A deed that may be sent again takes `idempotency_key: KEY = None`."""

SAYS_SOMETHING = {"pattern": r"[^\s\x1c-\x1f\x85]"}
"""For texts that are refused when there is only white space in them, as JSON Schema says it."""

T = TypeVar("T")
L = TypeVar("L", bound="Listing")


class UnknownCursor(OpsguideError):
    """There is no such page: this list did not give out the cursor."""


class Listing(Struct, frozen=True, kw_only=True):
    """A page of a list. `next` is the address of the following page, null on the last one."""

    next: str | None = None


def ledger_tag(console: Console) -> str:
    """The tag of what follows from the ledger alone: where it ends, and who reads it."""
    head = console.head
    return f'"{__version__}.{head.seq}.{head.hash[:6].hex()}"'


def content_tag(body: object) -> str:
    """The tag of what also changes with time: made of what is said, which costs the making but not the sending."""
    return f'W/"{hashlib.sha256(msgspec.json.encode(body)).hexdigest()[:20]}"'


def conditional(request: Asked, tag: str, make: Callable[[], T]) -> Response[T]:
    """304 where the client names this tag in `If-None-Match`, else what `make` gives; made only then."""
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    return Response(make(), headers=headers, media_type="application/json")


def _matches(given: str, tag: str) -> bool:
    """Weak comparison (RFC 9110): `W/` makes no difference."""
    names = [one.strip().removeprefix("W/") for one in given.split(",")]
    return "*" in names or tag.removeprefix("W/") in names


class Paging:
    """Which part of a list was asked for. A handler's parameter `paging: PagingDep` takes `limit` and `cursor`."""

    def __init__(self, request: Asked, limit: int, cursor: str | None) -> None:
        self.request, self.limit, self._cursor = request, limit, cursor

    def after(self, kind: type[T]) -> T | None:
        """What the cursor remembers; None at the start. Raises UnknownCursor."""
        if self._cursor is None:
            return None
        try:
            padded = self._cursor.encode("ascii") + b"=" * (-len(self._cursor) % 4)
            return msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=kind)
        except (ValueError, msgspec.MsgspecError):
            hint = "leave it out to start from the beginning; the addresses in `next` go on from there"
            raise UnknownCursor("this list has no such page", where="cursor", hint=hint) from None

    def page(self, items: Sequence[T], key: Callable[[T], object]) -> tuple[tuple[T, ...], str | None]:
        """The first of `items`, which start where the cursor says, and the address of what follows them.

        `key` gives what a cursor remembers of the last item: an order that stays, whatever is added meanwhile.
        """
        shown = tuple(items[: self.limit])
        return shown, self.address(key(shown[-1])) if len(items) > self.limit else None

    def address(self, key: object) -> str:
        """The same list behind what `key` says."""
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()
        asked = parse_qsl(self.request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        query = [(name, value) for name, value in asked if name != "cursor"]
        return f"{quote(str(self.request.scope['path']))}?{urlencode([*query, ('cursor', cursor)])}"

    def answer(self, tag: str, make: Callable[[], L]) -> Response[L]:
        """A page of a list, conditional, with its `next` as a Link header too (RFC 8288)."""
        response = conditional(self.request, tag, make)
        body: Listing | None = response.content
        if body is not None and body.next:
            response.headers["link"] = f'<{body.next}>; rel="next"'
        return response


def later(items: Iterable[T], known: Any, key: Callable[[T], Any]) -> list[T]:
    """Those of the items that come after what a cursor remembers, in their order."""
    return [one for one in items if known is None or key(one) > known]


def paging(request: Asked, limit: Limit = USUAL, cursor: Cursor = None) -> Paging:
    return Paging(request, limit, cursor)


PagingDep: TypeAlias = NamedDependency[SkipValidation[Paging]]
