"""A backtest from end to end: guides and samples in, what they would have given out."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from ...guide.promise import Promise
from ...guide.values import Alert, Objective
from ...kernel.clock import Instant, rfc3339, seconds_between, to_datetime
from ...kernel.duration import spoken
from ...kernel.errors import Refused
from ...kernel.ports import Sample, Telemetry
from ...monitoring import alerts, budgets, traffic
from ...monitoring.amounts import Bound, written
from ...monitoring.periods import Period
from ...monitoring.rules import bound_for, bound_of_uptime, main_environment_name
from ...monitoring.signals import Signal, signal_of
from ...monitoring.state import State
from ...telemetry.labels import NAME
from .model import AlertRow, Backtest, Firing, Month, ObjectiveRow, Side, Tells
from .replay import Fired, Guide, Lived, Replay, Rule, begin, rule
from .samples import GAP_STEPS, Course, InForce, Kept, Progress, Samples, Span, Weighing

CLOSELY_MS = 86_400_000
USUAL_STEP_MS = 60_000
USUAL_STEPS = 43_200
"""Up to a day is looked at as closely as it was watched; more of it by the minute, as far as thirty days."""

MOST_STEPS = 600_000
DAY_MS = 86_400_000
MOST_DAYS = 400

MONTH = Period("month")
"""Budgets are compared by calendar month and by time, whatever a guide says of its period."""

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
    history: Sequence[InForce],
    progress: Progress = lambda _share, _what: None,
) -> Backtest:
    """Each guide over the same samples. `history` are the versions that were in force. Raises Refused."""
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
    engine = begin(guide, span[0])
    state: State = engine.state("monitoring")
    environment = main_environment_name(state) or ""
    bound = state.bindings.environments.get(environment)
    every = bound.every if bound is not None else 15.0
    courses: dict[str, Course] = {}
    wanted = [one for one in state.promises.values() if _is_measured(one)]
    for number, promise in enumerate(wanted):
        told(0.9 * number / len(wanted), alerts.name(promise))

        def share(done: float, number: int = number, promise: Promise = promise) -> None:
            told(0.9 * (number + done) / len(wanted), alerts.name(promise))

        courses[promise.id] = await _course(state, promise, samples, (environment, every), share)
    probed = ((NAME, "probe_success"), ("environment", environment))
    probes = {environment: await asyncio.to_thread(samples.raw, probed, *span)}
    if bound is None or not bound.url:
        probes = {}
    rules = [found for one in wanted if (found := _rule(state, one, courses[one.id])) is not None]
    alarms = [one for one in rules if alerts.is_rule(one.promise)]
    probes = {name: course for name, course in probes.items() if len(course.times)}
    replay = Replay(engine, alarms, probes, every, span)
    lived = await asyncio.to_thread(replay.run, lambda done: told(0.9 + 0.1 * done, "living through it"))
    return await asyncio.to_thread(_told, guide, (lived, rules, courses, probes), span)


def _is_measured(promise: Promise) -> bool:
    values = promise.values
    return isinstance(values, Alert | Objective) and values.signal != "availability"


async def _course(
    state: State,
    promise: Promise,
    samples: Samples,
    place: tuple[str, float],
    told: Callable[[float], None],
) -> Course:
    missing = state.missing.get(promise.id)
    empty = Course(np.empty(0, np.int64), np.empty(0))
    if missing is not None:
        return Course(empty.times, empty.values, missing.reason)
    signal = signal_of(promise, state.bindings, *place, *await samples.present(state.bindings))
    if signal.expression is None:
        return Course(empty.times, empty.values, signal.problem)
    return await samples.course(signal, told, _weighing(state, promise, signal))


def _weighing(state: State, promise: Promise, signal: Signal) -> Weighing | None:
    """What is said of normal traffic is judged only where there was some."""
    flow = traffic.flow(signal, state.bindings)
    if flow is None or not traffic.is_for_normal(promise):
        return None

    def is_little(rate: float) -> bool:
        return bool(traffic.too_little(promise, state.bindings, [Sample({}, rate)]))

    return Weighing(f"{flow} from {state.bindings.monitoring.normal_traffic}", flow, is_little)


def _rule(state: State, promise: Promise, course: Course) -> Rule | None:
    return rule(state, promise, course) if len(course.times) and not course.problem else None


# What is said of it -------------------------------------------------------------------------------------------------

_Found = tuple[Lived, list[Rule], dict[str, Course], dict[str, Course]]


def _told(guide: Guide, found: _Found, span: Span) -> Side:
    lived, rules, courses, probes = found
    state = lived.state
    assert state is not None
    by_promise = {one.promise.id: one for one in rules}
    ordered = sorted(state.promises.values(), key=lambda one: (one.span, one.id))
    rows = list[AlertRow]()
    objectives = list[ObjectiveRow]()
    for promise in ordered:
        if not isinstance(promise.values, Alert | Objective):
            continue
        judged = by_promise.get(promise.id)
        if alerts.is_rule(promise):
            course = courses.get(promise.id)
            rows.append(_alert(state, promise, judged, (lived, course), span))
        elif _is_measured(promise):
            objectives.append(_target(state, promise, judged, courses[promise.id], span))
        else:
            objectives.append(_uptime(state, promise, probes, span))
    rows += _outages(lived, probes, span)
    firings = [one for row in rows for one in row.firings]
    people = Counter(person for one in firings if one.tells == "page" for person in one.to)
    return Side(
        name=guide.name,
        bindings=guide.bindings_said,
        alerts=tuple(rows),
        objectives=tuple(objectives),
        pages=sum(row.pages for row in rows),
        tickets=sum(row.tickets for row in rows),
        told=dict(sorted(people.items())),
    )


def _alert(
    state: State, promise: Promise, judged: Rule | None, found: tuple[Lived, Course | None], span: Span
) -> AlertRow:
    lived, course = found
    fired = lived.fired.get(promise.id, [])
    return _row(
        AlertRow(
            promise=promise.id,
            name=alerts.name(promise),
            line=promise.span.line,
            condition=_condition(state, promise),
            fired=0,
            firing_seconds=0.0,
            longest_seconds=0.0,
            pages=0,
            tickets=0,
            cleared=0,
            unknown_seconds=_unknown_seconds(course, span),
            problem=_problem(state, promise, judged, course),
            firings=(),
        ),
        tuple(_firing(one, span, judged) for one in fired),
        max(0, lived.pending.get(promise.id, 0) - len(fired)) if alerts.for_seconds(promise) else 0,
    )


def _row(empty: AlertRow, firings: tuple[Firing, ...], cleared: int) -> AlertRow:
    lasted = [one.seconds for one in firings]
    return AlertRow(
        promise=empty.promise,
        name=empty.name,
        line=empty.line,
        condition=empty.condition,
        fired=len(firings),
        firing_seconds=sum(lasted),
        longest_seconds=max(lasted, default=0.0),
        pages=sum(one.tells == "page" for one in firings),
        tickets=sum(one.tells == "ticket" for one in firings),
        cleared=cleared,
        unknown_seconds=empty.unknown_seconds,
        problem=empty.problem,
        firings=firings,
    )


def _problem(state: State, promise: Promise, judged: Rule | None, course: Course | None) -> str:
    if course is not None and course.problem:
        return course.problem
    if judged is None:
        return "the guide gives it no limit" if bound_for(state, promise) is None else "no samples"
    return "its signal had no value in all that time" if np.isnan(judged.course.values).all() else ""


def _condition(state: State, promise: Promise) -> str:
    bound, waits = bound_for(state, promise), alerts.for_seconds(promise)
    values = promise.values
    assert isinstance(values, Alert | Objective)
    said = f"{values.signal.replace('_', ' ')} {bound.text}" if bound is not None else "no limit"
    severity = values.severity if isinstance(values, Alert) else None
    return said + (f" for {spoken(waits)}" if waits else "") + (f", {severity}" if severity else "")


def _firing(one: Fired, span: Span, judged: Rule | None) -> Firing:
    until = one.end if one.end is not None else span[1]
    tells: Tells = "page" if one.pages else "ticket"
    if one.untold or not one.to:
        tells = "same" if one.same else "nobody"
    return Firing(
        start=rfc3339(one.start),
        end=rfc3339(one.end) if one.end is not None else None,
        seconds=seconds_between(one.start, until),
        peak=_peak(judged, one.start, until) if judged is not None else "",
        severity=one.severity,
        tells=tells,
        to=one.to,
        said=one.untold or one.said,
    )


def _peak(judged: Rule, start: Instant, end: Instant) -> str:
    times, values = judged.course.times, judged.course.values
    low, high = np.searchsorted(times, (start, end + 1))
    meanwhile = values[low:high]
    if not len(meanwhile) or np.isnan(meanwhile).all():
        return ""
    worst = np.nanmin(meanwhile) if judged.bound.op in ("<", "<=") else np.nanmax(meanwhile)
    return written(float(worst), judged.bound.unit)


def _lasting(course: Course, span: Span) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """How long each value stands, in seconds: until the next one, where that is near."""
    edges = np.append(course.times[1:], span[1])
    lasting = (edges - course.times) / 1000
    if len(lasting) > 1:
        lasting = np.minimum(lasting, GAP_STEPS * max(1.0, float(np.median(lasting))) + 300)
    return np.asarray(np.maximum(lasting, 0.0))


def _unknown_seconds(course: Course | None, span: Span) -> float:
    """How long there was no value: before the first one, and wherever there is none."""
    if course is None or not len(course.times):
        return seconds_between(*span)
    lasting = _lasting(course, span)
    return seconds_between(*span) - float(lasting[~np.isnan(course.values)].sum())


def _target(state: State, promise: Promise, judged: Rule | None, course: Course, span: Span) -> ObjectiveRow:
    broken = measured = 0.0
    bound: Bound | None = bound_for(state, promise)
    if judged is not None:
        lasting = _lasting(course, span)
        known = ~np.isnan(course.values)
        measured = float(lasting[known].sum())
        broken = float(lasting[known & ~np.asarray(judged.holds)].sum())
    return ObjectiveRow(
        promise=promise.id,
        name=alerts.name(promise),
        line=promise.span.line,
        limit=bound.text if bound is not None else "",
        measured_seconds=measured,
        broken_seconds=broken,
        unknown_seconds=max(0.0, _unknown_seconds(course, span)),
        problem=_problem(state, promise, judged, course),
        months=(),
    )


def _uptime(state: State, promise: Promise, probes: dict[str, Course], span: Span) -> ObjectiveRow:
    """The error budget by the real fold of outages, month by month."""
    target = bound_of_uptime(promise)
    environment = main_environment_name(state) or ""
    watched, course = state.environments.get(environment), probes.get(environment)
    missing = state.missing.get(promise.id)
    problem = missing.reason if missing is not None else "" if watched is not None else "no probes were kept"
    if target is None:
        problem = "the guide gives it no limit"
    months = list[Month]()
    if watched is not None and target is not None:
        for at in _month_ends(span):
            month = budgets.Terms(promise.id, target, MONTH, "time", without_maintenance=False)
            spent = budgets.budget(state, environment, month, at)
            months.append(Month(f"{to_datetime(at):%Y-%m}", spent.allowed, spent.spent))
    unknown = _unknown_seconds(course, span)
    return ObjectiveRow(
        promise=promise.id,
        name=alerts.name(promise),
        line=promise.span.line,
        limit=f">= {written(target, 'ratio', 9)}" if target is not None else "",
        measured_seconds=seconds_between(*span) - unknown,
        broken_seconds=sum(month.spent_seconds for month in months),
        unknown_seconds=max(0.0, unknown),
        problem=problem,
        months=tuple(months),
    )


def _month_ends(span: Span) -> Iterator[Instant]:
    """The last instant of each calendar month in the span, its own end for the last."""
    at = span[0]
    while at <= span[1]:
        _, following = MONTH.around(at)
        yield min(following - 1, span[1])
        at = following


def _outages(lived: Lived, probes: dict[str, Course], span: Span) -> Iterator[AlertRow]:
    """Environments that were down: no alert of the guide, but they open incidents as alerts do."""
    for name, course in probes.items():
        key = f"environment:{name}"
        empty = AlertRow(
            key, f"{name} is down", 0, "probes that fail in a row", 0, 0.0, 0.0, 0, 0, 0,
            max(0.0, _unknown_seconds(course, span)), "", (),
        )  # fmt: skip
        yield _row(empty, tuple(_firing(one, span, None) for one in lived.fired.get(key, [])), 0)
