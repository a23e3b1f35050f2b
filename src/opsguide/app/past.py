"""A ledger read without the service: how everything stood at an instant, and why."""

from collections.abc import Iterator
from pathlib import Path

from ..guide.promise import Promise
from ..kernel.clock import Instant
from ..kernel.engine import Engine
from ..kernel.errors import OpsguideError
from ..kernel.facts import Recorded
from ..kernel.standing import Standing
from ..service.standings import standings
from ..storage.reader import open_readonly
from .core import CHAPTERS, build_engine, fact_types


def engine_at(data: Path, at: Instant) -> Engine:
    """The engine folded from what was recorded up to an instant. Reading only; the service may be running."""
    engine = build_engine()
    engine.replay(_until(open_readonly(data).read(fact_types()), at))
    return engine


def _until(history: Iterator[Recorded], at: Instant) -> Iterator[Recorded]:
    for recorded in history:
        if recorded.fact.at > at:
            return
        yield recorded


def guide_at(data: Path, at: Instant) -> tuple[Engine, list[tuple[Promise, Standing]]]:
    """Every promise of the guide in force at an instant with its standing then. Raises OpsguideError before any."""
    engine = engine_at(data, at)
    current = engine.state("guide").current
    if current is None:
        raise OpsguideError(
            "no guide was in force then",
            where=str(data),
            hint=f"opsguide ledger show --data {data} lists what is recorded",
        )
    found = standings(engine, CHAPTERS, at)
    return engine, [(promise, found[promise.id]) for promise in current.adopted.reading.promises]


def about(data: Path, subjects: set[str], until: Instant) -> list[Recorded]:
    """What is recorded about some subjects, oldest first."""
    reader, types = open_readonly(data), fact_types()
    found = [one for subject in sorted(subjects) for one in reader.read_about(types, subject)]
    return sorted((one for one in found if one.fact.at <= until), key=lambda one: one.seq)
