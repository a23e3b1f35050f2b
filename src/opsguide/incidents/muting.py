"""Of which open incidents nobody is told for now: silences of people, and incidents that explain others.

After Alertmanager's model (prometheus.io/docs/alerting/latest/alertmanager): an incident that is on both sides of an
inhibition is muted only by one that is not, so that none mutes itself and no two mute each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from ..guide.bindings import Inhibit
from ..kernel.clock import Instant, rfc3339
from ..kernel.matching import Matcher, fulfils, parse_matcher
from ..kernel.part import Said
from .common import subject
from .facts import IncidentMuted, IncidentUnmuted
from .state import Incident, State

DEFAULTS: tuple[Inhibit, ...] = (
    Inhibit(source=('kind="environment_down"',), target=('kind=~"alert|no_data"',), equal=("environment",)),
    Inhibit(
        source=('kind="database_down"',),
        target=('signal=~"query_time|lock_contention|pool_utilisation|active_connections"',),
        equal=("environment",),
    ),
)
"""What is down explains its own alerts: its errors, its slowness, its silent signals, its slow queries."""


class Mute(Struct, frozen=True):
    """`by` is the silence or the incident."""

    by: str
    reason: str


class _Rule(Struct, frozen=True):
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]


class Muting:
    """What mutes now. Made once for all incidents; which of them may mute others, the agenda remembers."""

    def __init__(self, state: State) -> None:
        self._silences = tuple(state.silences.values())
        sources = [state.open[name] for name in state.agenda.sources]
        sources.sort(key=lambda one: one.opened_seq)
        rules = _rules((*DEFAULTS, *state.bindings.incidents.inhibit))
        found = [(rule, [one for one in sources if fulfils(rule.source, one.matched())]) for rule in rules]
        self._rules = [(rule, sources) for rule, sources in found if sources]

    def of(self, incident: Incident) -> Mute | None:
        """Why nobody is told of it; None where people are."""
        labels = incident.matched()
        for silence in self._silences:
            if fulfils(silence.matchers, labels):
                return Mute(silence.id, f"silenced until {rfc3339(silence.until)}")
        for rule, sources in self._rules:
            if fulfils(rule.target, labels):
                both = fulfils(rule.source, labels)
                for source in sources:
                    if source.id != incident.id and _explains(rule, source, labels, both=both):
                        return Mute(source.id, f"{source.title} explains it")
        return None


def changes(incident: Incident, mute: Mute | None) -> Iterator[Said]:
    """Whether people are told of it from now on, or no longer."""
    by = mute.by if mute is not None else ""
    if by == incident.muted_by:
        return
    about = subject(incident.id)
    if incident.muted_by:
        yield Said(IncidentUnmuted(incident=incident.id, by=incident.muted_by), about)
    if mute is not None:
        yield Said(IncidentMuted(incident=incident.id, by=mute.by, reason=mute.reason), about)


def sources_moved(state: State, incidents: Iterable[str]) -> bool:
    """Remember which of these may mute others, and as what; True where that has changed."""
    known, moved = state.agenda.sources, False
    rules = _rules((*DEFAULTS, *state.bindings.incidents.inhibit))
    for name in incidents:
        incident = state.open.get(name)
        said: tuple[str, ...] = ()
        if incident is not None and incident.recovered_at is None:
            labels = incident.matched()
            if any(fulfils(rule.source, labels) for rule in rules):
                said = tuple(f"{label}={value}" for label, value in sorted(labels.items()))
        if said != known.get(name, ()):
            moved = True
            known.pop(name, None)
            if said:
                known[name] = said
    return moved


@lru_cache(maxsize=8)
def _rules(inhibits: tuple[Inhibit, ...]) -> tuple[_Rule, ...]:
    return tuple(_Rule(_parsed(one.source), _parsed(one.target), one.equal) for one in inhibits)


def _parsed(written: Sequence[str]) -> tuple[Matcher, ...]:
    return tuple(parse_matcher(one) for one in written)


def _explains(rule: _Rule, source: Incident, labels: dict[str, str], *, both: bool) -> bool:
    own = source.matched()
    if both and fulfils(rule.target, own):
        return False
    return all(own.get(label, "") == labels.get(label, "") for label in rule.equal)


def ends(state: State) -> Iterator[Instant]:
    """When silences end."""
    return (silence.until for silence in state.silences.values())
