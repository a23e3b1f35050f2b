"""Signals without a value: since when and why, on the ledger; alarmed after a time; over when there is a value again.

Nothing is concluded from silence: a promise whose signal has no value is unproven, and its alert stays as it was.
Little traffic is no silence (monitoring/traffic.py): the source answers. Nor is it news that nothing measures what
nothing measures any more (FID): that its line is unproven says it.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from ..guide.bindings import built_in
from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from ..kernel.clock import Instant, after, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Said
from . import alerts, levels
from .amounts import Bound
from .commands import Observation
from .definitions import RETIRED
from .facts import SignalMeasured, SignalsAlarmed, SignalsRecovered, SignalUnmeasured, Silent
from .signals import is_of_database
from .state import Silence, State

WORDS: dict[Silent, str] = {
    "no_data": "no data",
    "query_error": "the query fails",
    "stale": "the source is away",
    "undefined": "not defined",
    "partial": "answered in part",
    "unbound": "no database is bound",
}


def proven(promise: Promise, bound: Bound, seen: Observation) -> Observation:
    """The observation as far as it proves something: what the rest of an answer holds may be worse, and not better."""
    if seen.why != "partial" or seen.value is None or bound.holds(seen.value) is alerts.is_rule(promise):
        return seen
    return replace(seen, value=None)


def observe(state: State, promise: Promise, seen: Observation, now: Instant) -> Iterator[Said]:
    """The transition that an observation is, if any."""
    silence = state.silent.get(promise.id)
    if seen.value is None and seen.why != "no_traffic":
        if silence is None or silence.why != seen.why:
            problem = seen.problem or WORDS[seen.why]
            yield _said(SignalUnmeasured(promise.id, seen.why, problem), promise.id)
    elif silence is not None:
        lasted = spoken(seconds_between(silence.since, now))
        reason = "measured again" if seen.value is not None else "its source answers again"
        yield _said(SignalMeasured(promise.id, f"{reason}, after {lasted}"), promise.id)


def _said(data: SignalUnmeasured | SignalMeasured, promise: str) -> Said:
    return Said(data, alerts.subject(promise))


def decide(state: State, now: Instant, environment: str) -> Iterator[Said]:
    """What nobody asks for any more is over; what is silent for long is alarmed, until it has a value again.

    `environment` is the one that signals are measured in.
    """
    for promise in state.silent:
        if not _is_asked(state, promise):
            yield _said(SignalMeasured(promise, "it is not measured any more"), promise)
    for promise in state.missing if environment else ():
        if _is_of_no_database(state, promise) and promise not in state.silent:
            yield _said(SignalUnmeasured(promise, "unbound", state.missing[promise].reason), promise)
    due = [one for one in _due(state) if one[1] <= now]
    for why in dict.fromkeys(state.silent[promise].why for promise, _ in due):
        silent = [promise for promise, _ in due if state.silent[promise].why == why]
        yield _alarm(state, why, silent, environment)
    if failing := [rule for rule, at in _failing(state) if at <= now]:
        yield _alarm_of_rules(state, failing)
    for alarm, members in state.alarms.items():
        if not any(one in state.silent or one in state.failing for one in members):
            ended = SignalsRecovered(alarm, "all of it is measured again, or not asked for any more")
            yield Said(ended, f"signals:{alarm}")


def wake(state: State, now: Instant) -> Instant | None:
    """When the next alarm is due."""
    return min((at for _, at in (*_due(state), *_failing(state)) if at > now), default=None)


def _due(state: State) -> Iterator[tuple[str, Instant]]:
    """Silent signals that are not alarmed yet, and when they are to be."""
    alarmed = _alarmed(state)
    for promise, silence in state.silent.items():
        asked = _is_asked(state, promise) and promise not in alarmed
        if asked and not _is_retired(state.promises[promise], silence):
            yield promise, after(silence.since, state.bindings.monitoring.no_data_after)


def _failing(state: State) -> Iterator[tuple[str, Instant]]:
    """The same of rules of rule files that cannot be evaluated: what they watch is as unknown."""
    alarmed = _alarmed(state)
    for rule, failure in state.failing.items():
        if rule not in alarmed:
            yield rule, after(failure.since, state.bindings.monitoring.no_data_after)


def _alarmed(state: State) -> frozenset[str]:
    return frozenset(one for members in state.alarms.values() for one in members)


def _is_asked(state: State, promise: str) -> bool:
    asked = promise in state.promises and promise not in state.missing
    return asked or _is_of_no_database(state, promise)


def _is_of_no_database(state: State, promise: str) -> bool:
    """What is promised of a database, while none is bound: nobody would miss it, for nothing asks for its signal."""
    missing = state.missing.get(promise)
    if missing is None or not missing.key or state.bindings.databases or promise not in state.promises:
        return False
    return is_of_database(state.promises[promise])


def _is_retired(promise: Promise, silence: Silence) -> bool:
    values = promise.values
    named = isinstance(values, Alert | Objective) and built_in(values.signal) in RETIRED
    return named and silence.why == "no_data"


def _alarm(state: State, why: Silent, promises: Iterable[str], environment: str) -> Said:
    """One alarm for all that fell silent together: a source that is away takes all its signals with it."""
    silences = {promise: state.silent[promise] for promise in promises}
    names = sorted({alerts.name(state.promises[promise]) for promise in silences})
    first = min(silences.values(), key=lambda silence: silence.since)
    alarm = f"{why}/{next(iter(silences))}"
    alarmed = SignalsAlarmed(
        alarm=alarm,
        why=why,
        promises=tuple(silences),
        title=f"{_listed(names)}: {WORDS[why]}",
        severity=levels.ticket(state, state.bindings.monitoring.no_data_severity),
        reason=_reason(first, state.bindings.monitoring.no_data_after, len(silences)),
        environment=environment,
    )
    return Said(alarmed, f"signals:{alarm}")


def _alarm_of_rules(state: State, rules: Sequence[str]) -> Said:
    """One alarm for all that failed together."""
    failures = [state.failing[rule] for rule in rules]
    first = min(failures, key=lambda failure: failure.since)
    count = "1 rule says" if len(rules) == 1 else f"{len(rules)} rules say"
    alarm = f"query_error/{rules[0]}"
    alarmed = SignalsAlarmed(
        alarm=alarm,
        why="query_error",
        promises=(),
        title=f"{_listed(sorted({failure.name for failure in failures}))}: cannot be evaluated",
        severity=levels.ticket(state, state.bindings.monitoring.no_data_severity),
        reason=f"{first.problem}, for {spoken(state.bindings.monitoring.no_data_after)}: {count} nothing meanwhile",
        rules=tuple(rules),
    )
    return Said(alarmed, f"signals:{alarm}")


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{names[0]}, {names[1]} and {len(names) - 2} more"


def _reason(silence: Silence, waited: float, count: int) -> str:
    lines = "1 line of the guide is" if count == 1 else f"{count} lines of the guide are"
    return f"{silence.problem}, for {spoken(waited)}: {lines} unproven meanwhile"
