"""Explore: any PromQL as a chart and a table, what is wrong with it at its place. The address holds all of it."""

import math
import re
from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from ..kernel.errors import QueryError
from ..kernel.ports import Series, Telemetry
from ..web.api.answers import Asked, conditional, content_tag
from ..web.changes import Binder, BinderDep
from ..web.charts import draw
from ..web.pages import ConsoleDep
from ..web.shell import Shell, ShellDep
from .amounts import written
from .board import Board, Measured, patience
from .catalogue import NamedSignal
from .shown import LINES_AT_MOST, RANGES, Course, around, course_status, picture, stretch
from .signals import Signal
from .status import CourseStatus, label

ROWS_AT_MOST = 100
LONGEST = 5_000
USUAL = "1h"
_PLACE = re.compile(r"PromQL (\d+):(\d+)")


class Row(Struct, frozen=True):
    """One series of the answer: its newest value, and the least and most of the stretch."""

    name: str
    last: str
    least: str
    most: str


class Mistake(Struct, frozen=True):
    """What is wrong with an expression: `line` of it, with `caret` below the place; both empty where none is known."""

    what: str
    hint: str
    line: str
    caret: str


OWN = "own"
"""The value of `engine` for the embedded one beside a remote one: it has what opsguide itself looks at."""


def _engine(board: Board, wanted: str) -> Telemetry:
    return board.telemetry.own if wanted == OWN else board.telemetry


async def explored(query: str, engine: Telemetry, shell: Shell, binder: Binder, wanted: str) -> Course:
    """An expression over a stretch of time. Raises QueryError, UnknownRange."""
    start, end, step = stretch(shell.console, wanted)
    async with patience():
        answer = await engine.ask_range(query, start, end, step)
    ranked = sorted(
        answer.series, key=lambda one: -max((v for v in one.values if math.isfinite(v)), default=-math.inf)
    )
    named = NamedSignal("the expression", "", Signal(query), "count", ())
    incidents, versions = await around(shell, binder, start, end)
    return Course(
        Measured(named, None, None), wanted, start, end, step, ranked, incidents, versions, answer.warnings
    )


def table(series: Sequence[Series]) -> list[Row]:
    return [_row(one) for one in series[:ROWS_AT_MOST]]


def _row(one: Series) -> Row:
    values = [value for value in one.values if math.isfinite(value)]
    metric = one.labels.get("__name__", "")
    named = label(one.labels)
    name = f"{metric}{{{named}}}" if metric and named else metric or named or "the value"
    if not values:
        return Row(name, "–", "–", "–")
    return Row(name, *(written(value, "count", 4) for value in (values[-1], min(values), max(values))))


def mistake(query: str, error: QueryError) -> Mistake:
    """The error at its place in the expression."""
    found = _PLACE.fullmatch(error.where)
    lines = query.splitlines() or [""]
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return Mistake(error.what, error.hint, "", "")
    line = lines[int(found[1]) - 1]
    before = line[: int(found[2]) - 1]
    return Mistake(error.what, error.hint, line, re.sub(r"[^\t]", " ", before) + "^")


def handlers(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/explore", needs="read", include_in_schema=False)
    async def explore_page(
        console: ConsoleDep,
        shell: ShellDep,
        binder: BinderDep,
        q: FromQuery[str] = "",
        range: FromQuery[str] = USUAL,  # noqa: A002
        engine: FromQuery[str] = "",
    ) -> Response[str]:
        """An expression with its chart and its series; without one, what could be asked."""
        query, wrong, found = q.strip()[:LONGEST], None, None
        asked = _engine(board, engine)
        if query:
            try:
                found = await explored(query, asked, shell, binder, range)
            except QueryError as error:
                wrong = mistake(query, error)
        return shell.render(
            "monitoring/explore.html",
            here="/explore",
            query=query,
            range=range,
            ranges=list(RANGES),
            wrong=wrong,
            found=found,
            chart=draw(picture(found)) if found is not None else "",
            rows=table(found.series) if found is not None else [],
            drawn=LINES_AT_MOST,
            signals=[one for one in board.named(console.state("monitoring")) if one.signal.expression],
            metrics=sorted(asked.metric_names()),
            engine=board.telemetry.answering,
            own=engine == OWN,
        )

    @get("/explore/values", needs="read", include_in_schema=False)
    async def values(
        request: Asked,
        shell: ShellDep,
        binder: BinderDep,
        q: Annotated[str, QueryParameter(min_length=1, max_length=LONGEST)],
        range: FromQuery[str] = USUAL,  # noqa: A002
        engine: FromQuery[str] = "",
    ) -> Response[CourseStatus]:
        """What the chart in the browser draws. Programs ask `query_range`, as of any Prometheus."""
        body = course_status(await explored(q.strip(), _engine(board, engine), shell, binder, range))
        return conditional(request, content_tag(body), lambda: body)

    return explore_page, values
