"""Targets beside alerts: what breaks a promise and tells nobody, and what tells somebody twice."""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, pairwise
from typing import TypeVar

from ..promise import Edit, Promise
from ..values import Alert
from ..wording import listed
from .amounts import on_lines
from .edits import pattern, swap_within
from .guide import Guide, heading
from .registry import Case, rule
from .signals import Key, Level, beyond, from_above, known, levels, together

_WATCHED = {
    *(
        "availability",
        "response_time",
        "error_rate",
        "success_rate",
        "query_time",
        "pool_utilisation",
        "lcp",
        "cls",
    ),
    *("inp", "fcp", "ttfb", "queue", "replication_lag", "cpu", "memory", "disk", "connections"),
}
"""Signals that are measured all the time; `mean time to repair` is not."""
_ALIKE = {"connections": "pool_utilisation", "downtime": "availability", "error_budget": "availability"}
_LATENCY = ("response_time", "query_time")
_MANY = 4
"""Alert levels of one signal that one service may well have."""

T = TypeVar("T")


def _by(group: Callable[[Level], T], found: Iterable[Level]) -> dict[T, list[Level]]:
    groups: dict[T, list[Level]] = {}
    for level in found:
        groups.setdefault(group(level), []).append(level)
    return groups


def _of(found: list[Level]) -> tuple[Promise, ...]:
    return tuple(level.promise for level in found)


@rule("alert-gap", "conflict")
def alert_gap(guide: Guide) -> Iterator[Case]:
    """Values that break a target and alert nobody, because the only alert on them is further out."""
    # Whoever spends an error budget alerts on how fast it burns, not on the target itself.
    if any(guide.saying("error_budget")):
        return
    for those in _by(lambda level: level.key, levels(guide)).values():
        targets = [level for level in those if level.target]
        alerts = [level for level in those if not level.target]
        late: dict[Level, list[Level]] = {}
        for target in targets:
            nearest = _nearest(target, targets, alerts)
            if nearest is not None:
                late.setdefault(nearest, []).append(target)
        for alert, missed in late.items():
            yield _gap(guide, alert, missed)


def _nearest(target: Level, targets: list[Level], alerts: list[Level]) -> Level | None:
    """The first alert that fires for the target, if it fires too late, and nobody set the two side by side."""
    fitting = [alert for alert in alerts if not alert.scope or alert.scope == target.scope]
    fitting = [alert for alert in fitting if from_above(alert) == from_above(target)]
    if not fitting:
        return None
    up = from_above(target)
    nearest = min(fitting, key=lambda alert: (alert.value if up else -alert.value, alert.span))
    # A target and its alert level in one statement were weighed against each other, also for the same target elsewhere.
    equal = [other for other in targets if other.value == target.value]
    weighed = any(together(alert, other) for other in equal for alert in alerts)
    return nearest if beyond(nearest, target) and not weighed else None


def _gap(guide: Guide, alert: Level, missed: list[Level]) -> Case:
    one = missed[0]
    low, high = (one, alert) if from_above(one) else (alert, one)
    allowed = on_lines((target.values, target.span.line) for target in missed)
    message = (
        f"{one.name} between {low} and {high} breaks the target (line {one.span.line}) and alerts nobody:"
        f" the alert (line {alert.span.line}) fires at {alert}"
        if len(missed) == 1
        else f"{one.name} alerts at {alert} (line {alert.span.line}), but the targets are {allowed}:"
        " what lies between breaks them and alerts nobody"
    )
    return Case(
        message=message,
        about=(*_of(missed), alert.promise),
        proposal=f"alert at {one}, or loosen the target to {alert}"
        if len(missed) == 1
        else "give each target an alert of its own",
        edits=_set(guide, alert, one) if len(missed) == 1 else (),
    )


def _set(guide: Guide, level: Level, to: Level) -> tuple[Edit, ...]:
    """The first gets the number of the second, if their lines show them as plain numbers."""
    new = f"{to}".replace(" ", "")
    return swap_within(guide, level.span, pattern(level.values), new)


@rule("alert-levels-differ", "conflict")
def alert_levels_differ(guide: Guide) -> Iterator[Case]:
    """One signal with two alert levels in two places, for the same target."""
    for those in _by(lambda level: level.key, levels(guide)).values():
        alerts = [level for level in those if not level.target]
        targets = [level for level in those if level.target]
        # So many are for so many services, of which the guide tells in its own way which is which.
        for one, other in combinations(alerts if len(alerts) <= _MANY else (), 2):
            shared = _shared(one, other, targets)
            if shared and one.value != other.value and not together(one, other) and not _steps(one, other):
                yield _differ(guide, one, other, shared)


def _shared(one: Level, other: Level, targets: list[Level]) -> list[Level]:
    """The targets that both alerts are for: of their scopes, with one value."""
    mine = [target for target in targets if target.scope == one.scope]
    theirs = [target for target in targets if target.scope == other.scope]
    values = {target.value for target in mine} & {target.value for target in theirs}
    return [target for target in (*mine, *theirs) if target.value in values]


def _steps(one: Level, other: Level) -> bool:
    """Two steps of one ladder: rules of their own, or levels for two severities."""
    if isinstance(one.values, Alert) and isinstance(other.values, Alert):
        return True
    return from_above(one) != from_above(other)


def _differ(guide: Guide, one: Level, other: Level, targets: list[Level]) -> Case:
    up = from_above(one)
    near, far = sorted((one, other), key=lambda level: level.value if up else -level.value)
    target = min(targets, key=lambda level: level.span)
    return Case(
        message=f"{near.name} alerts at {near} (line {near.span.line}) and at {far} (line {far.span.line}),"
        f" for one target of {target} (line {target.span.line})",
        about=(*_of([near, far]), *dict.fromkeys(_of(targets))),
        proposal=f"alert at {near} in both places; or say what each is for, for example by a severity",
        edits=_set(guide, far, near),
    )


@rule("target-without-alert", "advice")
def target_without_alert(guide: Guide) -> Iterator[Case]:
    """Targets that no alert rule watches, in a guide that has alert rules for others."""
    found = levels(guide)
    beside = {level.span for level in found if level.target}
    alerts = [level for level in found if not level.target]
    # An alert of which the signal is not known may be the one that is missed; burning a budget covers all targets.
    if not all(known(guide, alert) for alert in alerts) or any(guide.saying("error_budget")):
        return
    # A column of alert levels beside the targets is no list of rules: it need not be complete.
    rules = [alert for alert in alerts if isinstance(alert.values, Alert) and alert.span not in beside]
    watched = {_like(alert.key) for alert in alerts}
    targets = [level for level in found if level.target and level.key.signal in _WATCHED]
    bare = [target for target in targets if not _seen(target, watched)]
    if rules and bare:
        names = list(dict.fromkeys(level.name for level in bare))
        yield Case(
            message=f"{listed(names)} {_has_target(names)}, nobody is told",
            about=_of(bare),
            proposal="add an alert rule for each, or say that breaking it wakes nobody",
        )


def _seen(target: Level, watched: set[str]) -> bool:
    """Failing requests may be all that availability counts, but not where it is called uptime."""
    counted = target.key.signal == "availability" and "uptime" not in target.promise.text.casefold()
    return _like(target.key) in watched or (counted and "error_rate" in watched)


def _has_target(names: list[str]) -> str:
    one = len(names) == 1
    return f"{'has a target' if one else 'have targets'}, but no alert: when {'it' if one else 'one'} breaks"


def _like(key: Key) -> str:
    return _ALIKE.get(key.signal, key.signal)


@rule("percentile-order", "conflict")
def percentile_order(guide: Guide) -> Iterator[Case]:
    """A higher percentile with a lower limit: p99 below 300 ms already keeps p95 below 300 ms."""
    found = [level for level in levels(guide) if level.key.percentile is not None and from_above(level)]
    for those in _by(_one_set, found).values():
        ladder = sorted(those, key=lambda level: level.key.percentile or 0)
        if len({level.key.percentile for level in ladder}) < len(ladder):
            continue
        for low, high in pairwise(ladder):
            if high.value < low.value:
                yield Case(
                    message=f"{high.name} stays below {high}, so that {low.name} cannot come near its {low}",
                    about=_of([low, high]),
                    proposal=f"swap the two, or give p{high.key.percentile:g} more than {low}",
                )


def _one_set(level: Level) -> tuple[str, str, str, str, bool]:
    return (level.key.signal, level.key.unit, level.scope, level.promise.section, level.target)


@rule("latency-without-percentile", "missing")
def latency_without_percentile(guide: Guide) -> Iterator[Case]:
    """A response time without a percentile: of the average, of 95 % of all requests, or of every one?"""
    bare = [level for level in levels(guide) if _is_bare(guide, level)]
    if bare:
        names = ", ".join(f"{level} (line {level.span.line})" for level in bare)
        yield Case(
            message=f"no line says of how many requests this holds: {names}",
            about=_of(bare),
            proposal="name the percentile, for example `p95 < 200 ms`",
        )


def _is_bare(guide: Guide, level: Level) -> bool:
    if not level.target or level.key.signal not in _LATENCY or level.key.percentile is not None:
        return False
    texts = guide.words(level.promise)
    # A row whose header is not at hand may have the percentile in it.
    hidden = " | " in level.promise.text and not guide.header(level.promise)
    near = "\n".join(one.text for one in guide.within(level.promise.section))
    return (
        level.key.unit == "seconds"
        and not hidden
        and not guide.phrase(f"{texts}\n{near}").quantities.percentiles
        and not guide.said("of_each_one", texts)
        and not guide.has(heading(level.promise.section), "percentile")
    )


@rule("query-takes-all", "advice")
def query_takes_all(guide: Guide) -> Iterator[Case]:
    """A database query that may take all the time in which the response has to be there."""
    found = [
        level for level in levels(guide) if level.target and not level.scope and level.key.unit == "seconds"
    ]
    responses = {level.key.percentile: level for level in found if level.key.signal == "response_time"}
    for query in found:
        response = responses.get(query.key.percentile)
        if (
            query.key.signal == "query_time"
            and query.key.percentile
            and response
            and query.value >= response.value
        ):
            yield Case(
                message=f"{query.name} may take {query}, all of the {response} in which the response has to be there",
                about=_of([query, response]),
                proposal=f"give queries a share of the {response} only",
            )
