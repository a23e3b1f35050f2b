"""Requests, counted for budgets: rates of counters, added up minute by minute from where the ledger ends.

Counting goes on where the ledger says that it ended: nothing is counted twice, and after a stop what the engine has of
the time between is made up for. Rates are right across counters that begin anew.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..guide.bindings import built_in
from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from ..kernel.clock import Instant
from ..kernel.errors import QueryError
from ..kernel.ports import Matrix, Telemetry
from ..kernel.promise import Span
from . import budgets
from .commands import Counted
from .looking import Looker
from .rules import main_environment_name, part_judging
from .signals import signal_of
from .state import Chosen, State
from .tally import HOUR_MS

log = logging.getLogger(__name__)

MINUTE_MS = 60_000
USUAL_MS = 5 * MINUTE_MS
"""So often requests are put on the ledger while few fail; each minute while they fail faster than the budget lasts."""

MOST_BACK_MS = 30 * 24 * HOUR_MS
"""The engine has samples for so long."""


def errors_in(state: State, place: str) -> Promise:
    """The requests that fail, of all of the service or of a part."""
    scope = None if place == main_environment_name(state) else place
    return Promise(
        id="", keeper="monitoring", section="", control="threshold", span=Span(1, 1), text="",
        values=Objective(signal="error_rate", scope=scope),
    )  # fmt: skip


def chosen_for(state: State, errors: Promise) -> Chosen | None:
    """What counts the requests of which the guide says how many may fail, in the same part of the service."""
    part = part_judging(state, errors)
    for promise, chosen in state.chosen.items():
        known = state.promises.get(promise)
        values = known.values if known is not None else None
        if isinstance(values, Alert | Objective) and built_in(values.signal) == "error_rate":
            if known is not None and part_judging(state, known) == part:
                return chosen
    return None


@dataclass(kw_only=True)
class Counting:
    """One for all environments and parts of the service; `looker` knows which instrumentations they have.

    `looked` is when each was asked for last, so that it is asked for once a minute.
    """

    state: Callable[[], State]
    telemetry: Telemetry
    looker: Looker
    looked: dict[str, Instant] = field(default_factory=dict)

    async def due(self, environment: str, every: float, now: Instant) -> tuple[Counted, ...]:
        """What is to be reported now. An engine that does not answer is asked again in the next minute."""
        targets = [terms for _, terms in budgets.objectives(self.state())]
        parts = (terms.place for terms in targets if terms.count == "requests")
        found = list[Counted]()
        for place in dict.fromkeys((environment, *parts) if targets else ()):
            found += await self._due(place, every, 1 - max(terms.target for terms in targets), now)
        return tuple(found)

    async def _due(self, place: str, every: float, allowed: float, now: Instant) -> tuple[Counted, ...]:
        end = (now - round(every * 1000)) // MINUTE_MS * MINUTE_MS
        if self.looked.get(place, 0) >= end:
            return ()
        self.looked[place] = end
        counts = self.state().counts.get(place)
        start = end - MINUTE_MS if counts is None else max(counts.until, end - MOST_BACK_MS)
        try:
            return await self._stretches(place, every, (start, end), allowed)
        except QueryError as error:
            log.debug("requests of %s are not counted: %s", place, error.what)
            return ()

    async def _stretches(
        self, place: str, every: float, span: tuple[Instant, Instant], allowed: float
    ) -> tuple[Counted, ...]:
        """Whole hours that were missed, then what is due of the one that runs. Raises QueryError."""
        found = list[Counted]()
        start, end = span
        while start < end:
            until = min(end, (start // HOUR_MS + 1) * HOUR_MS)
            one = await self._count(place, every, start, until)
            if one is None:
                break
            hasty = one.failed > allowed * one.total
            if until - start >= USUAL_MS or hasty or until % HOUR_MS == 0:
                found.append(one)
            start = until
        return tuple(found)

    async def _count(self, place: str, every: float, start: Instant, end: Instant) -> Counted | None:
        """None where nothing counts requests."""
        state = self.state()
        main = main_environment_name(state) or ""
        promise = errors_in(state, place)
        seen = self.looker.seen(part_judging(state, promise))
        errors = signal_of(promise, state.bindings, main, every, seen, chosen_for(state, promise))
        if errors.expression is None or not errors.flow:
            return None
        engine = self.telemetry.own if errors.own else self.telemetry
        step = min(max(1000, round(every * 1000)), end - start)
        first = start + step
        total = _by_time(await engine.ask_range(errors.flow, first, end, step))
        if not total:
            return Counted(place, start, end, 0.0, 0.0)
        shares = _by_time(await engine.ask_range(errors.expression, first, end, step))
        seconds = (end - start) / 1000 / ((end - first) // step + 1)
        failed = sum(rate * min(1.0, shares.get(at, 0.0)) for at, rate in total.items())
        return Counted(place, start, end, sum(total.values()) * seconds, failed * seconds)


def _by_time(found: Matrix) -> dict[Instant, float]:
    """The sum of all series at each instant; what is no number is left out."""
    values: dict[Instant, float] = {}
    for one in found.series:
        for at, value in zip(one.times, one.values, strict=True):
            if math.isfinite(value):
                values[at] = values.get(at, 0.0) + value
    return values
