"""What a backtest says of each alert and objective."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ...guide.promise import Promise
from ...guide.values import Alert, Objective
from ...kernel.clock import Instant, rfc3339, seconds_between, to_datetime
from ...kernel.duration import spoken
from ...monitoring import alerts, budgets, burning
from ...monitoring.amounts import Bound, written
from ...monitoring.periods import Period
from ...monitoring.rules import bound_for, bound_of_uptime, uptime_environment
from ...monitoring.state import State
from .model import SILENT, AlertRow, Firing, Month, ObjectiveRow, Side, Tells
from .replay import Fired, Guide, Lived, Rule
from .samples import GAP_STEPS, Course, Span

MONTH = Period("month")
"""Budgets are compared by calendar month and by time, whatever a guide says of its period."""

Found = tuple[Lived, list[Rule], dict[str, Course], dict[str, Course]]


def is_measured(promise: Promise) -> bool:
    """Whether its value is asked for; an availability is folded from outages."""
    values = promise.values
    return isinstance(values, Alert | Objective) and values.signal != "availability"


def side(guide: Guide, found: Found, span: Span) -> Side:
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
        elif is_measured(promise):
            objectives.append(_target(state, promise, judged, courses[promise.id], span))
        else:
            objectives.append(_uptime(state, promise, probes, span))
    rows += [*_burns(state, lived, span), *_silences(state, lived, span), *_outages(lived, probes, span)]
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
        broken = float(lasting[known & ~judged.holds].sum())
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
    place = uptime_environment(state, promise)
    watched, course = state.environments.get(place), probes.get(place)
    missing = state.missing.get(promise.id)
    problem = missing.reason if missing is not None else "" if watched is not None else "no probes were kept"
    if target is None:
        problem = "the guide gives it no limit"
    months = list[Month]()
    if watched is not None and target is not None:
        for at in _month_ends(span):
            month = budgets.Terms(promise.id, target, MONTH, "time", without_maintenance=False, place=place)
            spent = budgets.budget(state, month, at)
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


def _burns(state: State, lived: Lived, span: Span) -> Iterator[AlertRow]:
    """The burn rates of each error budget, those that page and those that make a ticket."""
    lacks = {"time": "no probes were kept", "requests": "no requests could be counted"}
    for promise, terms in budgets.objectives(state):
        known = terms.place in (state.environments if terms.count == "time" else state.counts)
        paces = burning.paces(state, terms)
        for speed in dict.fromkeys(pace.speed for pace in paces):
            key = f"budget:{promise.id}:{speed}"
            when = [
                f"{pace.factor:.3g} × over {spoken(pace.long)} and {spoken(pace.short)}"
                for pace in paces
                if pace.speed == speed
            ]
            empty = AlertRow(
                key, f"error budget burns {burning.SAID[speed]}", promise.span.line, " or ".join(when),
                0, 0.0, 0.0, 0, 0, 0, 0.0, "" if known else lacks[terms.count], (),
            )  # fmt: skip
            yield _row(empty, tuple(_firing(one, span, None) for one in lived.fired.get(key, [])), 0)


def _silences(state: State, lived: Lived, span: Span) -> Iterator[AlertRow]:
    """Alarms about signals that had no value for long."""
    fired = [one for key, some in lived.fired.items() if key.startswith("signals:") for one in some]
    fired.sort(key=lambda one: one.start)
    when = f"none for {spoken(state.bindings.monitoring.no_data_after)}"
    empty = AlertRow(SILENT, "signals without a value", 0, when, 0, 0.0, 0.0, 0, 0, 0, 0.0, "", ())
    yield _row(empty, tuple(_firing(one, span, None) for one in fired), 0)


def _outages(lived: Lived, probes: dict[str, Course], span: Span) -> Iterator[AlertRow]:
    """Environments that were down: no alert of the guide, but they open incidents as alerts do."""
    for name, course in probes.items():
        key = f"environment:{name}"
        empty = AlertRow(
            key, f"{name} is down", 0, "probes that fail in a row", 0, 0.0, 0.0, 0, 0, 0,
            max(0.0, _unknown_seconds(course, span)), "", (),
        )  # fmt: skip
        yield _row(empty, tuple(_firing(one, span, None) for one in lived.fired.get(key, [])), 0)
