"""Requests, counted for budgets: rates of counters, added up minute by minute from where the ledger ends.

Counting goes on where the ledger says that it ended: nothing is counted twice, and after a stop what the engine has of
the time between is made up for. Rates are right across counters that begin anew.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..guide.promise import Promise
from ..guide.values import Objective
from ..kernel.clock import Instant
from ..kernel.errors import QueryError
from ..kernel.ports import Matrix, Telemetry
from ..kernel.promise import Span
from . import budgets
from .commands import Counted
from .looking import Looker
from .signals import signal_of
from .state import State
from .tally import HOUR_MS
from .traffic import flow

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
USUAL_MS = 5 * MINUTE_MS
"""So often requests are put on the ledger while few fail; each minute while they fail faster than the budget lasts."""

MOST_BACK_MS = 30 * 24 * HOUR_MS
"""The engine has samples for so long."""

ERRORS = Promise(
    id="", keeper="monitoring", section="", control="threshold", span=Span(1, 1), text="",
    values=Objective(signal="error_rate"),
)  # fmt: skip


@dataclass(kw_only=True)
class Counting:
    """One for all environments; `looker` knows which instrumentations they have.

    `looked` is when each was asked for last, so that it is asked for once a minute.
    """

    state: Callable[[], State]
    telemetry: Telemetry
    looker: Looker
    looked: dict[str, Instant] = field(default_factory=dict)

    async def due(self, environment: str, every: float, now: Instant) -> tuple[Counted, ...]:
        """What is to be reported now. An engine that does not answer is asked again in the next minute."""
        end = (now - round(every * 1000)) // MINUTE_MS * MINUTE_MS
        targets = [terms.target for _, terms in budgets.objectives(self.state())]
        if not targets or self.looked.get(environment, 0) >= end:
            return ()
        self.looked[environment] = end
        counts = self.state().counts.get(environment)
        start = end - MINUTE_MS if counts is None else max(counts.until, end - MOST_BACK_MS)
        try:
            return await self._stretches(environment, every, (start, end), 1 - max(targets))
        except QueryError as error:
            log.debug("requests of %s are not counted: %s", environment, error.what)
            return ()

    async def _stretches(
        self, environment: str, every: float, span: tuple[Instant, Instant], allowed: float
    ) -> tuple[Counted, ...]:
        """Whole hours that were missed, then what is due of the one that runs. Raises QueryError."""
        found = list[Counted]()
        start, end = span
        while start < end:
            until = min(end, (start // HOUR_MS + 1) * HOUR_MS)
            one = await self._count(environment, every, start, until)
            if one is None:
                break
            hasty = one.failed > allowed * one.total
            if until - start >= USUAL_MS or hasty or until % HOUR_MS == 0:
                found.append(one)
            start = until
        return tuple(found)

    async def _count(self, environment: str, every: float, start: Instant, end: Instant) -> Counted | None:
        """None where nothing counts requests."""
        bindings = self.state().bindings
        present, remote = self.looker.seen(environment), self.looker.seen_there(environment)
        errors = signal_of(ERRORS, bindings, environment, every, present, remote)
        rate = flow(errors, bindings)
        if errors.expression is None or rate is None:
            return None
        engine = self.telemetry.own if errors.own else self.telemetry
        step = min(max(1000, round(every * 1000)), end - start)
        first = start + step
        total = _by_time(await engine.ask_range(rate, first, end, step))
        if not total:
            return Counted(environment, start, end, 0.0, 0.0)
        shares = _by_time(await engine.ask_range(errors.expression, first, end, step))
        seconds = (end - start) / 1000 / ((end - first) // step + 1)
        failed = sum(rate * min(1.0, shares.get(at, 0.0)) for at, rate in total.items())
        return Counted(environment, start, end, sum(total.values()) * seconds, failed * seconds)


def _by_time(found: Matrix) -> dict[Instant, float]:
    """The sum of all series at each instant; what is no number is left out."""
    values: dict[Instant, float] = {}
    for one in found.series:
        for at, value in zip(one.times, one.values, strict=True):
            if math.isfinite(value):
                values[at] = values.get(at, 0.0) + value
    return values
