"""Incidents as the public may know them: what people published; and, where it is bound so, that there is one."""

import hashlib
from collections.abc import Iterable, Iterator

from ...guide.bindings import StatusPage
from ...kernel.clock import Instant, after
from .model import Entry, Said
from .state import KEPT_SECONDS, Known

NOTICED = "We noticed a problem and are looking into it."
OVER = "The problem is over."


def entries(page: StatusPage, known: Iterable[Known], now: Instant) -> tuple[Entry, ...]:
    """Those of the last hundred days, newest first. Names of incidents, alerts and people stay inside."""
    oldest = after(now, -KEPT_SECONDS)
    found = (entry_of(page, one) for one in known if one.resolved_at is None or one.resolved_at >= oldest)
    return tuple(sorted((one for one in found if one), key=lambda one: (-one.started, one.id)))


def entry_of(page: StatusPage, one: Known) -> Entry | None:
    """None where nothing of it is public."""
    labels = tuple(affected(page, one))
    told = list(_told(one, automatic=page.incidents == "automatic" and bool(labels)))
    if not told:
        return None
    ended = one.resolved_at
    if told[-1].phase == "resolved" and ended is None:
        ended = told[-1].at  # the public was told that it is over, before the team is through with it
    return Entry(
        id=public_id(one),
        title=_title(labels),
        started=one.opened_at,
        ended=ended,
        components=labels,
        updates=tuple(reversed(told)),
    )


def affected(page: StatusPage, one: Known) -> Iterator[str]:
    """Labels of the components that it is about: those that were said to be, else those that are by its source."""
    said = next((update.components for update in reversed(one.updates) if update.components), ())
    if said:
        yield from (component.label for name, component in page.components.items() if name in said)
        return
    for component in page.components.values():
        environment = component.environment
        by_place = environment is not None and (
            f"environment:{environment}" in one.keys or environment in one.environments
        )
        by_probe = component.probe is not None and f"probe:{component.probe}" in one.keys
        if by_place or by_probe or component.promise in one.promises:
            yield component.label


def _told(one: Known, *, automatic: bool) -> Iterator[Said]:
    """Oldest first. What is over and was never said to be is said to be."""
    if not one.updates and (not automatic or one.merged):
        return
    name = public_id(one)
    if automatic and not one.updates:
        yield Said(id=f"{name}-{one.opened_seq}", at=one.opened_at, phase="investigating", text=NOTICED)
    for update in one.updates:
        yield Said(
            id=f"{name}-{update.seq}",
            at=update.at,
            phase=update.phase,
            text=update.text,
            corrected=update.corrected,
        )
    last = one.updates[-1] if one.updates else None
    if one.resolved_at is not None and (last is None or last.phase != "resolved"):
        yield Said(id=f"{name}-{one.resolved_seq}", at=one.resolved_at, phase="resolved", text=OVER)


def _title(labels: tuple[str, ...]) -> str:
    if not labels:
        return "Incident"
    if len(labels) <= 3:
        return f"Problem with {', '.join(labels[:-1])}{' and ' if labels[1:] else ''}{labels[-1]}"
    return f"Problem with {', '.join(labels[:2])} and {len(labels) - 2} more"


def public_id(one: Known) -> str:
    """Stable, and says nothing: the incident's own number tells how many there were."""
    return hashlib.sha256(f"{one.opened_seq}/{one.opened_at}".encode()).hexdigest()[:12]
