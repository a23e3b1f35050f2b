"""The fold: one pass over the ledger, every row checked against the chain, gives all that a report says."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ...guide.adoption import GuideAdopted, GuideRefused, Version
from ...guide.bindings import service_name
from ...guide.history import totals
from ...guide.promise import Promise
from ...guide.signing import Note, PromiseSigned, SignatureWithdrawn
from ...guide.versions import Versions
from ...incidents.facts import (
    ClockMet,
    ClockMissed,
    IncidentAcknowledged,
    IncidentOpened,
    IncidentResolved,
)
from ...incidents.state import Incident
from ...kernel.clock import Instant, from_datetime, rfc3339, seconds_between
from ...kernel.engine import Engine
from ...kernel.errors import OpsguideError
from ...kernel.facts import Recorded
from ...kernel.ledger import Head
from ...kernel.standing import EvidenceRecorded
from ...service.standings import standings
from ...web.people import names_in
from ..core import CHAPTERS, history, remembering_engine
from ..past import until as recorded_until
from ..words import said
from .model import ClockLine, EvidenceLine, IncidentLine, PromiseLine, Report, SignatureLine

MOST_EVIDENCE = 2_000
"""So many facts are listed at most, the earliest first; the report says how many more the ledger has."""

CITED = (
    *(GuideAdopted, GuideRefused, PromiseSigned, SignatureWithdrawn),
    *(IncidentOpened, IncidentAcknowledged, IncidentResolved, ClockMet, ClockMissed),
)


class Source(Protocol):
    """A ledger to read: what is durable, oldest first, and the hash of a row."""

    def read(self, after: int = 0, *, subject: str | None = None) -> Iterator[Recorded]: ...

    def hash_at(self, seq: int) -> bytes: ...


def month_of(text: str, zone: str) -> tuple[Instant, Instant]:
    """`2026-11` → its first instant in the zone, and that of the next month. Raises OpsguideError."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) or text.startswith("0000"):
        raise OpsguideError(f"{text!r} is no month", where="month", hint="write for example 2026-11")
    year, month = int(text[:4]), int(text[5:])
    if year == 9999 and month == 12:
        raise OpsguideError(
            f"{text} has no end in the calendar", where="month", hint="write for example 2026-11"
        )
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    return from_datetime(datetime(year, month, 1, tzinfo=ZoneInfo(zone))), from_datetime(after)


def zone_of(source: Source, at: Instant) -> str:
    """The service's zone as bound at an instant; UTC before any guide."""
    zone = "UTC"
    for recorded in recorded_until(source.read(subject="guide"), at):
        if isinstance(recorded.fact.data, GuideAdopted):
            zone = recorded.fact.data.bindings.zone
    return zone


def build(source: Source, month: str, at: Instant) -> Report:
    """The report of a month as known at an instant. Raises OpsguideError for a month that has not begun by then."""
    zone = zone_of(source, at)
    start, end = month_of(month, zone)
    if start > at:
        raise OpsguideError(
            f"{month} has not begun: it is {rfc3339(at)}", where="month", hint="name one that has"
        )
    until = min(end - 1, at)
    fold = _Fold(start)
    for recorded in recorded_until(source.read(), until):
        fold.take(recorded)
    return fold.report(source, month, zone, end, until)


class _Fold:
    """Follows the engine through the ledger and remembers what the month needs."""

    def __init__(self, start: Instant) -> None:
        self._start = start
        self._engine: Engine = remembering_engine(most=None)
        self._versions = Versions()
        self._promises: dict[str, Promise] = {}
        self._incidents: dict[str, Incident] = {}
        self._signatures: list[SignatureLine] = []
        self._cited: dict[int, Recorded] = {}
        self._turns: dict[int, Recorded] = {}
        self._latest: dict[str, Recorded] = {}
        self._facts = 0
        self._origin = ""

    def take(self, recorded: Recorded) -> None:
        data, at = recorded.fact.data, recorded.fact.at
        self._engine.replay((recorded,))
        if isinstance(data, EvidenceRecorded):
            self._seen(recorded, data)
        if isinstance(data, GuideAdopted | GuideRefused):
            self._versions.fold((recorded,))
        if isinstance(data, GuideAdopted):
            if at < self._start:
                self._promises.clear()  # what left the guide before the month is none of its business
            self._promises.update((promise.id, promise) for promise in data.reading.promises)
        if isinstance(data, IncidentResolved) and at >= self._start:
            self._remember(data.incident)
        if at < self._start:
            return
        self._facts += 1
        if isinstance(data, PromiseSigned | SignatureWithdrawn):
            self._signatures.append(_signature(recorded, data))
        if isinstance(data, CITED):
            self._cited[recorded.seq] = recorded

    def _seen(self, recorded: Recorded, data: EvidenceRecorded) -> None:
        before = self._latest.get(data.promise)
        self._latest[data.promise] = recorded
        turned = before is None or _verdict(before) != data.verdict
        if turned and recorded.fact.at >= self._start:
            self._turns[recorded.seq] = recorded

    def _remember(self, incident: str) -> None:
        found = self._engine.state("incidents").find(incident)
        if found is not None:
            self._incidents[incident] = found

    def report(self, source: Source, month: str, zone: str, end: Instant, until: Instant) -> Report:
        for incident in list(self._engine.state("incidents").open):
            self._remember(incident)
        guide = self._engine.state("guide")
        current: Version | None = guide.current
        lines = tuple(self._line(promise, until, current) for promise in self._promises.values())
        names = names_in(guide.bindings_text)
        evidence, left_out = self._listed(source, lines, names)
        seq = self._engine.seq
        return Report(
            service=_service(current),
            title=current.adopted.reading.title if current is not None else "",
            month=month,
            zone=zone,
            start=self._start,
            end=end,
            until=until,
            version=current.adopted.version if current is not None else None,
            facts=self._facts,
            promises=lines,
            incidents=tuple(
                _incident(one) for one in sorted(self._incidents.values(), key=lambda i: i.opened_seq)
            ),
            changes=tuple(self._versions.between(self._start, end)),
            signatures=tuple(self._signatures),
            evidence=evidence,
            left_out=left_out,
            head=Head(seq, source.hash_at(seq), self._engine.at),
            origin=source.hash_at(1).hex() if seq else "",
            names=names,
        )

    def _line(self, promise: Promise, until: Instant, current: Version | None) -> PromiseLine:
        stints = history(self._engine, promise.id, self._start, until + 1)
        standing = standings(self._engine, CHAPTERS, until).get(promise.id) if current is not None else None
        return PromiseLine(
            promise=promise,
            standing=standing,
            totals=totals(stints, self._start),
            stints=stints,
        )

    def _listed(
        self, source: Source, lines: tuple[PromiseLine, ...], names: Mapping[str, str]
    ) -> tuple[tuple[EvidenceLine, ...], int]:
        """Facts to cite: what people, clocks and the guide did, changes of verdict, and each line's last evidence."""
        kept = {line.promise.id for line in lines}
        last = {one.seq: one for promise, one in self._latest.items() if promise in kept}
        cited = self._cited | {seq: one for seq, one in self._turns.items() if _about(one) in kept} | last
        chosen = sorted(cited)[:MOST_EVIDENCE]
        found = tuple(
            EvidenceLine(
                seq=seq,
                at=cited[seq].fact.at,
                type=cited[seq].fact.type,
                subject=cited[seq].fact.subject,
                said=said(cited[seq], names),
                hash=source.hash_at(seq).hex(),
            )
            for seq in chosen
        )
        return found, len(cited) - len(chosen)


def _about(recorded: Recorded) -> str:
    assert isinstance(recorded.fact.data, EvidenceRecorded)
    return recorded.fact.data.promise


def _verdict(recorded: Recorded) -> str:
    assert isinstance(recorded.fact.data, EvidenceRecorded)
    return recorded.fact.data.verdict


def _signature(recorded: Recorded, data: PromiseSigned | SignatureWithdrawn) -> SignatureLine:
    note = recorded.fact.personal
    return SignatureLine(
        promise=data.promise,
        by=data.by,
        at=recorded.fact.at,
        seq=recorded.seq,
        until=data.until if isinstance(data, PromiseSigned) else None,
        withdrawn=isinstance(data, SignatureWithdrawn),
        note=note.text if isinstance(note, Note) else "",
    )


def _incident(one: Incident) -> IncidentLine:
    ended = {"acknowledge": one.first_acknowledged_at or one.resolved_at, "resolve": one.resolved_at}
    return IncidentLine(
        id=one.id,
        title=one.title,
        severity=one.severity,
        promise=one.promise,
        opened_at=one.opened_at,
        opened_seq=one.opened_seq,
        acknowledged_at=one.first_acknowledged_at,
        acknowledged_by=one.first_acknowledged_by,
        resolved_at=one.resolved_at,
        resolved_by=one.resolved_by,
        resolution=one.resolution,
        clocks=tuple(
            ClockLine(
                name=clock.name,
                promise=clock.promise,
                limit=clock.seconds,
                taken=seconds_between(one.started(clock), done) if (done := ended[clock.name]) else None,
                state=one.how(clock),
            )
            for clock in one.clocks
        ),
    )


def _service(current: Version | None) -> str:
    if current is None:
        return "opsguide"
    return service_name(current.adopted.bindings, current.adopted.reading)
