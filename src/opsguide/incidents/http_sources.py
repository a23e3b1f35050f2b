"""Where other systems send their alerts, and how they have been."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ..guide.bindings import Source
from ..kernel.clock import rfc3339_or_none
from ..web.api.answers import Listing, PagingDep, content_tag, later
from ..web.pages import ConsoleDep
from ..web.people import bound
from ..web.shell import ShellDep
from .http_api import TAGS
from .shown import state_of
from .sources.edge.reception import Course, NotAdmitted, Reception, TooMany, silence_key
from .sources.told import Unreadable

Asked = Request[Any, Any, Any]

PATHS = {"pagerduty": "/v2/enqueue"}
"""What clients of such a system add to the address that they are given."""


class SourceStatus(Struct, frozen=True):
    """A bound source since the service started. `open` counts the incidents that are open because of it.

    `last_heard` is null while nothing was heard; `wrong` says why the last refused delivery was refused.
    """

    name: str
    kind: str
    path: str
    environment: str | None
    last_heard: str | None
    silent_after_seconds: float
    silent: bool
    deliveries: int
    refused: int
    wrong: str
    wrong_at: str | None
    open: int


class Sources(Listing, frozen=True, kw_only=True):
    """Bound sources, by their names."""

    items: tuple[SourceStatus, ...]


def _answer(code: int, **said: Any) -> Response[bytes]:
    return Response(msgspec.json.encode(said), status_code=code, media_type="application/json")


def _throttled(error: TooMany) -> Response[bytes]:
    answer = _answer(429, status="throttle exceeded", message=error.what, hint=error.hint)
    answer.headers["retry-after"] = str(error.wait)
    return answer


def handlers(reception: Reception) -> tuple[ControllerRouterHandler, ...]:
    """The door for deliveries, the page, and the API."""

    async def taken(name: str, request: Asked) -> Response[bytes]:
        headers = {key.casefold(): value for key, value in request.headers.items()}
        body = await request.body()
        source = reception.bindings().sources.get(name)
        as_pagerduty = source is not None and source.kind == "pagerduty"
        try:
            found = await reception.take(name, headers, body)
        except NotAdmitted as error:
            return _answer(401, status="not admitted", message=error.what, hint=error.hint)
        except TooMany as error:
            return _throttled(error)
        except Unreadable as error:
            return _answer(
                400, status="invalid event", message=f"nothing was taken: {error}", errors=[str(error)]
            )
        if as_pagerduty:
            return _answer(202, status="success", message="Event processed", dedup_key=found.dedup_key)
        return _answer(202, status="success", told=found.told, incidents=found.incidents)

    @post("/in/{source:str}", needs="link", include_in_schema=False, status_code=202)
    async def take(source: FromPath[str], request: Asked) -> Response[bytes]:
        """Where a source delivers. Its secret comes along, or signs."""
        return await taken(source, request)

    @post("/in/{source:str}/v2/enqueue", needs="link", include_in_schema=False, status_code=202)
    async def enqueue(source: FromPath[str], request: Asked) -> Response[bytes]:
        """The same, where clients of PagerDuty's Events API v2 look for it."""
        return await taken(source, request)

    def of(console: Any) -> tuple[SourceStatus, ...]:
        return tuple(
            _status(reception, name, source, console)
            for name, source in sorted(bound(console).sources.items())
        )

    @get("/sources", needs="read", include_in_schema=False)
    async def sources_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Each bound source: where it delivers, when it was last heard, what was refused and why."""
        heard = {name: course.heard for name, course in reception.courses.items()}
        wrong = {name: course.wrong_at for name, course in reception.courses.items()}
        return shell.render(
            "incidents/sources.html", here="/sources", sources=of(console), heard=heard, wrong=wrong
        )

    @get("/api/v1/sources", needs="read", tags=TAGS, summary="List sources of alerts")
    async def list_sources(paging: PagingDep, console: ConsoleDep) -> Response[Sources]:
        """Each bound source since the service started."""
        known = paging.after(str)
        items, following = paging.page(
            later(list(of(console)), known, lambda one: one.name), lambda one: one.name
        )
        body = Sources(items=tuple(items), next=following)
        return paging.answer(content_tag(body), lambda: body)

    return (take, enqueue, sources_page, list_sources)


def _status(reception: Reception, name: str, source: Source, console: Any) -> SourceStatus:
    course = reception.courses.get(name, Course())
    keys = state_of(console).by_key
    return SourceStatus(
        name=name,
        kind=source.kind,
        path=f"/in/{name}{PATHS.get(source.kind, '')}",
        environment=source.environment,
        last_heard=rfc3339_or_none(course.heard),
        silent_after_seconds=source.silent_after,
        silent=silence_key(name) in keys,
        deliveries=course.taken,
        refused=course.refused,
        wrong=course.wrong,
        wrong_at=rfc3339_or_none(course.wrong_at),
        open=len({incident for key, incident in keys.items() if key.startswith(f"source:{name}:")}),
    )
