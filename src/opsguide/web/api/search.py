"""The console's search, as JSON."""

from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from ...kernel.standing import StandingKind
from ..bookshelf import ShelfDep
from ..pages import ConsoleDep
from ..search import MOST_TYPED, everything, find
from ..shell import ShellDep
from .answers import Asked, conditional, content_tag


class FoundStatus(Struct, frozen=True):
    """Something that the search leads to; `href` is its page in the console."""

    kind: str
    text: str
    href: str
    about: str
    standing: StandingKind | None


class SearchStatus(Struct, frozen=True):
    """What was found, best first."""

    query: str
    items: tuple[FoundStatus, ...]


@get("/api/v1/search", needs="read", tags=["search"], summary="Search")
async def search(
    request: Asked,
    console: ConsoleDep,
    shell: ShellDep,
    shelf: ShelfDep,
    q: Annotated[
        str, QueryParameter(max_length=MOST_TYPED, description="A few letters; typing errors are forgiven.")
    ] = "",
) -> Response[SearchStatus]:
    """Promises, incidents, people, chapters and pages by a few letters of them; for nothing, what is urgent."""
    query = q.strip()
    known = [one for one in everything(console, shell, shelf) if one.kind != "command"]
    body = SearchStatus(
        query,
        tuple(
            FoundStatus(one.kind, one.text, one.href, one.about, one.standing) for one in find(query, known)
        ),
    )
    return conditional(request, content_tag(body), lambda: body)


HANDLERS = (search,)
