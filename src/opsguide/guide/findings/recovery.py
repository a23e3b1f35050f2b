"""Recovery: what may be lost and for how long, beside how often things are saved, tried, and for how long kept."""

import re
from collections.abc import Iterator

from ..lexicon import fold
from ..promise import StatementOutcome
from ..values import ClockValues, Duty, Recovery, Retention
from ..wording import listed
from .amounts import DAY, HOUR, duration, length, on_lines, restricted, told
from .cadence import every, longest_gap
from .guide import Fact, Guide, heading, promises
from .registry import Case, rule

_TESTS = ("restore_test", "dr_test", "failover_test", "game_day")
_TIERS = {
    "hourly": HOUR,
    "daily": DAY,
    "weekly": 7 * DAY,
    "monthly": 31 * DAY,
    "quarterly": 92 * DAY,
    "yearly": 366 * DAY,
}
_SPANS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_WORD = re.compile(r"[^\W\d_]{3,}")


def _goals(guide: Guide, objective: str) -> list[Fact[Recovery]]:
    return [
        fact for fact in guide.facts(Recovery) if fact.values.objective == objective and length(fact.values)
    ]


def _backups(guide: Guide) -> list[Fact[Duty]]:
    """The backups whose cadence is known."""
    return [
        fact for fact in guide.facts(Duty) if fact.values.duty == "backup" and longest_gap(fact.values.rrule)
    ]


def _gap(fact: Fact[Duty]) -> float:
    return longest_gap(fact.values.rrule) or 0.0


@rule("backup-rpo", "conflict")
def backup_rpo(guide: Guide) -> Iterator[Case]:
    """Backups that are further apart than what may be lost, while no line says what keeps the changes between."""
    goals, backups = _goals(guide, "rpo"), _backups(guide)
    if not goals or not backups or _continuous(guide):
        return
    short: dict[str, list[Fact[Recovery]]] = {}
    nearest: dict[str, Fact[Duty]] = {}
    for goal in goals:
        fitting = [backup for backup in backups if _covers(guide, backup, goal)]
        best = min(fitting, key=_gap, default=None)
        # Side by side in one row the two were meant so: something else keeps what changes.
        if best is not None and _gap(best) > _seconds(goal) and best.promise.span != goal.promise.span:
            short.setdefault(best.promise.id, []).append(goal)
            nearest[best.promise.id] = best
    for name, those in short.items():
        # No backup keeps all: a zero beside other times is for what a replica takes over.
        yield _too_rare(nearest[name], [goal for goal in those if _seconds(goal)] or those)


def _seconds(goal: Fact[Recovery]) -> float:
    found = length(goal.values)
    return found.high if found else 0.0


def _too_rare(backup: Fact[Duty], goals: list[Fact[Recovery]]) -> Case:
    gap, least = duration(_gap(backup)), min(goals, key=_seconds)
    often = f"at least every {told(least.values)}" if _seconds(least) else "at once"
    return Case(
        message=f"backups are {every(backup.values.rrule)} (line {backup.line}), so that up to {gap} of changes"
        f" are lost; the recovery point (RPO) allows {on_lines((goal.values, goal.line) for goal in goals)}",
        about=(backup.promise, *promises(goals)),
        proposal=f"back up, or ship the log, {often}; or allow {gap}",
    )


def _covers(guide: Guide, backup: Fact[Duty], goal: Fact[Recovery]) -> bool:
    """Is the goal about what is backed up here? Where something is named, a word has to be in both."""
    theirs = goal.values.scope
    if theirs is None or guide.has(theirs, "environment", "production"):
        return True
    if backup.values.scope is None and guide.said("database", theirs):
        return True
    mine = backup.values.scope or f"{backup.promise.text} {heading(backup.promise.section)}"
    return bool(set(_WORD.findall(fold(mine))) & set(_WORD.findall(fold(theirs))))


def _continuous(guide: Guide) -> bool:
    """Does a line say that changes are kept as they happen: a shipped log, a replica of the database?"""
    unsure = [fact for fact in guide.facts(Duty) if fact.values.duty in ("backup", "replication")]
    if any(longest_gap(fact.values.rrule) is None for fact in unsure) or any(guide.saying("protected")):
        return True
    return any(
        guide.said("database", f"{one.text}\n{heading(one.section)}") for one in guide.saying("replication")
    )


@rule("resolve-before-rto", "conflict")
def resolve_before_rto(guide: Guide) -> Iterator[Case]:
    """The worst incidents have to be over before the recovery objectives allow it."""
    end = _end_of_worst(guide)
    found = length(end.values) if end is not None else None
    if end is None or found is None:
        return
    over = [goal for goal in _for_worst(guide) if _low(goal) > found.high]
    if over:
        yield Case(
            message=f"`{guide.worst}` incidents have to be over within {told(end.values)}, but the time to recover"
            f" (RTO) may be {on_lines((goal.values, goal.line) for goal in over)}",
            about=(end.promise, *promises(over)),
            proposal="say which one holds for an incident that needs a restore: shorten these times to recover,"
            f" or except such incidents from the {told(end.values)}",
        )


def _for_worst(guide: Guide) -> list[Fact[Recovery]]:
    """The times to recover of what is surely a worst incident.

    Those are disasters, and what holds for all of production. Of several systems or tiers some may well wait: only
    the shortest time of a section is taken, and none where a line with a time was not understood.
    """
    goals = [goal for goal in _goals(guide, "rto") if goal.values.severity is None]
    sections: dict[str, list[Fact[Recovery]]] = {}
    for goal in goals:
        sections.setdefault(goal.promise.section, []).append(goal)
    found: list[Fact[Recovery]] = []
    for section, those in sections.items():
        parts = [goal for goal in those if not _is_disaster(guide, goal)]
        whole = len(parts) == 1 and _whole(guide, parts[0])
        unread = any(guide.phrase(one.text).measures for one in guide.within(section) if not one.promises)
        found += [goal for goal in those if goal not in parts]
        if parts and (whole or not unread):
            found.append(min(parts, key=_low))
    return sorted(found, key=lambda goal: goal.line)


def _is_disaster(guide: Guide, goal: Fact[Recovery]) -> bool:
    """`database_failure`, `loss of a region`: an event, no system."""
    return goal.values.scenario is not None and guide.has(
        goal.values.scenario.replace("_", " "), "recovery", "event"
    )


def _end_of_worst(guide: Guide) -> Fact[ClockValues] | Fact[Recovery] | None:
    """What says when the worst incident has to be over; None if its clock stands still at night."""
    for clock in guide.facts(ClockValues):
        values = clock.values
        if (
            values.clock == "resolve"
            and values.severity == guide.worst
            and values.severity
            and not values.scope
        ):
            return None if restricted(values.hours) else clock
    goals = [
        goal for goal in _goals(guide, "rto") if goal.values.severity and goal.values.severity == guide.worst
    ]
    return goals[0] if goals else None


def _whole(guide: Guide, goal: Fact[Recovery]) -> bool:
    return goal.values.scope is None or guide.has(goal.values.scope, "environment", "production")


def _low(goal: Fact[Recovery]) -> float:
    found = length(goal.values)
    return found.low if found else 0.0


@rule("restore-untested", "missing")
def restore_untested(guide: Guide) -> Iterator[Case]:
    """A time to recover that nobody tries: no line asks for a restore test or a drill."""
    goals = [goal for goal in _goals(guide, "rto") if goal.values.severity is None]
    if not goals or any(fact.values.duty in _TESTS for fact in guide.facts(Duty)):
        return
    # A test that was read as something else is still one.
    if any(guide.meaning("duty", *_TESTS)) or any(_tries(guide, one) for one in guide.saying("tried")):
        return
    if any(guide.said("tried", heading(one.section)) for one in guide.reading.statements):
        return
    yield Case(
        message="times to recover (RTO) are promised, but no line asks to try a restore",
        about=promises(goals),
        proposal="add how often a restore is tried, for example `Restore test: monthly`",
    )


def _tries(guide: Guide, one: StatementOutcome) -> bool:
    """Is what is tried a restore, or the statement one of a section on recovery?"""
    title = heading(one.section)
    restores = guide.has(one.text, "part", "restore") or guide.has(one.text, "duty", "backup")
    return restores or guide.has(title, "topic", "backups", "recovery")


@rule("backup-without-retention", "missing")
def backup_without_retention(guide: Guide) -> Iterator[Case]:
    """Backups of which no line says for how long they are kept."""
    backups = [fact for fact in guide.facts(Duty) if fact.values.duty == "backup"]
    if not backups or any(_keeps_backups(guide, fact) for fact in guide.facts(Retention)):
        return
    if any(guide.meaning("retain", "retention")):
        return
    yield Case(
        message="backups are made, but no line says for how long they are kept",
        about=promises(backups),
        proposal="add for how long, for example `Retention: 30 days`",
    )


def _keeps_backups(guide: Guide, fact: Fact[Retention]) -> bool:
    return not guide.has(fact.values.retain, "store", "logs", "metrics", "traces", "audit_logs", "recordings")


@rule("retention-without-backup", "advice")
def retention_without_backup(guide: Guide) -> Iterator[Case]:
    """Weekly backups are kept, but none is taken weekly: which of the daily ones is it?"""
    backups = _backups(guide)
    tiers = [
        fact for fact in guide.facts(Retention) if fact.values.tier in _TIERS and _is_of_backups(guide, fact)
    ]
    # Three tiers are a scheme of generations, whose rule is known; who promotes what may also be said.
    if not backups or len({fact.values.tier for fact in tiers}) > 2 or any(guide.saying("promoted")):
        return
    taken = min(backups, key=_gap)
    often = {_gap(fact) for fact in backups}
    cadences = {hit.name for fact in backups for hit in guide.phrase(fact.promise.text).of("cadence")}
    lone = [fact for fact in tiers if _tier(fact) not in often and fact.values.tier not in cadences]
    lone = [fact for fact in lone if _tier(fact) > _gap(taken)]
    if lone:
        names, tier = (
            listed(dict.fromkeys(fact.values.tier or "" for fact in lone)),
            lone[0].values.tier or "",
        )
        yield Case(
            message=f"{names} backups are kept, but backups are {every(taken.values.rrule)}:"
            " no line says which of them becomes which",
            about=(taken.promise, *promises(lone)),
            proposal=f"promote one: say for example that the first of a {_SPANS.get(tier, 'week')} is kept as {tier}",
        )


def _tier(fact: Fact[Retention]) -> float:
    return _TIERS.get(fact.values.tier or "", 0)


def _is_of_backups(guide: Guide, fact: Fact[Retention]) -> bool:
    return guide.has(fact.values.retain, "store", "backups", "snapshots")


@rule("retention-too-short", "conflict")
def retention_too_short(guide: Guide) -> Iterator[Case]:
    """Backups that are deleted before the next one is made."""
    for fact in guide.facts(Retention):
        kept = length(fact.values)
        own = _TIERS.get(fact.values.tier or "")
        backups = _backups(guide) if _is_of_backups(guide, fact) and not own else []
        gap = own if own and _is_of_backups(guide, fact) else min(map(_gap, backups), default=0.0)
        if kept is not None and kept.high < gap:
            maker = min(backups, key=_gap, default=None)
            yield Case(
                message=f"{'these' if own else 'all'} backups are kept for {told(fact.values)} and made every"
                f" {duration(gap)}: in between there is none",
                about=(*promises([maker] if maker else []), fact.promise),
                proposal=f"keep them for more than {duration(gap)}",
            )


@rule("rpo-missing", "missing")
def rpo_missing(guide: Guide) -> Iterator[Case]:
    """Times to recover, while no line says how much may be lost."""
    goals = [goal for goal in _goals(guide, "rto") if goal.values.severity is None]
    if not goals or any(fact.values.objective == "rpo" for fact in guide.facts(Recovery)):
        return
    if any(guide.meaning("recovery", "rpo")):
        return
    yield Case(
        message="times to recover (RTO) are promised, but no line says how much data may be lost (RPO)",
        about=promises(goals),
        proposal="add how much, for example `RPO: 1 hour`",
    )
