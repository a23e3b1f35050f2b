"""A ledger on a real file: what was appended is there, in order, and nothing else is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from opsguide.kernel.errors import LedgerError, LedgerUnwritable, UnknownFact
from opsguide.kernel.facts import Data, Erased, FactTypes
from opsguide.kernel.ledger import START, verified
from opsguide.storage import writer
from opsguide.storage.reader import open_readonly
from opsguide.storage.sqlite import SqliteLedger, open_ledger
from opsguide.storage.verify import verify_stored
from tests.storage.notes import NOON, TYPES, Author, NoteCounted, NoteTaken, counted, note


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    async with open_ledger(tmp_path, TYPES) as opened:
        yield opened


async def test_a_new_ledger_is_empty(ledger: SqliteLedger) -> None:
    assert ledger.head == START
    assert list(ledger.read()) == []
    assert await ledger.append([]) == []


async def test_what_was_appended_is_read_back_in_order(ledger: SqliteLedger) -> None:
    first = await ledger.append([note("one"), counted(2)])
    second = await ledger.append([note("three")])
    assert [recorded.seq for recorded in first + second] == [1, 2, 3]
    assert list(ledger.read()) == first + second
    assert list(ledger.read(after=1)) == (first + second)[1:]
    assert list(ledger.read(after=3)) == []
    assert ledger.head.seq == 3


async def test_it_is_still_there_after_closing_and_opening(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        written = await ledger.append([note("one"), note("two")])
        head = ledger.head
    async with open_ledger(tmp_path, TYPES) as ledger:
        assert ledger.head == head
        written += await ledger.append([note("three")])
        assert list(ledger.read()) == written
    assert verify_stored(open_readonly(tmp_path)).head.seq == 3


async def test_what_comes_back_is_what_a_replay_sees(tmp_path: Path) -> None:
    # JSON has no NaN: the live state must not see one either, else it differs from its own replay.
    types = FactTypes()

    @types.register("reading.taken")
    class ReadingTaken(Data, frozen=True):
        value: float | None

    async with open_ledger(tmp_path, types) as ledger:
        fact = types.fact(ReadingTaken(float("nan")), subject="s", actor="a", at=NOON)
        assert (await ledger.append([fact]))[0].fact.data == ReadingTaken(None)


async def test_a_fact_that_could_not_be_read_back_is_refused(ledger: SqliteLedger) -> None:
    with pytest.raises(UnknownFact, match=r"note\.taken"):
        await ledger.append([note("fine"), TYPES.fact(NoteTaken(7), subject="s", actor="a", at=NOON)])  # type: ignore[arg-type]
    assert ledger.head == START
    assert (await ledger.append([note("later")]))[0].seq == 1


async def test_time_never_goes_back(ledger: SqliteLedger) -> None:
    written = await ledger.append([note("late", at=NOON + 9), note("early", at=NOON)])
    written += await ledger.append([note("earlier", at=5), note("later", at=NOON + 10)])
    assert [recorded.fact.at for recorded in written] == [NOON + 9, NOON + 9, NOON + 9, NOON + 10]
    assert list(ledger.read()) == written


async def test_many_in_flight_keep_the_order_of_the_calls(ledger: SqliteLedger) -> None:
    numbers = range(2_000)
    answers = await asyncio.gather(*(ledger.append([counted(number)]) for number in numbers))
    assert [answer[0].seq for answer in answers] == [number + 1 for number in numbers]
    read = [recorded.fact.data for recorded in ledger.read()]
    assert read == [NoteCounted(number) for number in numbers]


async def test_a_large_batch_is_one_transaction(ledger: SqliteLedger) -> None:
    written = await ledger.append([counted(number) for number in range(writer.GROUP * 10)])
    assert list(ledger.read()) == written


async def test_giving_up_waiting_does_not_take_the_fact_back(ledger: SqliteLedger) -> None:
    waiting = asyncio.create_task(ledger.append([note("one")]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await ledger.append([note("two")]))[0].seq == 2


async def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, TYPES)
    await ledger.append([note("one")])
    await ledger.close()
    await ledger.close()
    with pytest.raises(LedgerUnwritable, match="closed"):
        await ledger.append([note("two")])


async def test_what_is_queued_is_written_before_it_closes(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, TYPES)
    waiting = [asyncio.create_task(ledger.append([counted(number)])) for number in range(500)]
    await asyncio.sleep(0)
    await ledger.close()
    assert [(await one)[0].seq for one in waiting] == list(range(1, 501))


@pytest.mark.parametrize("behind", [1, 300, 10_000])
async def test_facts_of_one_subject(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, behind: int
) -> None:
    """Alike, whether the index has the rows, some of them, or is behind them all."""
    monkeypatch.setattr(writer, "INDEX_BEHIND", behind)
    monkeypatch.setattr(writer, "SMALL", 0)
    written = []
    for start in range(0, 1_000, 100):
        written += await ledger.append(
            [counted(number, subject=f"shelf:{number % 7}") for number in range(start, start + 100)]
        )
    third = [recorded for recorded in written if recorded.fact.subject == "shelf:3"]
    assert list(ledger.read(subject="shelf:3")) == third
    assert list(ledger.read(third[4].seq, subject="shelf:3")) == third[5:]
    assert list(ledger.read(subject="shelf:none")) == []


def indexed(folder: Path) -> object:
    with open_readonly(folder).connected() as connection:
        return connection.execute("select seq from indexed").get


async def test_small_appends_take_the_index_along(ledger: SqliteLedger, tmp_path: Path) -> None:
    for number in range(100):
        await ledger.append([counted(number, subject=f"shelf:{number % 3}")])
    assert indexed(tmp_path) == 100
    assert verify_stored(open_readonly(tmp_path)).head.seq == 100


async def test_opening_brings_the_index_up(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        await ledger.append([counted(number, subject=f"shelf:{number % 3}") for number in range(1_000)])
        assert indexed(tmp_path) == 0
    async with open_ledger(tmp_path, TYPES) as ledger:
        await ledger.append([counted(number, subject="shelf:0") for number in range(100)])
        assert indexed(tmp_path) == 1_000
        assert len(list(ledger.read(subject="shelf:0"))) == 334 + 100


async def test_a_reading_ends_at_what_was_durable_when_it_began(ledger: SqliteLedger) -> None:
    await ledger.append([counted(number) for number in range(10)])
    reading = ledger.read()
    next(reading)
    await ledger.append([counted(11)])
    assert len(list(reading)) == 9


async def test_it_is_read_beside_the_running_service(ledger: SqliteLedger, tmp_path: Path) -> None:
    beside = open_readonly(tmp_path)
    written = await ledger.append([note("one", author="Ana")])
    assert list(beside.read(TYPES)) == written
    written += await ledger.append([note("two")])
    assert list(beside.read(TYPES)) == written
    assert beside.head() == ledger.head


def test_a_folder_that_is_no_ledgers(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger in this folder"):
        open_readonly(tmp_path)
    with pytest.raises(LedgerError, match="no ledger in this folder"):
        open_readonly(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("use", [open_readonly, lambda folder: open_ledger(folder, TYPES)])
async def test_another_programs_file_is_left_alone(tmp_path: Path, use: Callable[[Path], object]) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("create table theirs (x)")
    database.close()
    before = (tmp_path / "ledger.sqlite").read_bytes()
    with pytest.raises(LedgerError, match="no ledger of opsguide"):
        use(tmp_path)
    assert (tmp_path / "ledger.sqlite").read_bytes() == before


@pytest.mark.parametrize("use", [open_readonly, lambda folder: open_ledger(folder, TYPES)])
async def test_rubbish_is_called_damaged(tmp_path: Path, use: Callable[[Path], object]) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all" * 1_000)
    with pytest.raises(LedgerError, match="damaged"):
        use(tmp_path)


async def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        await ledger.append([note("one")])
    database = sqlite3.connect(tmp_path / "ledger.sqlite")
    database.execute("pragma user_version = 999")
    database.close()
    with pytest.raises(LedgerError, match="a newer opsguide wrote this ledger"):
        open_ledger(tmp_path, TYPES)


async def test_an_unknown_fact_refuses_the_start_before_any_write(tmp_path: Path) -> None:
    newer = TYPES.merge([FactTypes()])

    @newer.register("note.burnt", v=3)
    class NoteBurnt(Data, frozen=True):
        how: str

    async with open_ledger(tmp_path, newer) as ledger:
        await ledger.append([note("one"), newer.fact(NoteBurnt("slowly"), subject="s", actor="a", at=NOON)])
    before = (tmp_path / "ledger.sqlite").read_bytes()
    with pytest.raises(UnknownFact, match=r"note\.burnt v3") as refused:
        open_ledger(tmp_path, TYPES)
    assert "nothing was changed" in str(refused.value)
    assert (tmp_path / "ledger.sqlite").read_bytes() == before
    async with open_ledger(tmp_path, newer) as ledger:
        assert ledger.head.seq == 2


async def test_an_old_version_of_a_fact_is_lifted(tmp_path: Path) -> None:
    old, new = FactTypes(), FactTypes()

    @old.register("note.moved")
    class MovedBefore(Data, frozen=True):
        place: str

    @new.register("note.moved", v=2)
    class MovedNow(Data, frozen=True):
        shelf: str
        board: int

    new.upcast("note.moved", 1, lambda data: {"shelf": data["place"][0], "board": int(data["place"][1:])})
    async with open_ledger(tmp_path, old) as ledger:
        await ledger.append([old.fact(MovedBefore("b7"), subject="s", actor="a", at=NOON)])
    async with open_ledger(tmp_path, new) as ledger:
        await ledger.append([new.fact(MovedNow("c", 1), subject="s", actor="a", at=NOON)])
        assert [recorded.fact.data for recorded in ledger.read()] == [MovedNow("b", 7), MovedNow("c", 1)]
        assert [recorded.fact.v for recorded in ledger.read()] == [2, 2]


async def test_personal_data_stands_beside_the_chain(ledger: SqliteLedger, tmp_path: Path) -> None:
    (recorded,) = await ledger.append([note("bought milk", author="Ana Pop")])
    assert recorded.fact.personal == Author("Ana Pop")
    assert list(ledger.read()) == [recorded]
    (row,) = open_readonly(tmp_path).rows()
    assert b"Ana Pop" not in row.body
    assert row.personal == b'{"name":"Ana Pop"}'


async def test_the_same_personal_data_gets_another_digest_each_time(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    await ledger.append([note("x", author="Ana"), note("x", author="Ana")])
    first, second = open_readonly(tmp_path).rows()
    assert first.body != second.body, "who has a guess at the name must not be able to try it"


def holds(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.iterdir())


async def test_erased_data_is_gone_and_the_chain_still_verifies(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        await ledger.append([note("one", author="Ana Maria Pop"), note("two", author="Bob")])
        assert await ledger.erase(1)
        assert not await ledger.erase(1)
        assert not await ledger.erase(99)
        personal = [recorded.fact.personal for recorded in ledger.read()]
        assert personal == [Erased(), Author("Bob")]
        assert not holds(tmp_path, b"Ana Maria Pop")
        assert holds(tmp_path, b"Bob")
        proof = verify_stored(open_readonly(tmp_path))
        assert (proof.personal, proof.erased) == (1, 1)


async def test_facts_stay_in_step_while_readers_read(ledger: SqliteLedger, tmp_path: Path) -> None:
    def read_again_and_again() -> int:
        beside, seen = open_readonly(tmp_path), 0
        while seen < 3_000:
            seen = sum(1 for _ in verified(beside.rows()))
        return seen

    reading = asyncio.create_task(asyncio.to_thread(read_again_and_again))
    for start in range(0, 3_000, 50):
        await ledger.append([counted(number) for number in range(start, start + 50)])
    assert await reading == 3_000


async def test_only_its_owner_may_look_into_a_new_ledger(tmp_path: Path) -> None:
    async with open_ledger(tmp_path / "new", TYPES) as ledger:
        await ledger.append([note("one", author="Ana")])
        modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "new").iterdir()}
    assert set(modes.values()) == {0}, modes
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
