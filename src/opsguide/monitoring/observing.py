"""What the guide's signals are now: asked of the engine that has them, in one batch, at one instant."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from ..kernel.clock import Clock, Instant
from ..kernel.errors import EngineAway, QueryError
from ..kernel.ports import Sample, Telemetry, Vector
from .commands import Observation, Unmeasured
from .looking import Looker
from .rules import environment_of, parts, signal_for
from .signals import Signal
from .state import State
from .traffic import weighed

RECORDED = "promise:signal"
"""The metric under which every promise's signal is recorded: a name with a colon, as of a Prometheus recording rule."""


class Live(Struct, frozen=True):
    """The newest observation of a promise, for the console: the ledger only has transitions and evidence.

    Where `value` is None, `why` and `problem` say the reason; else `problem` is what the engine warns of, and why its
    answer is `partial`.
    """

    value: float | None
    at: Instant
    problem: str = ""
    why: Unmeasured = "no_data"


async def answers_of(
    telemetry: Telemetry, asked: Iterable[tuple[Signal, str | None]], at: Instant
) -> dict[tuple[bool, str], Vector | QueryError]:
    """(own, expression) → what the engine that has the signal answers to an expression about it.

    Several promises ask for the same: a target, its alert level, a rule.
    """
    found: dict[tuple[bool, str], Vector | QueryError] = {}
    wanted = list(dict.fromkeys((signal.own, text) for signal, text in asked if text is not None))
    for engine, own in ((telemetry.own, True), (telemetry, False)):
        keys = [key for key in wanted if key[0] is own]
        answers = await engine.ask([text for _, text in keys], at)
        found.update(zip(keys, answers, strict=True))
    return found


@dataclass(kw_only=True)
class Observer:
    """`away` says why the source of a signal gives nothing now, or "", `partly` which part of it does not; what was
    seen last stands in `live`.
    """

    state: Callable[[], State]
    telemetry: Telemetry
    looker: Looker
    clock: Clock
    away: Callable[[Signal, str], str]
    live: dict[str, Live]
    partly: Callable[[Signal, str], str] = lambda _signal, _environment: ""

    async def look(self, environment: str, every: float, *, record: bool = True) -> tuple[Observation, ...]:
        """The value of every promise's signal now: asked of the engines in one batch each.

        `record`: kept as series of their own, for as long as recorded series are, while raw samples are gone sooner.
        """
        unknown = await self.looker.look(parts(self.state()), self.clock.now())
        state, now = self.state(), self.clock.now()
        # Held from here on: while an engine elsewhere is asked, a guide may be adopted that has them no more.
        promises = [
            one for one in state.promises.values() if _is_measured(one) and one.id not in state.missing
        ]
        places = [environment_of(state, one) for one in promises]
        signals = [signal_for(state, one, every, self.looker.seen) for one in promises]
        asked = [(signal, signal.expression) for signal in signals]
        asked += [(signal, signal.flow or None) for signal in signals]
        answers = await answers_of(self.telemetry, asked, now)
        seen = list[Observation]()
        for promise, place, signal in zip(promises, places, signals, strict=True):
            answer = answers.get((signal.own, signal.expression or ""))
            one = self._missing(promise.id, signal, place, unknown) or weighed(
                _observed(promise.id, signal, answer, self.looker.lacking),
                promise,
                state.bindings,
                answers.get((signal.own, signal.flow)),
            )
            seen.append(self._in_part(one, signal, place))
        for one in seen:
            self.live[one.promise] = Live(one.value, now, one.problem, one.why)
        if record:
            self._record(environment, seen, now)
        return tuple(seen)

    def _missing(
        self, promise: str, signal: Signal, environment: str, unknown: QueryError | None
    ) -> Observation | None:
        away = self.away(signal, environment)
        if away:
            return Observation(promise, None, away, "stale")
        if signal.lost:
            return Observation(promise, None, signal.problem, "stale")
        if unknown is not None and signal.expression is None and not signal.undefined:
            return _observed(promise, signal, unknown, "")
        return None

    def _in_part(self, seen: Observation, signal: Signal, environment: str) -> Observation:
        """A value to which a target that is away adds nothing proves what is wrong, never that all is well."""
        said = self.partly(signal, environment) if seen.value is not None and seen.why != "partial" else ""
        return replace(seen, why="partial", problem=said) if said else seen

    def _record(self, environment: str, seen: Sequence[Observation], now: Instant) -> None:
        samples = [
            Sample({"__name__": RECORDED, "promise": one.promise}, one.value)
            for one in seen
            if one.value is not None
        ]
        self.telemetry.ingest(samples, now, {"job": "opsguide", "environment": environment})


def _is_measured(promise: Promise) -> bool:
    """Availability is not: it is folded from outages."""
    return isinstance(promise.values, Alert | Objective) and promise.values.signal != "availability"


def _observed(promise: str, signal: Signal, answer: Vector | QueryError | None, lacking: str) -> Observation:
    """What the engine's answer says of a promise; None where there is nothing to ask."""
    if answer is None and signal.undefined:
        return Observation(promise, None, signal.problem, "undefined")
    if answer is None:
        return Observation(promise, None, lacking or signal.problem)
    if isinstance(answer, EngineAway):
        return Observation(promise, None, answer.what, "stale")
    if isinstance(answer, QueryError):
        return Observation(promise, None, f"the query failed: {answer.what}", "query_error")
    warned = f"the engine warns: {'; '.join(answer.warnings)}" if answer.warnings else ""
    # Neither NaN nor infinity is a measurement (nothing by nothing), and JSON has neither.
    values = [sample.value for sample in answer.samples if math.isfinite(sample.value)]
    if answer.samples and not values:
        return Observation(
            promise, None, warned or "no traffic to measure", "partial" if warned else "no_traffic"
        )
    if not values:
        if warned:
            return Observation(promise, None, warned, "partial")
        return Observation(promise, None, signal.empty or "nothing answers its expression")
    why: Unmeasured = "partial" if warned else "no_data"
    if signal.origin == "bound":
        return Observation(promise, max(values), warned, why)
    return Observation(promise, max(values), warned, why, signal.by, signal.source, signal.name)
