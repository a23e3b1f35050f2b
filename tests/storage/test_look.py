"""Looking for facts: what SQLite finds is what going through all of them finds, a bounded number of rows at a time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsguide.app import fact_types
from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import LedgerBroken
from opsguide.kernel.facts import Recorded
from opsguide.kernel.look import Found, Wanted
from opsguide.kernel.standing import EvidenceRecorded
from opsguide.monitoring.facts import EnvironmentUp, EnvironmentWatched
from opsguide.storage import look as module
from opsguide.storage import writer
from opsguide.storage.sqlite import SqliteLedger, open_ledger
from tests.world import MemoryLedger

SUBJECTS = ["promise:a", "promise:b", "environment:production"]
ACTORS = ["opsguide", "person:ana"]
TYPES = fact_types()
START: Instant = 1_793_491_200_000


@pytest.fixture
async def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[SqliteLedger, MemoryLedger]:
    """The same 60 facts on both ledgers; the index of subjects stays behind the last ones."""
    monkeypatch.setattr(writer, "INDEX_SLICE", 1)
    memory = MemoryLedger()
    ledger = open_ledger(tmp_path, TYPES)
    for number in range(60):
        subject = SUBJECTS[number % 3]
        data = (
            EvidenceRecorded(subject, "kept", str(number), 60.0),
            EnvironmentWatched("production"),
            EnvironmentUp("production", "up"),
        )[number % 5 % 3]
        fact = TYPES.fact(
            data, subject=subject, actor=ACTORS[number % 7 == 0], at=START + number // 4 * 1_000
        )
        await memory.append([fact])
        if number < 40 or number % 2:
            pending = memory.rows[len(ledger_rows(ledger)) : number + 1]
            await ledger.append([one.fact for one in pending])
    return ledger, memory


def ledger_rows(ledger: SqliteLedger) -> list[Recorded]:
    return list(ledger.read())


def pages(ledger: SqliteLedger | MemoryLedger, wanted: Wanted) -> Iterator[Found]:
    """All pages from the first to the last."""
    beyond = wanted.beyond
    while True:
        found = ledger.look(
            Wanted(
                newest=wanted.newest,
                beyond=beyond,
                subject=wanted.subject,
                type=wanted.type,
                actor=wanted.actor,
                since=wanted.since,
                until=wanted.until,
                limit=wanted.limit,
            )
        )
        yield found
        if found.reached is None:
            return
        assert beyond is None or (found.reached < beyond if wanted.newest else found.reached > beyond)
        beyond = found.reached


WANTED = st.builds(
    Wanted,
    newest=st.booleans(),
    beyond=st.none() | st.integers(0, 70),
    subject=st.none() | st.sampled_from([*SUBJECTS, "nothing"]),
    type=st.none() | st.sampled_from(["evidence.recorded", "environment.", "environment.up", "e", "."]),
    actor=st.none() | st.sampled_from([*ACTORS, "nobody"]),
    since=st.none() | st.integers(START - 2_000, START + 20_000),
    until=st.none() | st.integers(START - 2_000, START + 20_000),
    limit=st.integers(1, 70),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, scanned=st.sampled_from([3, 17, 1_000]))
async def test_all_pages_together_hold_what_fits(
    both: tuple[SqliteLedger, MemoryLedger], wanted: Wanted, scanned: int
) -> None:
    ledger, memory = both
    module.SCANNED = scanned
    expected = [
        one.seq
        for one in (memory.rows[::-1] if wanted.newest else memory.rows)
        if wanted.fits(one)
        and (wanted.beyond is None or (one.seq < wanted.beyond if wanted.newest else one.seq > wanted.beyond))
    ]
    for each in (ledger, memory):
        found = list(pages(each, wanted))
        assert [one.seq for page in found for one in page.facts] == expected
        assert all(len(page.facts) <= wanted.limit for page in found)
    module.SCANNED = 100_000


async def test_a_row_that_was_changed_is_not_shown(tmp_path: Path) -> None:
    import apsw

    async with open_ledger(tmp_path, TYPES) as ledger:
        fact = TYPES.fact(
            EnvironmentWatched("production"), subject="environment:production", actor="x", at=START
        )
        await ledger.append([fact, fact])
    with apsw.Connection(str(tmp_path / "ledger.sqlite")) as connection:
        connection.execute(
            "update ledger set body = cast(replace(cast(body as text), 'production', 'prod') as blob) where seq = 1"
        )
    async with open_ledger(tmp_path, TYPES) as ledger:
        with pytest.raises(LedgerBroken, match="was changed"):
            ledger.look(Wanted())
