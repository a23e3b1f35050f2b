"""`opsguide budget`: how much of each error budget is spent and on what, at any instant, read from the ledger."""

import sys
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from ..kernel.clock import Instant, rfc3339, to_datetime
from ..kernel.engine import Engine
from ..monitoring.budget_status import Incidents, budget_status, meanwhile, named
from ..monitoring.budgets import amount, spent
from ..monitoring.spending import Account, accounts
from ..monitoring.state import State
from ..service.clock import SystemClock
from ..storage.options import DEFAULT_DATA, DataOption
from .options import AsOfOption, JsonOption, moment
from .past import guide_at

LISTED = 10
BAR = 20


class Asked(StrEnum):
    """The period that runs, the one before it, the last thirty days."""

    THIS = "this"
    LAST = "last"
    ROLLING = "30d"


PeriodOption = Annotated[
    Asked, typer.Option("--period", help="The period that runs, the one before, or the last thirty days.")
]


def budget(
    data: DataOption = DEFAULT_DATA,
    period: PeriodOption = Asked.THIS,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how much of each error budget is left, and on what it was spent. Exit status 1 while one is gone.

    Reads the ledger, so it also answers when the service is down.
    """
    at = moment(as_of, SystemClock().now())
    engine, _ = guide_at(data, at)
    state: State = engine.state("monitoring")
    found = accounts(state, period.value, at)
    if as_json:
        sys.stdout.buffer.write(_json(found, state, _incidents(engine), at))
    else:
        _told(found, state, _incidents(engine), period)
    raise typer.Exit(1 if any(one.budget.known and one.budget.left < 0 for one in found) else 0)


def _incidents(engine: Engine) -> Incidents:
    state = engine.state("incidents")
    every = [*state.closed.values(), *state.open.values()]
    return tuple((one.opened_at, one.resolved_at, one.id) for one in every)


def _json(found: tuple[Account, ...], state: State, incidents: Incidents, at: Instant) -> bytes:
    said = {"at": rfc3339(at), "budgets": [_status(one, state, incidents) for one in found]}
    return msgspec.json.format(msgspec.json.encode(said)) + b"\n"


def _status(account: Account, state: State, incidents: Incidents) -> object:
    burn = state.burns.get(account.promise.id)
    return budget_status(
        account, burn.speed if burn is not None else None, burn.reason if burn is not None else "", incidents
    )


def _told(found: tuple[Account, ...], state: State, incidents: Incidents, period: Asked) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        console.print(
            "No availability target of the guide is bound: `opsguide check GUIDE --bindings` says what binds each"
        )
    for number, one in enumerate(found):
        if number:
            console.print()
        _one(console, one, state, incidents, period)


def _one(console: Console, one: Account, state: State, incidents: Incidents, period: Asked) -> None:
    found = one.budget
    console.print(Text(f"{one.promise.id}  line {one.promise.span.line}", "bold"))
    if not found.known:
        console.print(
            "  nothing was probed in this time" if found.count == "time" else "  no requests were counted"
        )
        return
    left = amount(abs(found.left), found.count)
    said = f"{left} left" if found.left >= 0 else f"{left} over"
    allowed = amount(found.allowed, found.count)
    console.print(
        Text(f"  {_bar(found.share_left)} {said} of {allowed}", "default" if found.left >= 0 else "bold red")
    )
    achieved = "" if one.achieved is None else f", {one.achieved * 100:.3f} % available"
    console.print(f"  {named(one.terms.period, period.value)}: {spent(found)}{achieved}")
    burn = state.burns.get(one.promise.id)
    if burn is not None and period is Asked.THIS:
        console.print(Text(f"  {burn.reason}", "yellow"))
    elif one.gone_at is not None:
        console.print(
            f"  at the speed of the last 3 days it is gone on {to_datetime(one.gone_at):%Y-%m-%d %H:%M} UTC"
        )
    for spend in one.spends[:LISTED]:
        names = " ".join(meanwhile(spend, one.until, incidents)) or "no incident"
        lasts = ", not over yet" if spend.end is None else ""
        cost = amount(spend.cost, found.count)
        console.print(
            Text(
                f"    {to_datetime(spend.start):%Y-%m-%d %H:%M} UTC  {cost}  {spend.share * 100:.1f} %  {names}{lasts}"
            )
        )
    if one.spent_in > LISTED:
        console.print(f"    {one.spent_in - LISTED} more; --json has the {len(one.spends)} most expensive")


def _bar(share: float) -> str:
    """What is left, as a bar; a reader that cannot see it has the numbers behind it."""
    full = round(max(0.0, min(1.0, share)) * BAR)
    return "█" * full + "░" * (BAR - full)
