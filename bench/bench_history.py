"""Looking back over 100,000 facts about 300 promises: standing over time, and everything as of an instant."""

import time
from collections.abc import Iterable

from bench.row import Row
from opsguide.app.core import CHAPTERS, build_engine, history, remembering_engine
from opsguide.app.past import Past
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import read_bindings
from opsguide.guide.promise import Coverage, Promise, Reading
from opsguide.guide.values import Objective
from opsguide.kernel.engine import Batch
from opsguide.kernel.facts import Recorded
from opsguide.kernel.ledger import Head
from opsguide.kernel.promise import Span
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.service.standings import standings

PROMISES, FACTS = 300, 100_000
START = 1_764_000_000_000
STEP_MS = 900
VERDICTS: tuple[Verdict, ...] = ("kept", "kept", "kept", "kept", "broken")


def rows() -> Iterable[Row]:
    recorded = lived()
    end = recorded[-1].fact.at
    began = time.perf_counter()
    build_engine().replay(recorded)
    plain = time.perf_counter() - began
    began = time.perf_counter()
    engine = remembering_engine()
    engine.replay(recorded)
    yield Row(
        f"history: {FACTS:,} facts folded, standings over time remembered",
        time.perf_counter() - began,
        "s",
        peer=f"folded only: {plain:.2f} s",
    )
    began = time.perf_counter()
    stints = sum(len(history(engine, _name(number), START, end)) for number in range(PROMISES))
    assert stints > FACTS / 5
    yield Row(f"history: of all {PROMISES} promises, asked", (time.perf_counter() - began) * 1e3, "ms")
    past, head = Past(lambda after: iter(recorded[after:])), Head(len(recorded), bytes(32), end)
    for what, instant in (
        ("first", end - 1_000),
        ("another", end - 10_000_000),
        ("the same", end - 10_000_000),
    ):
        began = time.perf_counter()
        found = standings(past.at(instant, head), CHAPTERS, instant)
        assert len(found) == PROMISES
        yield Row(f"as of: {what} instant in {FACTS:,} facts", (time.perf_counter() - began) * 1e3, "ms")


def lived() -> list[Recorded]:
    """Evidence about every promise in turn; each is broken in one round of five."""
    engine = build_engine()
    where = '[environments.production]\nmetrics = "http://127.0.0.1:9/metrics"\nprivate = true\n'
    bound, _ = read_bindings(f"{where}[signals]\n" + "".join(f"s{n} = 'x{n}'\n" for n in range(PROMISES)))
    assert bound is not None
    promises = tuple(_promise(number) for number in range(PROMISES))
    reading = Reading(
        reader="bench",
        title="Guide",
        language="en",
        promises=promises,
        gaps=(),
        findings=(),
        diagnostics=(),
        statements=(),
        coverage=Coverage(PROMISES, PROMISES, 0, 0),
    )
    adopt = Adopt(text="# Guide\n", reading=reading, bindings=bound, bindings_text="")
    batch = engine.run(adopt, actor="bench", now=START)
    assert isinstance(batch, Batch)
    recorded = batch.recorded
    for number in range(FACTS):
        name = _name(number % PROMISES)
        verdict = VERDICTS[number // PROMISES % len(VERDICTS)]
        seen = EvidenceRecorded(name, verdict, "measured as such", 600.0, "143 ms", "< 1 s", 0.143)
        at = START + (number + 1) * STEP_MS
        fact = engine.fact_types.fact(seen, subject=f"promise:{name}", actor="opsguide", at=at)
        recorded.append(Recorded(len(recorded) + 1, fact))
    return recorded


def _name(number: int) -> str:
    return f"monitoring.objective.s{number}"


def _promise(number: int) -> Promise:
    return Promise(
        id=_name(number),
        keeper="monitoring",
        section="Bench",
        control="threshold",
        span=Span(number + 1, number + 1),
        text=f"s{number} below 1 s",
        values=Objective(signal=f"s{number}", op="<", seconds=1.0),
    )
