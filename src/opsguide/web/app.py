"""The console and the API as one ASGI application: routes, guards, errors, live pieces."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Server

from .. import __version__
from ..identity.identity import Identity
from . import (
    access,
    api,
    as_of,
    changes,
    errors,
    guard,
    guide,
    ledger,
    machine,
    now,
    profile,
    search,
    sign_in,
    signing,
)
from .acting import acting
from .addresses import came_from
from .api import description, negotiation
from .api.answers import paging
from .bookshelf import Bookshelf
from .console import Console
from .errors import Problem
from .gate import Gate
from .guard import Listening
from .head import answering_head
from .pages import ConsoleDep, Pages
from .shell import Shell, ShellDep

MAX_BODY_BYTES = 1_000_000

HANDLERS = (
    *guide.HANDLERS,
    *sign_in.HANDLERS,
    *profile.HANDLERS,
    *access.HANDLERS,
    *api.HANDLERS,
    *now.HANDLERS,
    *search.HANDLERS,
    *signing.HANDLERS,
    *as_of.HANDLERS,
    *changes.HANDLERS,
    *ledger.HANDLERS,
    *machine.HANDLERS,
)
"""The console's own; chapters add theirs."""


async def _not_found_in_our_words(response: Response[Any]) -> Response[Any]:
    """Litestar answers to unknown addresses beside its description of the API with a page of its own."""
    if response.status_code != 404:
        return response
    problem = Problem(
        "not_found", "Not found", 404, "there is no such address", "/api", "see /api/openapi.json"
    )
    return Response(problem, status_code=404, media_type=errors.PROBLEM)


def _described(port: int) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="opsguide",
        version=__version__,
        description=description.ABOUT,
        license=description.LICENCE,
        tags=description.TAGS,
        use_handler_docstrings=True,
        operation_id_creator=description.operation_id,
        openapi_router=Router(
            "/api",
            route_handlers=[],
            include_in_schema=False,
            after_request=_not_found_in_our_words,
            opt={"needs": "read"},
        ),
        render_plugins=[description.Described()],
        servers=[Server(url=f"http://127.0.0.1:{port}")],
    )


def build(
    console: Console,
    pages: Sequence[Pages],
    *,
    identity: Identity,
    port: int,
    listening: Callable[[], Listening] = Listening,
    tour: bool = False,
) -> Litestar:
    """The application for a running service. `pages` are what the chapters add, `port` is where it listens.

    `identity` says who may, `listening` under which addresses it is met. `tour` shows the guided tour to every browser
    that has not ended it.
    """
    gate = Gate(identity, listening)
    shell = Shell(console, pages, tour=tour)

    def error_page(request: Request[Any, Any, Any], problem: Problem) -> str:
        request.scope.setdefault("user", gate.look(request))
        page = shell.seen_by(request)
        return page.html("error.html", problem=problem, came_from=came_from(request))

    @asynccontextmanager
    async def live(_app: Litestar) -> AsyncIterator[None]:
        shell.live.start()
        try:
            yield
        finally:
            await shell.live.stop()

    app = Litestar(
        [
            *HANDLERS,
            *(one for page in pages for one in page.handlers),
        ],
        dependencies=_provided(console, shell, gate),
        guards=[gate.guard],
        before_request=negotiation.check,
        before_send=[guard.add_headers],
        exception_handlers={**errors.handlers(error_page)},
        lifespan=[live],
        logging_config=None,
        openapi_config=_described(port),
        request_max_body_size=MAX_BODY_BYTES,
    )
    app.asgi_handler = answering_head(app.asgi_handler)
    return app


def _provided(console: Console, shell: Shell, gate: Gate) -> dict[str, Provide]:
    """What a handler may ask for by the name of a parameter."""
    shelf = Bookshelf(shell)
    shell.sources.append(shelf.fragments)
    binder = changes.Binder()

    async def told(request: Request[Any, Any, Any]) -> Console:
        seen = await as_of.console_for(request, console)
        return acting(seen, request.scope["user"], [one.concerns for one in shell.pages])

    def who(request: Request[Any, Any, Any]) -> Any:
        return request.scope["user"]

    def seen(request: Request[Any, Any, Any], console: ConsoleDep) -> Shell:
        return shell.seen_by(request, console)

    def shelved(shell: ShellDep) -> Bookshelf:
        return shelf.seen_in(shell)

    return {
        "console": Provide(told),
        "gate": Provide(lambda: gate, sync_to_thread=False),
        "identity": Provide(lambda: gate.identity, sync_to_thread=False),
        "me": Provide(who, sync_to_thread=False),
        "shell": Provide(seen, sync_to_thread=False),
        "asked": Provide(ledger.asked, sync_to_thread=False),
        "binder": Provide(lambda: binder, sync_to_thread=False),
        "shelf": Provide(shelved, sync_to_thread=False),
        "paging": Provide(paging, sync_to_thread=False),
    }
