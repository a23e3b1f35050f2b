"""The databases, on a page and in the API: what they wait for, who blocks whom. Nothing of it is kept on a disk."""

from collections.abc import Callable, Mapping

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from ...web.api.answers import Asked, conditional, content_tag
from ...web.console import Console
from ...web.errors import NotFound
from ...web.live import Fragment
from ...web.marks import UNKNOWN, Held
from ...web.pages import ConsoleDep
from ...web.shell import ShellDep
from ..board import Board
from ..signals import is_of_database
from .overview import STATES
from .shown import Courses, Shown, shown
from .status import DatabaseStatus, database_status

EVENT = "databases"
"""The live event that says that sessions were looked at again."""

MOST_LINES = 40
"""As many lines of the blocking tree are shown."""

TAGS = ["databases"]


class Databases(Struct, frozen=True):
    """The databases that are watched, by name."""

    items: tuple[DatabaseStatus, ...]


def handlers(board: Board) -> tuple[HTTPRouteHandler, ...]:
    courses = Courses()

    @get("/databases", needs="read", include_in_schema=False)
    async def databases_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Who waits for whom, what sessions wait for, the oldest transactions, connections, lag, the last hour."""
        live = console.as_of is None
        found = await _all(board, console) if live else ()
        return shell.render(
            "monitoring/databases.html",
            here="/databases",
            databases=found,
            courses={
                one.name: await courses.of(one.courses, board.telemetry.own, console.now()) for one in found
            },
            others=_unwatched(console) if live else (),
            lines=() if found else _lines(console),
            states=STATES,
            most=MOST_LINES,
        )

    return (databases_page, *_api(board))


def _api(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/api/v1/databases", needs="read", tags=TAGS, summary="List databases")
    async def databases(request: Asked, console: ConsoleDep) -> Response[Databases]:
        """Every watched database as it is now: who blocks whom, transactions, connections, pools, figures."""
        body = Databases(tuple(map(database_status, await _all(board, console))))
        return conditional(request, content_tag(body), lambda: body)

    @get("/api/v1/databases/{database:str}", needs="read", tags=TAGS, summary="One database")
    async def database(
        request: Asked, database: FromPath[str], console: ConsoleDep
    ) -> Response[DatabaseStatus]:
        """A watched database by its name in the bindings, as it is now."""
        if database not in board.watchers:
            hint = "/api/v1/databases lists those that are bound and watched"
            raise NotFound(f"no database {database!r} is watched", where=database, hint=hint)
        body = database_status(await _one(board, database, console))
        return conditional(request, content_tag(body), lambda: body)

    return databases, database


async def _all(board: Board, console: Console) -> tuple[Shown, ...]:
    return tuple([await _one(board, name, console) for name in sorted(board.watchers)])


async def _one(board: Board, name: str, console: Console) -> Shown:
    watcher = board.watchers[name]
    watcher.show()
    return await shown(name, watcher, board.telemetry.own, console.now())


def _lines(console: Console) -> list[Held]:
    """Those of the guide that stand on a database and that nothing else measures, in its order."""
    standings = console.standings()
    about = sorted(
        filter(is_of_database, console.state("monitoring").promises.values()), key=lambda one: one.span
    )
    held = (Held(one, standings.get(one.id, UNKNOWN)) for one in about)
    return [one for one in held if one.standing.kind in ("unproven", "unbound")]


def _unwatched(console: Console) -> tuple[tuple[str, str], ...]:
    current = console.guide.current
    bound = current.adopted.bindings.databases if current is not None else {}
    return tuple((name, one.kind) for name, one in sorted(bound.items()) if one.kind != "postgresql")


def fragments(board: Board) -> Callable[[], Mapping[str, Fragment]]:
    """The event of the page: it comes when sessions were looked at again, and the page fetches itself."""

    def looked() -> Mapping[str, Fragment]:
        found = sorted(board.watchers.items())
        key = tuple(
            (name, one.problem, one.seen and one.seen.at, one.pooler and one.pooler.problem)
            for name, one in found
        )
        return {EVENT: Fragment(key, lambda _before: "")}

    return looked
