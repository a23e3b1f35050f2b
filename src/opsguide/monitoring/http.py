"""The pages of signals: all of them, one with its chart, and the chart as a file."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from ..kernel.clock import rfc3339
from ..kernel.errors import QueryError
from ..web import marks
from ..web.changes import BinderDep
from ..web.charts import alone, draw
from ..web.console import Console
from ..web.live import Fragment
from ..web.marks import Held
from ..web.metrics import Metric, gauge
from ..web.pages import ConsoleDep, Link, Pages
from ..web.people import people
from ..web.shell import ShellDep
from . import http_api, http_budget, http_explore, shown
from .amounts import written
from .board import Board, Measured
from .catalogue import Use
from .databases import http as databases
from .lab import http as lab
from .probes import http as probes
from .shown import RANGES, USUAL_RANGE, Course
from .status import label, state_of
from .timeline import WORDS

STATES = {
    "measured": "measured",
    "no_data": "no data",
    "query_error": "query error",
    "stale": "source away",
    "undefined": "not defined",
    "partial": "answered in part",
    "no_traffic": "too little traffic",
}


class Line(Struct, frozen=True):
    """A line of the guide that stands on a signal."""

    use: Use
    held: Held


class Row(Struct, frozen=True):
    """A signal as a row of the list: `said` is its value, `limits` what the guide holds it to."""

    name: str
    href: str
    measured: Measured
    state: str
    word: str
    said: str
    limits: tuple[str, ...]
    origin: str
    lines: tuple[Line, ...]
    worst: str


async def rows(shell: Any, board: Board) -> list[Row]:
    """Every signal, as of the console's instant."""
    standings = shell.console.standings()
    return [_row(one, standings) for one in await shown.now_or_then(shell.console, board)]


def _row(one: Measured, standings: Any) -> Row:
    named = one.named
    lines = tuple(
        Line(use, Held(use.promise, standings.get(use.promise.id, marks.UNKNOWN))) for use in named.uses
    )
    state = state_of(one)
    return Row(
        name=named.name.replace("_", " "),
        href=named.name,
        measured=one,
        state=state,
        word=STATES[state],
        said="" if one.value is None else written(one.value, named.unit),
        limits=shown.limit_texts(named),
        origin=_origin(one),
        lines=lines,
        worst=marks.ordered(line.held for line in lines)[0].standing.kind if lines else "",
    )


def _origin(one: Measured) -> str:
    """Where the definition comes from, in words."""
    signal = one.named.signal
    if signal.origin == "bound":
        return f"bound as `{signal.source}` under `[signals]`"
    if signal.origin == "built_in" and signal.expression is not None:
        by = f"for {signal.name} (`{signal.source}`)" if signal.name else f"by `{signal.source}`"
        others = f"also here: {', '.join(signal.others)}" if signal.others else ""
        return "; ".join(filter(None, (f"built in, {by}", signal.note, others)))
    return one.problem or signal.problem


def handlers(board: Board) -> tuple[HTTPRouteHandler, ...]:
    @get("/signals", needs="read", include_in_schema=False)
    async def signals_page(shell: ShellDep) -> Response[str]:
        """Every signal that the guide names: value, limit, course, state, definition, lines."""
        return shell.render(
            "monitoring/signals.html",
            here="/signals",
            rows=await rows(shell, board),
            trends=shell.trends(),
            engine=board.telemetry.answering,
        )

    @get("/signals/{signal:str}", needs="read", include_in_schema=False)
    async def signal_page(
        signal: FromPath[str],
        console: ConsoleDep,
        shell: ShellDep,
        binder: BinderDep,
        range: FromQuery[str] = USUAL_RANGE,  # noqa: A002
    ) -> Response[str]:
        """One signal: its chart against the limits, and what changed meanwhile."""
        measured = await shown.find(console, board, signal)
        problem, found = "", None
        try:
            found = await shown.course(measured, board, shell, binder, range)
        except QueryError as error:
            problem = f"{error.where}: {error.what}" if error.where else error.what
        return shell.render(
            "monitoring/signal.html",
            here="/signals",
            row=_row(measured, console.standings()),
            course=found,
            chart=draw(shown.picture(found)) if found is not None else "",
            any=found is not None and any(series.values for series in found.series),
            names=[label(series.labels) for series in found.series] if found is not None else [],
            problem=problem,
            range=range,
            ranges=list(RANGES),
            most=shown.LINES_AT_MOST,
            people=people(console),
        )

    @post("/signals/{signal:str}/let-go", needs="operate", include_in_schema=False)
    async def let_go_form(
        signal: FromPath[str], data: URLEncodedBody[http_api.LettingGo], console: ConsoleDep
    ) -> Redirect:
        """The button Let go."""
        await shown.let_go(console, board, signal, data.by)
        return Redirect(f"/signals/{quote(signal, safe='')}", status_code=303)

    return signals_page, signal_page, let_go_form


def _picture(found: Course) -> str:
    return alone(shown.picture(found))


def file(board: Board) -> HTTPRouteHandler:
    forms = {"chart.svg": ("image/svg+xml", _picture), "values.csv": ("text/csv", _csv)}

    @get([f"/signals/{{signal:str}}/{name}" for name in forms], needs="read", include_in_schema=False)
    async def signal_file(
        request: Request[Any, Any, Any],
        signal: FromPath[str],
        console: ConsoleDep,
        shell: ShellDep,
        binder: BinderDep,
        range: FromQuery[str] = USUAL_RANGE,  # noqa: A002
    ) -> Response[str]:
        """The chart as a file of its own, or the values behind it: a row an instant, a column a series."""
        found = await shown.course(await shown.find(console, board, signal), board, shell, binder, range)
        name = request.url.path.rpartition("/")[2]
        kind, made = forms[name]
        return Response(made(found), media_type=kind, headers=_named(found, name.rpartition(".")[2]))

    return signal_file


def _named(one: Course, kind: str) -> dict[str, str]:
    """A name for the file that says what is in it; `inline`, so that the picture can be linked to."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in one.measured.named.name)
    return {"content-disposition": f'inline; filename="{safe}-{one.range}-{rfc3339(one.end)[:16]}.{kind}"'}


def _csv(one: Course) -> str:
    out = io.StringIO()
    table = csv.writer(out)
    name = one.measured.named.name
    table.writerow(["time", *(_harmless(label(series.labels)) or name for series in one.series)])
    columns = [dict(zip(series.times, series.values, strict=True)) for series in one.series]
    for at in range(one.start, one.end + 1, one.step_ms):
        table.writerow([rfc3339(at), *_cells(columns, at)])
    return out.getvalue()


def _cells(columns: list[dict[int, float]], at: int) -> Iterator[str]:
    for column in columns:
        value = column.get(at)
        yield "" if value is None or not math.isfinite(value) else repr(value)


def _harmless(text: str) -> str:
    """No spreadsheet takes a label for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _metrics(_console: Console, board: Board) -> Iterator[Metric]:
    """How it stands with a remote engine, for Prometheus; nothing where there is none."""
    engine = board.telemetry.answering
    if engine.name != "embedded":
        yield gauge("opsguide_engine_up", "1 while the remote engine answers, else 0.", not engine.problem)
    if engine.sending is not None:
        sent, dropped = float(engine.sending.sent), float(engine.sending.dropped)
        told = "Own samples sent by remote_write."
        yield Metric("opsguide_remote_write_samples_total", told, (({}, sent),), "counter")
        told = "Own samples that were lost on the way: refused, or too many while the engine was away."
        yield Metric("opsguide_remote_write_dropped_total", told, (({}, dropped),), "counter")
        yield gauge("opsguide_remote_write_waiting", "Own samples that wait.", engine.sending.waiting)


def _fragments(board: Board) -> Callable[[], Mapping[str, Fragment]]:
    """The live pieces of all pages here."""
    sources = (databases.fragments(board), probes.fragments(board), lab.fragments(board))
    return lambda: {name: piece for source in sources for name, piece in source().items()}


def pages(board: Board) -> Pages:
    """This chapter's part of the console. `board` knows the signals."""
    sparks = shown.Sparks(board)
    return Pages(
        name="monitoring",
        handlers=(
            *handlers(board),
            file(board),
            *http_api.handlers(board),
            *http_explore.handlers(board),
            *http_budget.handlers(),
            *databases.handlers(board),
            *probes.handlers(board),
            *lab.handlers(board),
        ),
        templates=Path(__file__).parent / "templates",
        links=(
            Link("Signals", "/signals", "s", 40),
            Link("Budget", "/budget", "u", 43),
            Link("Explore", "/explore", "e", 45, minor=True),
            Link("Probes", "/probes", "", 44, minor=True),
            Link("Databases", "/databases", "d", 47),
            Link("Lab", "/lab", "", 48, minor=True),
        ),
        fragments=_fragments(board),
        finds=partial(shown.finds, board=board),
        touches=shown.touches,
        words=WORDS,
        metrics=partial(_metrics, board=board),
        trends=sparks.all,
        chart=sparks.chart,
    )
