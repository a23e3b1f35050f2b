"""What the chapter answers to an evaluation of rule files, and how its facts are folded. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from ...kernel.clock import Instant
from ...kernel.duration import spoken
from ...kernel.facts import Data, Recorded
from ...kernel.part import Answer, Said
from .commands import Moved, RuleMoved, RulesKnown, RulesRan
from .facts import (
    MOST_IN_A_FACT,
    Change,
    Member,
    RuleChanged,
    RuleEvaluated,
    RuleFiring,
    RuleResolved,
    RuleUnevaluated,
)
from .state import Instance, RuleFailure, RuleStatus

Rules = dict[str, RuleStatus]
Failing = dict[str, RuleFailure]


def subject(rule: str) -> str:
    return f"rule:{rule}"


def ran(rules: Mapping[str, RuleStatus], failing: Mapping[str, RuleFailure], command: RulesRan) -> Answer:
    """The transitions as facts, and for each severity of a rule whether the first began or the last ended."""
    return (
        *_all_moved(rules, command.rules, command.at),
        *(
            Said(RuleUnevaluated(one.rule, one.name, one.problem), subject(one.rule))
            for one in command.failed
            if one.rule not in failing
        ),
        *_evaluated(failing, command.well, "evaluated again"),
    )


def _all_moved(rules: Mapping[str, RuleStatus], moved: Iterable[RuleMoved], at: Instant) -> Iterator[Said]:
    for one in moved:
        yield from _moved(rules.get(one.rule), one, at)


def _evaluated(failing: Mapping[str, RuleFailure], over: Iterable[str], reason: str) -> Iterator[Said]:
    for rule in over:
        if rule in failing:
            yield Said(RuleEvaluated(rule, failing[rule].name, reason), subject(rule))


def known(rules: Mapping[str, RuleStatus], failing: Mapping[str, RuleFailure], command: RulesKnown) -> Answer:
    """Alerts of rules that no file has any more end with them."""
    gone = [
        RuleMoved(name, status.alert, "", 0.0, tuple(_ending(status)))
        for name, status in rules.items()
        if name not in command.rules
    ]
    lost = (rule for rule in failing if rule not in command.rules)
    return (
        *_all_moved(rules, gone, command.at),
        *_evaluated(failing, lost, "no rule file has it any more"),
    )


def _ending(status: RuleStatus) -> Iterator[Moved]:
    for name, one in status.instances.items():
        yield Moved("resolved" if one.firing else "cleared", name, one.labels)


def _moved(status: RuleStatus | None, rule: RuleMoved, at: Instant) -> Iterator[Said]:
    before = status or RuleStatus(rule.alert)
    after = RuleStatus(rule.alert, dict(before.instances))
    for change, moved in groupby(rule.moved, key=lambda one: one.change):
        members = tuple(_member(one, before) for one in moved)
        for some in _in_pieces(members):
            fact = RuleChanged(rule.rule, rule.alert, change, at, some)
            fold(after, fact)
            yield Said(fact, subject(rule.rule))
    yield from _fires(rule, before, after)


def _member(moved: Moved, before: RuleStatus) -> Member:
    return Member(moved.id, {} if moved.id in before.instances else moved.labels)


def _in_pieces(members: Sequence[Member]) -> Iterator[tuple[Member, ...]]:
    for first in range(0, len(members), MOST_IN_A_FACT):
        yield tuple(members[first : first + MOST_IN_A_FACT])


def _fires(rule: RuleMoved, before: RuleStatus, after: RuleStatus) -> Iterator[Said]:
    was, fire = before.firing(), after.firing()
    for severity in sorted(fire.keys() - was.keys()):
        first = next(
            one for one in rule.moved if one.change == "firing" and one.labels.get("severity", "") == severity
        )
        count = fire[severity]
        held = f" for {spoken(rule.held_seconds)}" if rule.held_seconds else ""
        how_many = "one alert" if count == 1 else f"{count} alerts"
        fact = RuleFiring(
            rule=rule.rule,
            alert=rule.alert,
            severity=severity,
            title=first.title + (f" (and {count - 1} more)" if count > 1 else ""),
            reason=f"the condition of {rule.alert} holds{held}, {how_many} ({rule.where})",
            count=count,
            runbook=first.runbook,
            labels={"kind": "alert", "alert": rule.alert}
            | _shared(one.labels for one in after.alerts(severity)),
        )
        yield Said(fact, subject(rule.rule))
    for severity in sorted(was.keys() - fire.keys()):
        over = "its condition holds no more" if rule.where else "no rule file has it any more"
        reason = f"{rule.alert}: {over}"
        yield Said(RuleResolved(rule.rule, rule.alert, severity, reason), subject(rule.rule))


def _shared(labels: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The labels that all have with one value."""
    first, *others = labels
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}


# Folds -------------------------------------------------------------------------------------------------------------


def fold(status: RuleStatus, data: RuleChanged) -> None:
    for member in data.members:
        before = status.instances.get(member.id)
        after = _after(data.change, before, member, data.at)
        if after is None:
            status.instances.pop(member.id, None)
        else:
            status.instances[member.id] = after


def _after(change: Change, before: Instance | None, member: Member, at: Instant) -> Instance | None:
    labels = member.labels if before is None else before.labels
    active = at if before is None else before.active_at
    match change:
        case "resolved" | "cleared":
            return None
        case "pending":
            return Instance(labels, active)
        case "kept":
            return Instance(labels, active, True, at)
    return Instance(labels, active, True)


def changed(rules: Rules, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RuleChanged)
    status = rules.setdefault(data.rule, RuleStatus(data.alert))
    fold(status, data)
    if not status.instances:
        del rules[data.rule]


def _nothing(_rules: Rules, _recorded: Recorded) -> None:
    """Others react to it; how the rule is stands in its alerts."""


FOLDS: Mapping[type[Data], Callable[[Rules, Recorded], None]] = {
    RuleChanged: changed,
    RuleFiring: _nothing,
    RuleResolved: _nothing,
}
