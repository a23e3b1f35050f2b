"""Which open incidents have to be looked at: those that something happened to, and those whose time has come.

What decides looks at no other, so that it costs the same with ten thousand of them open. It is a memory of the rules,
made from the same facts as the state: nothing is decided because of it, only looked at later or not again.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec import Struct, field

from ..guide.proving import DrillEnded
from ..guide.signing import PromiseSigned, SignatureWithdrawn
from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from ..kernel.intent import Withdrawn
from ..kernel.standing import EvidenceRecorded
from .process.facts import TaskAdded, TaskChanged

Fold: TypeAlias = Callable[[Any, Recorded], None]

ABOUT_NONE = (EvidenceRecorded, PromiseSigned, SignatureWithdrawn, DrillEnded)
"""Facts after which no incident is decided otherwise."""


class Agenda(Struct, eq=False):
    """`touched` since they were looked at; `wakes` is a heap of (instant, incident), `next` the last of each.

    `everything`: something happened that may concern all. `severities` counts the open ones, of which `known` has the
    severity of each; `proposed` are those whose severity a definition of the guide proposes. `sources` are those that
    may mute others: what they are, in the words of muting.py. `coverage_at`: when the coming shifts are looked
    through again. `clocks` has for each promise a heap of when its clocks end, and of which incident, and `late` whose
    ran out (incident → which fact says so, and when): see soonest.py.
    """

    everything: bool = True
    touched: set[str] = field(default_factory=set)
    wakes: list[tuple[Instant, str]] = field(default_factory=list)
    next: dict[str, Instant] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    proposed: dict[str, None] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    coverage_at: Instant = 0
    clocks: dict[str, list[tuple[Instant, str]]] = field(default_factory=dict)
    late: dict[str, dict[str, tuple[int, Instant]]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Two states that differ in it only are the same: it is no part of what happened."""
        return isinstance(other, Agenda)

    __hash__ = None  # type: ignore[assignment]

    def look_at(self, incident: str, wake: Instant | None) -> None:
        """It was looked at, and there is nothing to do until `wake`."""
        self.touched.discard(incident)
        if wake is not None and self.next.get(incident) != wake:
            self.next[incident] = wake
            heapq.heappush(self.wakes, (wake, incident))

    def due(self, now: Instant) -> set[str]:
        """Those to be looked at now."""
        while self.wakes and self.wakes[0][0] <= now:
            wake, incident = heapq.heappop(self.wakes)
            if self.next.get(incident) == wake:
                del self.next[incident]
                self.touched.add(incident)
        return self.touched

    def wake(self) -> Instant | None:
        return self.wakes[0][0] if self.wakes else None


def noting(fold: Fold) -> Fold:
    """The same fold, which notes whom it concerns."""

    def folded(state: Any, recorded: Recorded) -> None:
        fold(state, recorded)
        _note(state, recorded)

    return folded


def _note(state: Any, recorded: Recorded) -> None:
    agenda: Agenda = state.agenda
    found = list(_incidents(recorded))
    if not found and not isinstance(recorded.fact.data, ABOUT_NONE):
        agenda.everything = True
    if isinstance(recorded.fact.data, TaskAdded | TaskChanged):
        agenda.coverage_at = 0  # whoever has it now is to be reminded
    for incident in found:
        agenda.touched.add(incident)
        _index(state, agenda, incident)


def _incidents(recorded: Recorded) -> Iterator[str]:
    """The incidents that a fact is about."""
    data = recorded.fact.data
    kind, _, name = recorded.fact.subject.partition(":")
    if kind == "incident":
        yield name
        for other in ("incident", "into", "other"):
            yield from [getattr(data, other)] if getattr(data, other, "") else []
    elif isinstance(data, Withdrawn) and data.key.count("/") > 1:
        yield data.key.split("/")[1]


def _index(state: Any, agenda: Agenda, incident: str) -> None:
    """Keep the counts of what is open."""
    now = state.open.get(incident)
    before = agenda.known.pop(incident, None)
    if before is not None:
        agenda.severities[before] -= 1
        if not agenda.severities[before]:
            del agenda.severities[before]
    if now is None:
        agenda.proposed.pop(incident, None)
        agenda.next.pop(incident, None)
        return
    agenda.known[now.id] = now.severity
    agenda.severities[now.severity] = agenda.severities.get(now.severity, 0) + 1
    if now.proposed is not None:
        agenda.proposed.setdefault(incident)
    else:
        agenda.proposed.pop(incident, None)
