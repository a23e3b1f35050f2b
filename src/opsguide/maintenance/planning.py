"""Announcing maintenance, and cancelling it: what the guide does not allow is refused, or wanted all the same. Pure."""

from collections.abc import Iterator

from ..guide.components import unknown_component
from ..guide.keeping import by_evidence
from ..guide.promise import Promise
from ..guide.values import Rule, Window
from ..guide.wording import did_you_mean
from ..kernel.clock import Instant, after, rfc3339, seconds_between
from ..kernel.duration import spoken
from ..kernel.part import Answer, Refusal, Said
from ..kernel.standing import EvidenceRecorded, Standing, Verdict
from .commands import AnnounceMaintenance, CancelMaintenance
from .facts import MaintenanceAnnounced, MaintenanceCancelled, MaintenanceReminded, MaintenanceText
from .windows import Maintenance, Problem, State, problems, to_remind, windows

DAY = 86400.0
SHORTEST_SECONDS = 60.0
LONGEST_SECONDS = 30 * DAY
FURTHEST_SECONDS = 366 * DAY
KEPT_SECONDS = 90 * DAY
"""So long after its end, maintenance as the guide asks for shows that its line is kept: a quarter."""
BROKEN_SECONDS = 30 * DAY
"""And so long one that was not keeps the line broken, unless the next one is as it should be."""


def subject(maintenance: str) -> str:
    return f"maintenance:{maintenance}"


def announce(state: State, command: AnnounceMaintenance, now: Instant) -> Answer:
    """Refused with the first thing that the guide does not allow; wanted anyway, all of them are written down."""
    wrong = _wrong(command, now)
    if wrong is not None:
        return wrong
    unknown = _not_shown(state, command) or unknown_component(state.bindings, command.components)
    if unknown is not None:
        return unknown
    candidates = _candidates(state, command.window)
    if isinstance(candidates, Refusal):
        return candidates
    judged = [(one, list(problems(state, one, command.start, command.end, now))) for one in candidates]
    promise, found = min(judged, key=lambda pair: len(pair[1]), default=(None, []))
    if found and not command.anyway:
        return _refused(found)
    name = f"MNT-{state.count + 1}"
    fact = MaintenanceAnnounced(
        maintenance=name,
        window=promise.id if promise is not None else "",
        start=command.start,
        end=command.end,
        by=command.by,
        breaks=tuple(one.what for one in found),
        components=command.components or _within(state, promise),
    )
    announced = Said(fact, subject(name), MaintenanceText(command.what.strip()))
    return (announced, *(_evidence(promise, fact, now) if promise is not None else ()))


def _wrong(command: AnnounceMaintenance, now: Instant) -> Refusal | None:
    if not command.what.strip():
        return Refusal(
            "empty_text", "maintenance needs a word on what is done", "such as: upgrade PostgreSQL"
        )
    length = seconds_between(command.start, command.end)
    if not SHORTEST_SECONDS <= length <= LONGEST_SECONDS:
        what = f"maintenance takes from {spoken(SHORTEST_SECONDS)} to {spoken(LONGEST_SECONDS)}"
        return Refusal("unlikely_length", what, "look at when it begins and ends")
    if command.end <= now:
        return Refusal(
            "past", f"{rfc3339(command.end)} is over", "what was done is no plan: write it as a note"
        )
    if command.start > after(now, FURTHEST_SECONDS):
        return Refusal("too_far", "maintenance is announced for the coming year", "look at the year")
    return None


def _not_shown(state: State, command: AnnounceMaintenance) -> Refusal | None:
    page = state.bindings.status
    if not command.components or page is None or page.windows:
        return None
    what = "the status page shows no maintenance but that of the bindings"
    return Refusal("not_public", what, "name no component, or leave `windows = false` out of [status]")


def _within(state: State, promise: Promise | None) -> tuple[str, ...]:
    """The components of the environment that the window is for, where it is for one that the page shows."""
    page = state.bindings.status
    if promise is None or page is None or not page.windows:
        return ()
    scope = promise.values.scope if isinstance(promise.values, Window) else None
    return tuple(
        name
        for name, one in page.components.items()
        if scope and one.environment is not None and one.environment.casefold() == scope.casefold()
    )


def _candidates(state: State, named: str) -> list[Promise] | Refusal:
    """The windows of the guide that may be meant; none where the guide has none."""
    every, wanted = windows(state), named.strip().casefold()
    found = [promise for promise, values in every if _is_meant(promise, values, wanted)]
    if found or not (every or wanted):
        return found
    known = [name for promise, values in every for name in (promise.id, values.window, values.scope) if name]
    hint = did_you_mean(wanted, known) or f"one of {', '.join(promise.id for promise, _ in every)}"
    if not wanted:
        return Refusal(
            "which_window", "each window of the guide is for a part of the service: say which", hint
        )
    return Refusal("unknown_window", f"the guide has no window `{named.strip()}`", hint if every else "")


def _is_meant(promise: Promise, values: Window, wanted: str) -> bool:
    """By its id, its name or its scope; where none is named, those of the whole service."""
    if not wanted:
        return values.scope is None
    return wanted in (promise.id.casefold(), values.window.casefold(), (values.scope or "").casefold())


def _refused(found: list[Problem]) -> Refusal:
    first, *more = found
    also = f"; {'; '.join(one.what for one in more)}" if more else ""
    hint = f"{first.hint}; or announce it anyway: then the line is broken, and its downtime counts"
    return Refusal(first.reason, f"{first.what}{also}", hint)


def _evidence(promise: Promise, fact: MaintenanceAnnounced, now: Instant) -> Iterator[Said]:
    if fact.breaks:
        yield look(promise.id, "broken", f"{fact.maintenance}: {fact.breaks[0]}", fact.end, now)
    else:
        reason = f"{fact.maintenance} was announced {spoken(seconds_between(now, fact.start))} ahead"
        yield look(
            promise.id,
            "kept",
            f"{reason}, for {spoken(seconds_between(fact.start, fact.end))}",
            fact.end,
            now,
        )


def look(promise: str, verdict: Verdict, reason: str, end: Instant, now: Instant) -> Said:
    fresh = seconds_between(now, end) + (KEPT_SECONDS if verdict == "kept" else BROKEN_SECONDS)
    return Said(
        EvidenceRecorded(promise=promise, verdict=verdict, reason=reason, fresh_seconds=fresh),
        f"promise:{promise}",
    )


def cancel(state: State, command: CancelMaintenance, now: Instant) -> Answer:
    """It does not take place; one that runs ends now. A line that only this one broke is as it was before."""
    one = state.announced.get(command.maintenance)
    if one is None:
        return Refusal(
            "unknown_maintenance", f"no {command.maintenance} was announced", "/maintenance lists them"
        )
    if one.cancelled_at is not None:
        return Refusal("already_cancelled", f"{one.id} was cancelled before")
    if one.takes_place and now >= one.end:
        return Refusal("over", f"{one.id} ended at {rfc3339(one.end)}")
    fact = Said(MaintenanceCancelled(maintenance=one.id, by=command.by), subject(one.id))
    return (fact, *(_withdrawn(state, one, now) if now < one.start else ()))


def _withdrawn(state: State, one: Maintenance, now: Instant) -> Iterator[Said]:
    """What is known of the line without one that does not take place: what broke it before still does."""
    if one.window not in state.promises:
        return
    others = [
        o for o in state.announced.values() if o.window == one.window and o.id != one.id and o.takes_place
    ]
    if one.breaks and not any(other.breaks for other in others):
        yield look(one.window, "kept", f"{one.id} was cancelled before it began", now, now)


def reminders(state: State, now: Instant) -> Iterator[Said]:
    """Told once more, unless it has begun by now."""
    for one, at in to_remind(state):
        if at <= now < one.start:
            yield Said(MaintenanceReminded(one.id, one.start, one.end), subject(one.id))


def standing(state: State, promise: Promise, at: Instant) -> Standing:
    """By the last maintenance that was announced; nothing is known where none was."""
    found = by_evidence(state, promise, at)
    unseen = isinstance(promise.values, Window) and promise.id not in state.missing
    if unseen and promise.id not in state.book.looks:
        return Standing(kind="unproven", reason="no maintenance was announced yet")
    if isinstance(promise.values, Rule) and found.kind == "unproven" and promise.id not in state.book.looks:
        return Standing(kind="unproven", reason="there was no emergency maintenance yet")
    return found
