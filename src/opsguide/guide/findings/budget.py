"""The downtime that an availability target leaves, and what is promised elsewhere that takes more."""

from collections.abc import Iterator

from ..promise import Edit
from ..values import Amount, ClockValues, Objective, Recovery, Window
from .amounts import duration, length, number, on_lines, told
from .availability import allowance, leaves, minutes, production, strictest
from .cadence import window_seconds
from .edits import append, insert_after, pattern
from .guide import Fact, Guide, promises
from .registry import Case, rule
from .words import written


@rule("window-over-budget", "conflict")
def window_over_budget(guide: Guide) -> Iterator[Case]:
    """Maintenance that takes more than the availability target leaves, while no line says that it does not count."""
    target = strictest(guide)
    if target is None or guide.maintenance_excluded:
        return
    left = allowance(target)
    over = [(fact, found) for fact in guide.facts(Window) if (found := _spends(guide, fact, left))]
    if over:
        takes = "; ".join(text for _, text in over)
        yield Case(
            message=f"{leaves(target)}; {takes}; no line says that maintenance does not count",
            about=(target.promise, *promises(fact for fact, _ in over)),
            proposal="say that planned maintenance does not count, or that the service stays up meanwhile",
            edits=_excluding(guide, target),
        )


def _spends(guide: Guide, fact: Fact[Window], left: float) -> str:
    """What one window takes, in words; empty if it fits. Of a weekly one not each need be used."""
    takes = window_seconds(fact.values)
    if takes is None or takes <= left or not _in_production(guide, fact.values.scope):
        return ""
    if guide.said("no_downtime", guide.words(fact.promise)):
        return ""
    return f"one window (line {fact.line}) may take {minutes(takes)}"


def _in_production(guide: Guide, scope: str | None) -> bool:
    """Anything that is not said to be for another environment."""
    if scope is None or guide.has(scope, "environment", "production"):
        return True
    return not guide.has(scope, "environment")


def _excluding(guide: Guide, target: Fact[Objective]) -> tuple[Edit, ...]:
    more = f"; {written('planned_excluded', guide.language)}"
    if guide.header(target.promise):
        return insert_after(guide, target.line, pattern(target.values), more)
    return append(guide, target.line, more)


@rule("restore-over-budget", "advice")
def restore_over_budget(guide: Guide) -> Iterator[Case]:
    """A recovery time of production that takes more than the availability target leaves."""
    target = strictest(guide)
    if target is None or any(guide.saying("force_majeure")):
        return
    over = [
        fact for fact in guide.facts(Recovery) if _of_production(guide, fact) and _over(target, fact.values)
    ]
    if over:
        yield Case(
            message=f"{leaves(target)}, but the time to recover (RTO) is"
            f" {on_lines((fact.values, fact.line) for fact in over)}: one such outage breaks the target",
            about=(target.promise, *promises(over)),
            proposal="restore faster, lower the target, or say that disasters do not count towards it",
        )


def _of_production(guide: Guide, fact: Fact[Recovery]) -> bool:
    """Is it the recovery time of the whole? That of one system among others need not take everything down."""
    values = fact.values
    return values.objective == "rto" and values.severity is None and production(guide, values.scope)


def _over(target: Fact[Objective], amount: Amount) -> bool:
    found = length(amount)
    return found is not None and found.low > allowance(target)


@rule("resolve-over-budget", "advice")
def resolve_over_budget(guide: Guide) -> Iterator[Case]:
    """The worst incident, resolved in time, takes more than the availability target leaves."""
    target = strictest(guide)
    if target is None or guide.worst is None:
        return
    clocks = [fact for fact in guide.facts(ClockValues) if _resolves(fact, guide.worst)]
    over = [fact for fact in clocks if _over(target, fact.values)]
    if over:
        yield Case(
            message=f"{leaves(target)}: one `{guide.worst}` incident that takes its {told(over[0].values)}"
            f" spends {_times(over[0].values, target)} times as much",
            about=(target.promise, *promises(over)),
            proposal=f"aim at less than {duration(allowance(target))}, lower the target,"
            " or measure it over a longer time",
        )


def _times(amount: Amount, target: Fact[Objective]) -> str:
    found = length(amount)
    return number(round((found.low if found else 0) / allowance(target), 1))


def _resolves(fact: Fact[ClockValues], severity: str) -> bool:
    values = fact.values
    return values.clock == "resolve" and values.severity == severity and values.scope is None
