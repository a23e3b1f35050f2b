"""Probes on the web: the page, the API, what regions ask and report, and the addresses that jobs call."""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from markupsafe import Markup
from msgspec import Struct

from ...guide.bindings import Bindings
from ...kernel.clock import Instant, parse_instant
from ...kernel.errors import BindingsError, OpsguideError, QueryError
from ...web.api.answers import Asked, Listing, PagingDep, conditional, content_tag, later
from ...web.charts import SPARK, Line, Picture, draw
from ...web.console import Console
from ...web.errors import NotFound
from ...web.live import Fragment
from ...web.pages import ConsoleDep
from ...web.shell import ShellDep
from ..amounts import written
from ..board import TREND_STEP_MS, TREND_STEPS, Board
from .heartbeats import Beat, sign_of
from .reports import Plan, Report, Taken, plan
from .status import ProbeStatus, RegionStatus, probes, regions

TAGS = ["probes"]
EVENT = "probes"
"""The live event that says that a probe or a region turned."""

MOST_BODY = 1_000_000
MOST_REPORT = 4_000_000

STANDS = {"up": "kept", "down": "broken", "unknown": "unproven", "waiting": "unproven"}
"""In the shapes and colours of standings: not knowing is never green."""

VOTES = {"up": "kept", "down": "broken", "stale": "unproven", "new": "unproven"}
VOTE_WORDS = {"up": "up", "down": "down", "stale": "not heard of", "new": "not yet"}
KINDS = {"http": "HTTP", "tcp": "TCP", "dns": "DNS", "heartbeat": "heartbeat"}


class Probes(Listing, frozen=True, kw_only=True):
    """Probes, what is wrong first."""

    items: tuple[ProbeStatus, ...]


class Regions(Struct, frozen=True):
    """The regions that probe, beside the service itself."""

    items: tuple[RegionStatus, ...]


class Row(Struct, frozen=True):
    """A probe on the page, in words."""

    one: ProbeStatus
    shape: str
    word: str
    kind: str
    latency: str
    course: Markup | str
    since: Instant | None
    failed_at: Instant | None


def _bound(console: Console, board: Board) -> Bindings:
    """Those of the console's instant; of now with their addresses."""
    if console.as_of is None and board.probing is not None:
        return board.probing.bindings()
    current = console.guide.current
    return current.adopted.bindings if current is not None else Bindings()


def _probes(console: Console, board: Board) -> tuple[ProbeStatus, ...]:
    live = board.probing if console.as_of is None else None
    return probes(_bound(console, board), console.state("monitoring"), live, console.now())


def _regions(console: Console, board: Board) -> tuple[RegionStatus, ...]:
    live = board.probing if console.as_of is None else None
    return regions(_bound(console, board), console.state("monitoring"), live, console.now())


def _find(console: Console, board: Board, name: str) -> ProbeStatus:
    found = next((one for one in _probes(console, board) if one.name == name), None)
    if found is None:
        raise NotFound(f"no probe {name} is bound", where=name, hint="the page Probes lists them: /probes")
    return found


async def _courses(console: Console, board: Board) -> Mapping[str, Markup]:
    """The latency of the last hour by probe, the best region at each minute; none of a past instant."""
    if console.as_of is not None:
        return {}
    end = console.now() // TREND_STEP_MS * TREND_STEP_MS
    start = end - TREND_STEPS * TREND_STEP_MS
    asked = 'min by (probe) (probe_duration_seconds{job="probe",probe!=""})'
    try:
        found = await board.telemetry.own.ask_range(asked, start, end, TREND_STEP_MS)
    except QueryError:
        return {}
    drawn = {}
    for series in found.series:
        values = [value for value in series.values if math.isfinite(value)]
        if values:
            low, high = written(min(values), "seconds"), written(max(values), "seconds")
            picture = Picture(
                title=f"latency in the last hour: {low} to {high}",
                start=start,
                end=end,
                lines=[Line("latency", series.times, series.values)],
                gap_ms=TREND_STEP_MS * 3 // 2,
                unit="seconds",
                say=lambda value: written(value, "seconds"),
            )
            drawn[series.labels.get("probe", "")] = draw(picture, SPARK)
    return drawn


def _row(one: ProbeStatus, courses: Mapping[str, Markup]) -> Row:
    risky = one.state == "up" and (one.certificate_soon or any(r.says == "down" for r in one.regions))
    late = one.kind == "heartbeat" and one.reason.startswith("late")
    return Row(
        one=one,
        shape="at_risk" if risky or (one.state == "up" and late) else STANDS[one.state],
        word=one.state,
        kind=KINDS[one.kind],
        latency="" if one.latency_seconds is None else written(one.latency_seconds, "seconds"),
        course=courses.get(one.name, ""),
        since=None if one.since is None else parse_instant(one.since),
        failed_at=None if one.last_failure is None else parse_instant(one.last_failure.at),
    )


def _pages(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/probes", needs="read", include_in_schema=False)
    async def probes_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Every probe: state, latency, regions, certificate, the last failure; and the regions that probe."""
        courses = await _courses(console, board)
        return shell.render(
            "monitoring/probes.html",
            here="/probes",
            rows=[_row(one, courses) for one in _probes(console, board)],
            regions=_regions(console, board),
            votes=VOTES,
            vote_words=VOTE_WORDS,
            instant=parse_instant,
        )

    @get("/probes/{probe:str}/address", needs="operate", include_in_schema=False)
    async def address_page(
        probe: FromPath[str], request: Asked, console: ConsoleDep, shell: ShellDep
    ) -> Response[str]:
        """The secret address of a job, ready to paste, and what the job said last."""
        one = _find(console, board, probe)
        probing = board.probing
        if one.kind != "heartbeat" or probing is None or console.as_of is not None:
            raise NotFound(f"{probe} has no address to call", hint="only a heartbeat of now has one")
        problem, address = "", ""
        try:
            address = (
                f"{str(request.base_url).rstrip('/')}/ping/{shell.segment(probe)}/{probing.address_of(probe)}"
            )
        except BindingsError as error:
            problem = str(error)
        beat = probing.beats.get(probe) or Beat(since=console.now())
        return shell.render(
            "monitoring/probe_address.html",
            here="/probes",
            row=_row(one, {}),
            address=address,
            problem=problem,
            beat=beat,
            get=probing.bindings().probes[probe].get,
        )

    return probes_page, address_page


def _api(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/api/v1/probes", needs="read", tags=TAGS, summary="List probes")
    async def list_probes(paging: PagingDep, console: ConsoleDep) -> Response[Probes]:
        """Every bound probe: how it is, from where, since when, and why."""
        known = paging.after(tuple[int, str])
        found = list(_probes(console, board))
        place = {
            one.name: (("down", "unknown", "waiting", "up").index(one.state), one.name.casefold())
            for one in found
        }

        def key(one: ProbeStatus) -> tuple[int, str]:
            return place[one.name]

        items, following = paging.page(later(found, known, key), key)
        body = Probes(items=items, next=following)
        return paging.answer(content_tag(body), lambda: body)

    @get("/api/v1/probes/{probe:str}", needs="read", tags=TAGS, summary="One probe")
    async def one_probe(request: Asked, probe: FromPath[str], console: ConsoleDep) -> Response[ProbeStatus]:
        """A probe by its name in the bindings."""
        body = _find(console, board, probe)
        return conditional(request, content_tag(body), lambda: body)

    @get("/api/v1/regions", needs="read", tags=TAGS, summary="List regions")
    async def list_regions(request: Asked, console: ConsoleDep) -> Response[Regions]:
        """The regions that probe, and when each was heard of last."""
        body = Regions(_regions(console, board))
        return conditional(request, content_tag(body), lambda: body)

    return list_probes, one_probe, list_regions


class NotProven(OpsguideError):
    """A region has not shown its token."""


class Unreadable(OpsguideError):
    """What a region sends is no report."""


def _proven(request: Asked, region: str, board: Board) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    probing = board.probing
    if kind.casefold() != "bearer" or probing is None or not probing.proves(region, token.strip()):
        hint = f"send the token that [regions.{region}] refers to, as Authorization: Bearer …"
        raise NotProven("this is not the region's token, or no such region is bound", hint=hint)


def _of_regions(board: Board) -> tuple[ControllerRouterHandler, ...]:
    @get("/regions/{region:str}/plan", needs="link", include_in_schema=False)
    async def region_plan(request: Asked, region: FromPath[str]) -> Response[Plan]:
        """For `opsguide probe`: the probes of the region, with its token."""
        _proven(request, region, board)
        assert board.probing is not None
        body = plan(board.probing.bindings(), region)
        return conditional(request, f'"{body.tag}"', lambda: body)

    @post(
        "/regions/{region:str}/looks",
        needs="link",
        include_in_schema=False,
        status_code=200,
        request_max_body_size=MOST_REPORT,
    )
    async def region_looks(request: Asked, region: FromPath[str]) -> Response[Taken]:
        """From `opsguide probe`: looks with their age, oldest first, with the region's token."""
        _proven(request, region, board)
        assert board.probing is not None
        try:
            report = msgspec.json.decode(await request.body(), type=Report)
        except msgspec.MsgspecError as error:
            raise Unreadable(
                f"this is no report: {error}", hint="use `opsguide probe` of this version"
            ) from None
        taken = await board.probing.received(region, report)
        return Response(
            Taken(taken, plan(board.probing.bindings(), region).tag), media_type="application/json"
        )

    return region_plan, region_looks


def _jobs(board: Board) -> tuple[ControllerRouterHandler, ...]:
    async def called(request: Asked, name: str, secret: str, word: str, *, by_get: bool) -> Response[str]:
        probing = board.probing
        probe = probing.heartbeat(name, secret) if probing is not None else None
        if probe is None or probing is None:
            return Response("there is no such address\n", status_code=404, media_type="text/plain")
        if by_get and not probe.get:
            said = (
                f"nothing was noted: POST to this address (curl -X POST …), or bind get = true for {name}\n"
            )
            return Response(said, status_code=405, media_type="text/plain", headers={"allow": "POST"})
        found = sign_of(word)
        if found is None:
            said = f"nothing was noted: {word!r} is neither start, fail nor an exit status from 0 to 255\n"
            return Response(said, status_code=400, media_type="text/plain")
        sign, why = found
        body = b"" if by_get else await request.body()
        await probing.signed(name, sign, why, body.decode(errors="replace"))
        return Response("OK\n", status_code=200, media_type="text/plain")

    @post(
        ["/ping/{probe:str}/{secret:str}", "/ping/{probe:str}/{secret:str}/{word:str}"],
        needs="link",
        include_in_schema=False,
        status_code=200,
        request_max_body_size=MOST_BODY,
    )
    async def ping(
        request: Asked, probe: FromPath[str], secret: FromPath[str], word: FromPath[str] = ""
    ) -> Response[str]:
        """Success; or `start`, `fail`, or the job's exit status at the end of the address."""
        return await called(request, probe, secret, word, by_get=False)

    @get(
        ["/ping/{probe:str}/{secret:str}", "/ping/{probe:str}/{secret:str}/{word:str}"],
        needs="link",
        include_in_schema=False,
    )
    async def ping_by_get(
        request: Asked, probe: FromPath[str], secret: FromPath[str], word: FromPath[str] = ""
    ) -> Response[str]:
        """The same where the binding says so; else nothing happens, so that previews are no sign of life."""
        return await called(request, probe, secret, word, by_get=True)

    return ping, ping_by_get


def handlers(board: Board) -> Sequence[ControllerRouterHandler]:
    """The routes of probes."""
    return (*_pages(board), *_api(board), *_of_regions(board), *_jobs(board))


def fragments(board: Board) -> Callable[[], Mapping[str, Fragment]]:
    """The event of the page: it comes when a state or a vote changes, and the page fetches itself."""

    def turned() -> Mapping[str, Fragment]:
        probing = board.probing
        courses = probing.courses.items() if probing is not None else ()
        key = tuple((name, one.judgement.state, tuple(one.judgement.votes.items())) for name, one in courses)
        return {EVENT: Fragment(key, lambda _before: "")}

    return turned
