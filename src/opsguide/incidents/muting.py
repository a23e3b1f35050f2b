"""Of which open incidents nobody is told for now: silences of people, and incidents that explain others.

After Alertmanager's model (prometheus.io/docs/alerting/latest/alertmanager): an incident that is on both sides of an
inhibition is muted only by one that is not, so that none mutes itself and no two mute each other.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ..guide.bindings import Inhibit
from ..kernel.clock import Instant, rfc3339
from ..kernel.matching import Matcher, fulfils, parse_matcher
from ..kernel.part import Said
from .facts import IncidentMuted, IncidentUnmuted
from .state import Incident, State

DEFAULTS: tuple[Inhibit, ...] = (
    Inhibit(source=('kind="environment_down"',), target=('kind="alert"',), equal=("environment",)),
    Inhibit(
        source=('kind="database_down"',),
        target=('signal=~"query_time|lock_contention|pool_utilisation|active_connections"',),
        equal=("environment",),
    ),
)
"""What is down explains its own alerts: its errors, its slowness, its slow queries."""


class Mute(Struct, frozen=True):
    """`by` is the silence or the incident."""

    by: str
    reason: str


class _Rule(Struct, frozen=True):
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    sources: tuple[Incident, ...]


class Muting:
    """What mutes now. Made once for all incidents."""

    def __init__(self, state: State) -> None:
        self._silences = tuple(state.silences.values())
        rules = (*DEFAULTS, *state.bindings.incidents.inhibit)
        self._rules = [rule for rule in _rules(rules, state.open.values()) if rule.sources]

    def of(self, incident: Incident) -> Mute | None:
        """Why nobody is told of it; None where people are."""
        labels = incident.matched()
        for silence in self._silences:
            if fulfils(silence.matchers, labels):
                return Mute(silence.id, f"silenced until {rfc3339(silence.until)}")
        for rule in self._rules:
            if fulfils(rule.target, labels):
                both = fulfils(rule.source, labels)
                for source in rule.sources:
                    if source.id != incident.id and _explains(rule, source, labels, both=both):
                        return Mute(source.id, f"{source.title} explains it")
        return None


def changes(incident: Incident, mute: Mute | None) -> Iterator[Said]:
    """Whether people are told of it from now on, or no longer."""
    by = mute.by if mute is not None else ""
    if by == incident.muted_by:
        return
    subject = f"incident:{incident.id}"
    if incident.muted_by:
        yield Said(IncidentUnmuted(incident=incident.id, by=incident.muted_by), subject)
    if mute is not None:
        yield Said(IncidentMuted(incident=incident.id, by=mute.by, reason=mute.reason), subject)


def _rules(inhibits: Iterable[Inhibit], incidents: Iterable[Incident]) -> Iterator[_Rule]:
    going_on = [one for one in incidents if one.recovered_at is None]
    for inhibit in inhibits:
        source = _parsed(inhibit.source)
        sources = tuple(one for one in going_on if fulfils(source, one.matched()))
        yield _Rule(source, _parsed(inhibit.target), inhibit.equal, sources)


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
