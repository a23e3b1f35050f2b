"""Error budgets: when and on what were they spent? The page, its charts as files, and the API."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from markupsafe import Markup
from msgspec import Struct

from ..kernel.clock import Instant, rfc3339, seconds_between, to_datetime
from ..kernel.duration import spoken
from ..kernel.standing import Standing
from ..web import marks
from ..web.api.answers import Asked, Listing, conditional, content_tag
from ..web.changes import Binder, BinderDep
from ..web.charts import Band, Level, Line, Picture, Tick, alone, draw
from ..web.console import Console
from ..web.errors import NotFound
from ..web.pages import ConsoleDep, Event
from ..web.shell import Shell, ShellDep
from ..web.words import SHORT_MONTHS
from . import budgets, shown
from .budget_status import BudgetStatus, Incidents, budget_status, meanwhile, named
from .budgets import amount
from .periods import DAY, Period
from .spending import Account, Spend, Which, accounts
from .state import Burn, State

TAGS = ["budgets"]
PERIODS: tuple[Which, ...] = ("this", "last", "30d")


class Budgets(Listing, frozen=True, kw_only=True):
    """The error budgets of the guide's availability objectives, in its order."""

    items: tuple[BudgetStatus, ...]


class Row(Struct, frozen=True):
    """What a budget was spent on, with the incidents that were open meanwhile."""

    spend: Spend
    cost: str
    incidents: tuple[Event, ...]


class Section(Struct, frozen=True):
    """One objective on the page."""

    account: Account
    standing: Standing
    said: str
    period: str
    left: str
    allowed: str
    spent: str
    rows: tuple[Row, ...]
    chart: Markup
    small: Markup
    lasts: str
    burn: Burn | None
    other: str


def found(console: Console, which: Which) -> tuple[Account, ...]:
    """As of the console's instant."""
    state: State = console.state("monitoring")
    return accounts(state, which, console.now())


def one(console: Console, promise: str, which: Which) -> Account:
    """Raises NotFound."""
    account = next((one for one in found(console, which) if one.promise.id == promise), None)
    if account is None:
        hint = "/budget lists those of the guide in force"
        raise NotFound(f"the guide has no error budget {promise!r}", where=promise, hint=hint)
    return account


async def events(account: Account, shell: Shell, binder: Binder) -> tuple[list[Event], list[Event]]:
    """The incidents that were open while it was spent, and the guide versions of the period."""
    incidents, versions = await shown.around(shell, binder, account.budget.start, account.until)
    spans = _spans(incidents)
    involved = {name for spend in account.spends for name in meanwhile(spend, account.until, spans)}
    return [one for one in incidents if one.name in involved], versions


def picture(
    account: Account, state: State, incidents: Sequence[Event], versions: Sequence[Event], which: Which
) -> Picture:
    """What was left of the budget over its period, beside a budget that would be spent evenly."""
    found, until = account.budget, account.until
    end = found.end
    what = "downtime" if found.count == "time" else "failures"
    times, left = [at for at, _ in account.course], [value for _, value in account.course]
    said = amount(max(0.0, found.left), found.count)
    windows = [
        Band(began, until if ended is None else ended, "maintenance: a window was open")
        for began, ended in state.maintenance
        if began < end and (ended is None or ended > found.start)
    ]
    return Picture(
        title=f"{what} budget left, {named(account.terms.period, which)}: {said} of "
        f"{amount(found.allowed, found.count)}",
        about=f"spent {account.spent_in} times; {len(incidents)} incidents",
        start=found.start,
        end=end,
        lines=[
            Line(f"{what} budget left", times, left),
            Line("spent evenly", [found.start, end], [found.allowed, 0.0]),
            *_projected(account),
        ],
        levels=[Level(0.0, "gone", "limit", "below")],
        bands=[
            *(
                Band(e.start, until if e.end is None else min(e.end, until), f"{e.name}: {e.text}")
                for e in incidents
            ),
            *windows,
        ],
        ticks=[Tick(e.start, e.text) for e in versions],
        unit="seconds" if found.count == "time" else "count",
        say=partial(_axis, count=found.count),
    )


def _projected(account: Account) -> Iterator[Line]:
    """What will be left at the speed of the last three days, until it is gone."""
    if account.gone_at is not None and account.gone_at <= account.budget.end:
        yield Line("at this speed", [account.until, account.gone_at], [account.budget.left, 0.0])


def _axis(value: float, count: budgets.Count) -> str:
    """Below zero, too: more can be spent than there was."""
    said = amount(abs(value), count).removesuffix(" requests")
    return f"−{said}" if value < 0 else said


async def section(account: Account, shell: Shell, binder: Binder, which: Which) -> Section:
    state: State = shell.console.state("monitoring")
    incidents, versions = await events(account, shell, binder)
    known, held = account.budget, shell.console.standings()
    by_name = {event.name: event for event in incidents}
    rows = tuple(
        Row(
            spend,
            amount(spend.cost, known.count),
            tuple(by_name[name] for name in meanwhile(spend, account.until, _spans(incidents))),
        )
        for spend in account.spends
    )
    drawn = picture(account, state, incidents, versions, which) if account.course else None
    return Section(
        account=account,
        standing=held.get(account.promise.id, marks.UNKNOWN),
        said=marks.said(account.promise),
        period=named(account.terms.period, which),
        left=_left(account),
        allowed=amount(known.allowed, known.count),
        spent=amount(known.spent, known.count),
        rows=rows,
        chart=draw(drawn) if drawn is not None else Markup(),
        small=draw(drawn, shown.SHEET) if drawn is not None else Markup(),
        lasts=_lasts(account, which, shell.console.now()),
        burn=state.burns.get(account.promise.id) if which == "this" else None,
        other=_other(account),
    )


def _left(account: Account) -> str:
    left = account.budget.left
    return amount(left, account.budget.count) if left >= 0 else f"{amount(-left, account.budget.count)} over"


def _lasts(account: Account, which: Which, now: Instant) -> str:
    """How long the budget lasts at the speed of the last three days."""
    if which != "this":
        return "over" if which == "last" else "–"
    if account.budget.left < 0:
        return "gone"
    if account.gone_at is None:
        return "lasts"
    left = seconds_between(now, account.gone_at)
    if left < 2 * DAY:
        return f"gone in {spoken(left)}"
    day = to_datetime(account.gone_at)
    return f"gone on {day.day} {SHORT_MONTHS[day.month - 1]}"


def _other(account: Account) -> str:
    """The same period counted the other way, in a sentence; empty where nothing is known of that."""
    other = account.other
    if other is None:
        return ""
    if other.count == "time":
        return f"By time, it was down for {amount(other.spent, 'time')}."
    return f"By request, {other.spent:,.0f} of {other.total:,.0f} failed."


def _spans(incidents: Sequence[Event]) -> Incidents:
    return tuple((one.start, one.end, one.name) for one in incidents if one.kind == "incident")


def handlers() -> tuple[HTTPRouteHandler, ...]:
    @get("/budget", needs="read", include_in_schema=False)
    async def budget_page(
        console: ConsoleDep, shell: ShellDep, binder: BinderDep, period: FromQuery[Which] = "this"
    ) -> Response[str]:
        """When and on what were the error budgets spent?"""
        state: State = console.state("monitoring")
        sections = [await section(one, shell, binder, period) for one in found(console, period)]
        lacking = [
            (marks.said(promise), promise, state.missing[promise.id])
            for promise in state.promises.values()
            if promise.id in state.missing and budgets.terms_of(state, promise) is not None
        ]
        return shell.render(
            "monitoring/budget.html",
            here="/budget",
            sections=sections,
            lacking=lacking,
            period=period,
            periods=[(one, _tab(console, one)) for one in PERIODS],
        )

    @get("/budget/{promise:str}/chart.svg", needs="read", include_in_schema=False)
    async def budget_chart(
        promise: FromPath[str],
        console: ConsoleDep,
        shell: ShellDep,
        binder: BinderDep,
        period: FromQuery[Which] = "this",
    ) -> Response[str]:
        """The course of one budget as a file of its own."""
        account = one(console, promise, period)
        incidents, versions = await events(account, shell, binder)
        svg = alone(picture(account, console.state("monitoring"), incidents, versions, period))
        name = f"budget-{rfc3339(account.budget.start)[:10]}-{rfc3339(account.until)[:10]}.svg"
        headers = {"content-disposition": f'inline; filename="{name}"'}
        return Response(svg, media_type="image/svg+xml", headers=headers)

    @get("/api/v1/budgets", needs="read", tags=TAGS, summary="List error budgets")
    async def error_budgets(
        request: Asked,
        console: ConsoleDep,
        shell: ShellDep,
        period: FromQuery[Literal["this", "last", "30d"]] = "this",
    ) -> Response[Budgets]:
        """The error budget of each availability objective: allowed, spent, on what, and when it will be gone."""
        state: State = console.state("monitoring")
        items = tuple(_status(one, state, shell, period) for one in found(console, period))
        body = Budgets(items=items, next=None)
        return conditional(request, content_tag(body), lambda: body)

    return budget_page, budget_chart, error_budgets


def _status(account: Account, state: State, shell: Shell, which: Which) -> BudgetStatus:
    burn = state.burns.get(account.promise.id) if which == "this" else None
    incidents = _spans(shell.events(account.budget.start, account.until))
    return budget_status(
        account, burn.speed if burn is not None else None, burn.reason if burn is not None else "", incidents
    )


def _tab(console: Console, which: Which) -> str:
    """The name of a period for the switch: of the calendar where all objectives share one."""
    state: State = console.state("monitoring")
    periods = {terms.period.name for _, terms in budgets.objectives(state)}
    if which == "30d" or len(periods) == 1:
        said = named(Period(next(iter(periods), "month")), which)
    else:
        said = "this period" if which == "this" else "the period before"
    return said[:1].upper() + said[1:]
