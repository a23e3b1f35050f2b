"""A backtest from end to end: guides and samples in, what they would have given out."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from ...guide.bindings import every_of
from ...guide.promise import Promise
from ...kernel.clock import Instant, rfc3339
from ...kernel.errors import Refused
from ...kernel.ports import Sample, Telemetry
from ...monitoring import alerts, budgets, traffic
from ...monitoring.rules import main_environment_name
from ...monitoring.signals import Signal, signal_of
from ...monitoring.state import State
from ...telemetry.labels import NAME
from .counting import counted
from .model import Backtest, Side
from .replay import Guide, Replay, Rule, begin, rule
from .samples import Course, History, Kept, Progress, Samples, Span, Weighing
from .telling import is_measured, side

CLOSELY_MS = 86_400_000
USUAL_STEP_MS = 60_000
USUAL_STEPS = 43_200
"""Up to a day is looked at as closely as it was watched; more of it by the minute, as far as thirty days."""

MOST_STEPS = 600_000
DAY_MS = 86_400_000
MOST_DAYS = 400

NO_SAMPLES, SPAN = "no_samples", "unusable_time"
"""Why there is nothing to put through; a time that cannot be."""


class Asked(Struct, frozen=True):
    """`step_ms`: how far apart signals are asked for that were not recorded; None: as is usual."""

    start: Instant
    end: Instant
    step_ms: int | None = None


async def backtest(
    guides: Sequence[Guide],
    asked: Asked,
    sources: tuple[Telemetry, Kept],
    history: History,
    progress: Progress = lambda _share, _what: None,
) -> Backtest:
    """Each guide over the same samples. `history` is what was in force meanwhile. Raises Refused."""
    telemetry, kept = sources
    since = kept.since
    _hold(asked, since)
    assert since is not None
    span = (max(asked.start, since), asked.end)
    step = asked.step_ms or _usual_step(guides, span)
    if (span[1] - span[0]) // step > MOST_STEPS:
        raise Refused("the step is too small for so long a time", reason=SPAN, hint="take a larger one")
    samples = Samples(telemetry, kept, span, step, history)
    await samples.begin()
    sides = list[Side]()
    for number, guide in enumerate(guides):

        def told(share: float, what: str, number: int = number, guide: Guide = guide) -> None:
            progress((number + share) / len(guides), f"{guide.name}: {what}")

        sides.append(await _side(guide, samples, span, told))
    return Backtest(
        start=rfc3339(span[0]),
        end=rfc3339(span[1]),
        step_seconds=step / 1000,
        samples_since=rfc3339(since),
        sides=tuple(sides),
        notes=tuple(_notes(asked, span)),
    )


def _hold(asked: Asked, since: Instant | None) -> None:
    if asked.start >= asked.end:
        raise Refused(
            "the time ends before it begins", reason=SPAN, where="from", hint="write an earlier start"
        )
    if asked.end - asked.start > MOST_DAYS * DAY_MS:
        hint = f"samples are kept for thirteen months at most: ask for {MOST_DAYS} days or less"
        raise Refused("no samples are kept for so long", reason=SPAN, where="days", hint=hint)
    if since is None:
        hint = "bind where they come from (docs/how-to/metrics-in.md), and let the service run"
        raise Refused("there are no samples yet", reason=NO_SAMPLES, hint=hint)
    if since >= asked.end:
        raise Refused(
            f"there are no samples of that time: the first one is of {rfc3339(since)}",
            reason=NO_SAMPLES,
            where="from",
            hint="ask for a time after it",
        )


def _usual_step(guides: Sequence[Guide], span: Span) -> int:
    """The cadence of the watch, or a multiple of it for a long time."""
    every = min((_every(guide) for guide in guides), default=15.0)
    cadence, length = max(1_000, round(every * 1000)), span[1] - span[0]
    if length <= CLOSELY_MS:
        return cadence
    return max(cadence, USUAL_STEP_MS, -(-length // (USUAL_STEPS * 1000)) * 1000)


def _every(guide: Guide) -> float:
    return min((one.every for one in guide.bindings.environments.values()), default=15.0)


def _notes(asked: Asked, span: Span) -> Iterator[str]:
    if span[0] > asked.start:
        yield f"There are samples only since {rfc3339(span[0])}: the time before it is left out."


async def _side(guide: Guide, samples: Samples, span: Span, told: Progress) -> Side:
    """Courses first, then the core lives through them in a thread of its own."""
    engine = begin(guide, span[0], samples.history.chosen_for(guide.bindings))
    state: State = engine.state("monitoring")
    environment = main_environment_name(state) or ""
    every = every_of(state.bindings, environment)
    courses: dict[str, Course] = {}
    wanted = [one for one in state.promises.values() if is_measured(one)]
    for number, promise in enumerate(wanted):
        told(0.9 * number / len(wanted), alerts.name(promise))

        def share(done: float, number: int = number, promise: Promise = promise) -> None:
            told(0.9 * (number + done) / len(wanted), alerts.name(promise))

        courses[promise.id] = await _course(state, promise, samples, (environment, every), share)
    probes: dict[str, Course] = {}
    for place in dict.fromkeys((environment, *(terms.place for _, terms in budgets.objectives(state)))):
        if (at := state.bindings.environments.get(place)) is not None and at.url:
            probed = ((NAME, "probe_success"), ("environment", place))
            probes[place] = await asyncio.to_thread(samples.raw, probed, *span)
    rules = [found for one in wanted if (found := _rule(state, one, courses[one.id])) is not None]
    requests = await counted(state, samples, (environment, every), lambda done: told(0.9, "requests"))
    probes = {name: course for name, course in probes.items() if len(course.times)}
    replay = Replay(engine, rules, probes, requests, every, span)
    lived = await asyncio.to_thread(replay.run, lambda done: told(0.9 + 0.1 * done, "living through it"))
    return await asyncio.to_thread(side, guide, (lived, rules, courses, probes), span)


async def _course(
    state: State,
    promise: Promise,
    samples: Samples,
    place: tuple[str, float],
    told: Callable[[float], None],
) -> Course:
    missing = state.missing.get(promise.id)
    if missing is not None:
        return Course(np.empty(0, np.int64), np.empty(0), missing.reason)
    seen = await samples.present(state.bindings, promise)
    signal = signal_of(promise, state.bindings, *place, seen, state.chosen.get(promise.id))
    if signal.expression is None:
        return samples.nothing(signal.problem)
    return await samples.course(signal, told, _weighing(state, promise, signal))


def _weighing(state: State, promise: Promise, signal: Signal) -> Weighing | None:
    """No traffic is no silence, and what is said of normal traffic is judged only where there was some."""
    flow = signal.flow
    if not flow:
        return None
    normal = traffic.is_for_normal(promise)

    def is_little(rate: float) -> bool:
        return bool(traffic.too_little(promise, state.bindings, [Sample({}, rate)]))

    key = f"{flow} from {state.bindings.monitoring.normal_traffic if normal else 0}"
    return Weighing(key, flow, is_little, normal)


def _rule(state: State, promise: Promise, course: Course) -> Rule | None:
    return rule(state, promise, course) if len(course.times) else None
