"""Probes and regions as the console and the API give them. These are a public contract (docs/reference/api.md)."""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import LOCAL, Bindings, ProbeBinding, regions_of
from ...kernel.clock import Instant, rfc3339, rfc3339_or_none, seconds_between
from ..state import State
from .edge.probing import Probing
from .heartbeats import Beat
from .looks import Seen, Vote
from .reports import QUIET_SECONDS, SILENT_SECONDS

ProbeStateName: TypeAlias = Literal["up", "down", "unknown", "waiting"]


class RegionVote(Struct, frozen=True):
    """What one region says of a probe: up, down, stale (not heard of for too long), or new (not yet)."""

    region: str
    says: Vote
    at: str | None
    latency_seconds: float | None
    failures: int
    problem: str


class Failure(Struct, frozen=True):
    """The last look that failed."""

    region: str
    at: str
    why: str


class ProbeStatus(Struct, frozen=True):
    """A probe as it is. `target` is what is asked, "" of a job that reports by itself.

    `state` is up, down, unknown (too few regions say how it is) or waiting (nothing is known yet); `since` is when it
    became so, `reason` why. `latency_seconds` is the lowest of its regions, or how long a job ran.
    """

    name: str
    kind: str
    target: str
    environment: str | None
    availability: bool
    severity: str | None
    every_seconds: float
    state: ProbeStateName
    since: str | None
    reason: str
    latency_seconds: float | None
    certificate_expires: str | None
    certificate_days: int | None
    certificate_soon: bool
    regions: tuple[RegionVote, ...]
    last_failure: Failure | None


class RegionStatus(Struct, frozen=True):
    """A place that probes. `state`: reporting, away (for a minute), silent (told of), or waiting for its first report.

    `lost` looks were given up there because too many waited while the service was away.
    """

    region: str
    state: Literal["reporting", "away", "silent", "waiting"]
    heard_at: str | None
    version: str
    lost: int
    probes: int


def probes(
    bindings: Bindings, state: State, probing: Probing | None, now: Instant
) -> tuple[ProbeStatus, ...]:
    """Every bound probe: what is wrong first, then by name. Without `probing` only what the ledger knows."""
    found = [_probe(name, probe, state, probing, now) for name, probe in bindings.probes.items()]
    order = ("down", "unknown", "waiting", "up")
    return tuple(sorted(found, key=lambda one: (order.index(one.state), one.name.casefold())))


def _probe(
    name: str, probe: ProbeBinding, state: State, probing: Probing | None, now: Instant
) -> ProbeStatus:
    known = state.probing.probes.get(name)
    course = probing.courses.get(name) if probing is not None else None
    seen = course.seen if course is not None and course.probe.kind != "heartbeat" else {}
    beat = probing.beats.get(name) if probing is not None and probe.kind == "heartbeat" else None
    judged = course.judgement if course is not None else None
    reason = known.reason if known is not None else "not looked at yet"
    if judged is not None and judged.state in (None, known.state if known is not None else None):
        reason = judged.reason if judged.state is not None or known is None else reason
    expires = course.tls_expires if course is not None else None
    left = None if expires is None else int(seconds_between(now, expires) // 86_400)
    return ProbeStatus(
        name=name,
        kind=probe.kind,
        target=probe.url or probe.tcp or (f"{probe.dns} {probe.record}" if probe.dns else ""),
        environment=probe.environment,
        availability=probe.availability,
        severity=probe.severity,
        every_seconds=probe.heartbeat if probe.heartbeat is not None else probe.every,
        state=known.state if known is not None else "waiting",
        since=rfc3339(known.since) if known is not None else None,
        reason=reason,
        latency_seconds=beat.ran_seconds if beat is not None else _lowest(seen.values()),
        certificate_expires=rfc3339_or_none(expires),
        certificate_days=left,
        certificate_soon=left is not None and left < probe.expect.certificate_days,
        regions=tuple(_votes(probe, seen, now)),
        last_failure=_job_failure(beat) if beat is not None else _last_failure(seen),
    )


def _lowest(seen: Iterable[Seen]) -> float | None:
    values = (one.look.seconds for one in seen if one.look is not None and one.look.up)
    return min((value for value in values if value is not None), default=None)


def _votes(probe: ProbeBinding, seen: dict[str, Seen], now: Instant) -> Iterator[RegionVote]:
    for region, one in seen.items():
        yield RegionVote(
            region=region,
            says=one.vote(probe, now),
            at=rfc3339_or_none(one.at),
            latency_seconds=None if one.look is None else one.look.seconds,
            failures=one.failures,
            problem="" if one.look is None else one.look.why,
        )


def _last_failure(seen: dict[str, Seen]) -> Failure | None:
    failed = [
        (one.failed_at, region, one.failed_why) for region, one in seen.items() if one.failed_at is not None
    ]
    if not failed:
        return None
    at, region, why = max(failed)
    return Failure(region, rfc3339(at), why)


def _job_failure(beat: Beat) -> Failure | None:
    return None if beat.failed is None else Failure(LOCAL, rfc3339(beat.failed), beat.why)


def regions(
    bindings: Bindings, state: State, probing: Probing | None, now: Instant
) -> tuple[RegionStatus, ...]:
    """Every bound region, in the order of the bindings."""
    counted = [place for one in bindings.probes.values() for place in regions_of(one, bindings.regions)]
    return tuple(_region(name, counted.count(name), state, probing, now) for name in bindings.regions)


def _region(name: str, probes: int, state: State, probing: Probing | None, now: Instant) -> RegionStatus:
    place = probing.regions.get(name) if probing is not None else None
    heard = place.heard if place is not None else state.probing.heard.get(name)
    quiet = None if heard is None else seconds_between(heard, now)
    if name in state.probing.silent and (quiet is None or quiet > SILENT_SECONDS):
        said: Literal["reporting", "away", "silent", "waiting"] = "silent"
    elif quiet is None:
        said = "waiting"
    else:
        said = "away" if place is not None and quiet > QUIET_SECONDS else "reporting"
    return RegionStatus(
        region=name,
        state=said,
        heard_at=rfc3339_or_none(heard),
        version=place.version if place is not None else "",
        lost=place.lost if place is not None else 0,
        probes=probes,
    )
