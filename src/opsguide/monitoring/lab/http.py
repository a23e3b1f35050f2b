"""The lab on the web: the page with the last checks and their course, the API, and the button Check now."""

import math
from collections.abc import Callable, Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from markupsafe import Markup
from msgspec import Struct

from ...guide.bindings import Bindings
from ...kernel.clock import parse_instant
from ...kernel.errors import QueryError, Refused
from ...web.api.answers import Asked, conditional, content_tag
from ...web.api.description import refused
from ...web.charts import SPARK, Line, Picture, draw
from ...web.console import Console
from ...web.errors import NotFound
from ...web.live import Fragment
from ...web.pages import ConsoleDep
from ...web.shell import STATIC, ShellDep
from ..board import Board
from .edge.laboratory import Laboratory
from .status import LabMetric, LabStatus, pages
from .words import COLUMNS, say

TAGS = ["lab"]
EVENT = "lab"
"""The live event that says that a check begins or is over."""

COURSE_MS, STEP_MS = 7 * 86_400_000, 3_600_000
"""The course of LCP on the page: a week, a point an hour."""


def measuring() -> str:
    """The script that measures from within a page: console/lab.ts, bundled. Raises OSError."""
    return (STATIC / "lab.js").read_text(encoding="utf-8")


class LabPages(Struct, frozen=True):
    """The pages of the lab, in the order of the bindings."""

    items: tuple[LabStatus, ...]


class Cell(Struct, frozen=True):
    """A metric in words; `span` is the lowest and the highest, "" where all loads were alike."""

    said: str
    span: str


class Row(Struct, frozen=True):
    """A page of the lab in words."""

    one: LabStatus
    cells: Mapping[str, Cell]
    course: Markup | str


def _bound(console: Console, board: Board) -> Bindings:
    """Those of the console's instant; of now with their addresses."""
    if console.as_of is None and board.lab is not None:
        return board.lab.bindings()
    current = console.guide.current
    return current.adopted.bindings if current is not None else Bindings()


def _pages(console: Console, board: Board) -> tuple[LabStatus, ...]:
    lab = board.lab if console.as_of is None else None
    return pages(_bound(console, board), lab, console.now())


def _find(console: Console, board: Board, name: str) -> LabStatus:
    found = next((one for one in _pages(console, board) if one.name == name), None)
    if found is None:
        hint = "the page Lab lists them: /lab"
        raise NotFound(f"no page {name} is bound under [lab]", where=name, hint=hint)
    return found


def _ask(console: Console, board: Board, name: str) -> LabStatus:
    """Have a page checked now. Raises Refused."""
    _find(console, board, name)
    lab = _lab(board)
    if not lab.ask(name):
        raise Refused(f"{name} is being checked", reason="already_running", hint="its result comes soon")
    return _find(console, board, name)


def _lab(board: Board) -> Laboratory:
    assert board.lab is not None
    return board.lab


def _cell(one: LabMetric) -> Cell:
    low, high = say(one.metric, one.lowest), say(one.metric, one.highest)
    return Cell(say(one.metric, one.median), f"{low} to {high}" if low != high else "")


async def _courses(console: Console, board: Board) -> Mapping[str, Markup]:
    """LCP of the last week by page; none of a past instant."""
    if console.as_of is not None:
        return {}
    end = console.now() // STEP_MS * STEP_MS + STEP_MS
    start = end - COURSE_MS
    try:
        found = await board.telemetry.own.ask_range(
            "max by (page) (lab_lcp_seconds)", start, end - STEP_MS, STEP_MS
        )
    except QueryError:
        return {}
    drawn = {}
    for series in found.series:
        values = [value for value in series.values if math.isfinite(value)]
        if len(values) > 1:
            low, high = say("lcp", min(values)), say("lcp", max(values))
            picture = Picture(
                title=f"LCP in the last week: {low} to {high}",
                start=start,
                end=end,
                lines=[Line("LCP", series.times, series.values)],
                gap_ms=STEP_MS * 3 // 2,
                unit="seconds",
                say=lambda value: say("lcp", value),
            )
            drawn[series.labels.get("page", "")] = draw(picture, SPARK)
    return drawn


def handlers(board: Board) -> Sequence[ControllerRouterHandler]:
    """The routes of the lab."""

    @get("/lab", needs="read", include_in_schema=False)
    async def lab_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """Pages that are loaded in a browser on a schedule: the last check of each, its course, its errors."""
        courses = await _courses(console, board)
        rows = [
            Row(one, {found.metric: _cell(found) for found in one.metrics}, courses.get(one.name, ""))
            for one in _pages(console, board)
        ]
        return shell.render(
            "monitoring/lab.html", here="/lab", rows=rows, columns=COLUMNS, instant=parse_instant
        )

    @post("/lab/{page:str}/check", needs="operate", include_in_schema=False)
    async def check_form(page: FromPath[str], console: ConsoleDep) -> Redirect:
        """The button Check now."""
        _ask(console, board, page)
        return Redirect("/lab", status_code=303)

    @get("/api/v1/lab", needs="read", tags=TAGS, summary="List pages of the lab")
    async def list_lab(request: Asked, console: ConsoleDep) -> Response[LabPages]:
        """Every page that is loaded on a schedule, with the medians of its last check."""
        body = LabPages(_pages(console, board))
        return conditional(request, content_tag(body), lambda: body)

    @get("/api/v1/lab/{page:str}", needs="read", tags=TAGS, summary="One page of the lab")
    async def one_lab(request: Asked, page: FromPath[str], console: ConsoleDep) -> Response[LabStatus]:
        """A page by its name in the bindings."""
        body = _find(console, board, page)
        return conditional(request, content_tag(body), lambda: body)

    @post(
        "/api/v1/lab/{page:str}/check",
        needs="operate",
        tags=TAGS,
        status_code=202,
        summary="Check a page now",
        responses=refused({409: "It is being checked (`already_running`)"}),
    )
    async def check_lab(page: FromPath[str], console: ConsoleDep) -> LabStatus:
        """It is loaded as soon as no other page is. `checked_at` of the page changes when the check is over."""
        return _ask(console, board, page)

    return lab_page, check_form, list_lab, one_lab, check_lab


def fragments(board: Board) -> Callable[[], Mapping[str, Fragment]]:
    """The event of the page: it comes when a check begins or is over, and the page fetches itself."""

    def turned() -> Mapping[str, Fragment]:
        key = board.lab.version if board.lab is not None else 0
        return {EVENT: Fragment((key,), lambda _before: "")}

    return turned
