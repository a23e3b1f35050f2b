"""Backtests in the console and the API: another text of the guide on the samples of the past. Changes nothing."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, URLEncodedBody
from msgspec import Meta, Struct

from ...guide.adoption import GuideAdopted
from ...kernel.clock import after, from_datetime
from ...kernel.errors import BindingsError, GuideError, OpsguideError, QueryError, Refused
from ...monitoring.board import Board
from ...web.api.description import refused
from ...web.changes import BinderDep
from ...web.console import Console
from ...web.errors import NotFound
from ...web.pages import ConsoleDep, Pages
from ...web.shell import ShellDep
from . import words
from .guides import guide_of, history, in_force, same
from .model import Backtest
from .replay import Guide
from .work import Asked
from .work import backtest as put_through

HERE = Path(__file__).parent / "templates"
DAYS = (1, 7, 30, 90)
USUAL_DAYS = 30
MOST_SECONDS = 300.0
NAMED = "the text tried"
IN_FORCE = "in force"

Moment = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(min_length=1, max_length=900_000)]


class Tried(Struct, frozen=True):
    """A guide's text. Without `bindings` (the text of an opsguide.toml) those in force are taken."""

    text: Text
    name: Annotated[str, Meta(min_length=1, max_length=200)] = NAMED
    bindings: Annotated[str, Meta(max_length=900_000)] | None = None


class Trying(Struct, frozen=True):
    """The guide to try, and after it the one to compare with; without a second one, the one in force.

    Instants are RFC 3339; without them, the last thirty days. `step_seconds` is how far apart those signals are looked
    at that were not recorded.
    """

    guides: Annotated[tuple[Tried, ...], Meta(min_length=1, max_length=2)]
    start: Moment | None = None
    end: Moment | None = None
    step_seconds: Annotated[float, Meta(ge=1, le=86_400)] | None = None


class Form(Struct, frozen=True):
    """The page's form."""

    text: str
    days: int = USUAL_DAYS


class Bench:
    """Works on one backtest at a time, beside what goes on."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._busy = asyncio.Lock()

    async def work(self, console: Console, guides: list[Guide], asked: Asked) -> Backtest:
        """Raises Refused while another one is worked on, OpsguideError for what cannot be tried."""
        if self._busy.locked():
            hint = "try again in a minute"
            raise Refused("another backtest is being worked on", reason="busy", hint=hint)
        telemetry = self._board.telemetry
        kept: Any = telemetry.own
        clock = asyncio.get_running_loop().time
        deadline = clock() + MOST_SECONDS

        def told(_share: float, _what: str) -> None:
            if clock() > deadline:
                hint = "take fewer days, or a larger step"
                raise QueryError(f"the backtest takes longer than {MOST_SECONDS:g} s", hint=hint)

        async with self._busy:
            chosen = dict(console.state("monitoring").chosen)
            versions = await asyncio.to_thread(
                lambda: history(console.history("guide"), console.now(), chosen)
            )
            return await put_through(guides, asked, (telemetry, kept), versions, told)


def compared(console: Console, first: Guide) -> list[Guide]:
    """With the guide in force, where that is another one."""
    current = in_force(console.guide)
    return [first] if current is None or same(first, current) else [first, current]


def _guide(console: Console, one: Tried) -> Guide:
    current = console.guide.current
    if one.bindings is not None:
        return guide_of(one.name, one.text, ("opsguide.toml", one.bindings))
    if current is None:
        raise NotFound("no guide is in force, so that no bindings are", where="bindings", hint="send some")
    return guide_of(one.name, one.text, current.adopted.bindings)


def _asked(console: Console, data: Trying) -> Asked:
    now = console.now()
    end = now if data.end is None else min(now, from_datetime(data.end))
    start = after(end, -USUAL_DAYS * 86400) if data.start is None else from_datetime(data.start)
    return Asked(start, end, None if data.step_seconds is None else round(data.step_seconds * 1000))


def pages(board: Board) -> Pages:
    bench = Bench(board)

    @post(
        "/api/v1/backtests",
        needs="read",
        tags=["guide"],
        status_code=200,
        summary="Try other thresholds on the past",
        responses=refused(
            {
                409: "A text cannot be used (`unusable`), the time cannot (`no_samples`, `unusable_time`), "
                "or another one is being worked on (`busy`)"
            }
        ),
    )
    async def backtest(data: JSONBody[Trying], console: ConsoleDep) -> Backtest:
        """Which alerts, pages and budget a guide would have given, beside another one. Nothing is recorded, nobody is
        told."""
        try:
            guides = [await asyncio.to_thread(_guide, console, one) for one in data.guides]
        except (GuideError, BindingsError) as error:
            raise Refused(error.what, reason="unusable", where=error.where, hint=error.hint) from None
        both = guides if len(guides) > 1 else compared(console, guides[0])
        return await bench.work(console, both, _asked(console, data))

    @get("/backtest", needs="read", include_in_schema=False)
    async def form_page(
        console: ConsoleDep, shell: ShellDep, binder: BinderDep, version: FromQuery[int | None] = None
    ) -> Response[str]:
        """A text to try, at first that of the guide in force or of an older version."""
        text = await _text(console, binder, version)
        return shell.render("backtest/page.html", **_context(text, USUAL_DAYS), version=version)

    @post("/backtest", needs="read", include_in_schema=False, status_code=200)
    async def result_page(data: URLEncodedBody[Form], console: ConsoleDep, shell: ShellDep) -> Response[str]:
        """The button Try it."""
        context = _context(data.text, data.days)
        try:
            guide = await asyncio.to_thread(_guide, console, Tried(data.text, NAMED))
            end = console.now()
            asked = Asked(after(end, -max(1, min(data.days, 400)) * 86400), end)
            context["found"] = await bench.work(console, compared(console, guide), asked)
        except OpsguideError as error:
            context["wrong"] = error
        return shell.render("backtest/page.html", **context, version=None)

    return Pages(name="backtest", handlers=(backtest, form_page, result_page), templates=HERE)


def _context(text: str, days: int) -> dict[str, Any]:
    return {
        "here": "/changes",
        "text": text,
        "days": days,
        "choices": DAYS,
        "found": None,
        "wrong": None,
        "said": words,
    }


async def _text(console: Console, binder: Any, version: int | None) -> str:
    """Raises NotFound."""
    current = console.guide.current
    if version is None:
        return current.adopted.text if current is not None else ""
    for entry in await binder.entries(console):
        if getattr(entry, "version", None) == version:
            fact = next(console.facts(entry.seq - 1, entry.seq), None)
            if fact is not None and isinstance(fact.fact.data, GuideAdopted):
                return fact.fact.data.text
    hint = "/changes lists those that were adopted"
    raise NotFound(f"no version {version} was ever in force", where=f"version {version}", hint=hint)
