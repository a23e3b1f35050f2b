"""What happens to a ledger when processes are killed, disks fill up, and two want to write."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from opsguide.kernel.errors import LedgerError, LedgerUnwritable
from opsguide.kernel.ledger import START
from opsguide.storage.reader import open_readonly
from opsguide.storage.sqlite import SqliteLedger, open_ledger
from opsguide.storage.verify import verify_stored
from tests.storage.notes import NOON, TYPES, counted, note

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def appending(mode: str, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own on the folder, killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.appending", mode, str(directory)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from (line.strip() for line in process.stdout)


async def test_kill_9_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    durable = 0
    for _ in range(4):
        with appending("forever", tmp_path) as process:
            told = lines(process)
            for _ in range(chance.randrange(1, 400)):
                durable = int(next(told))
            process.send_signal(signal.SIGKILL)
            durable = max([durable, *(int(line) for line in told if line.isdigit())])
        # First as the crash left it, to be read by somebody who may not write.
        assert verify_stored(open_readonly(tmp_path)).head.seq >= durable
        async with open_ledger(tmp_path, TYPES) as ledger:
            assert ledger.head.seq >= durable
            assert sum(1 for _ in ledger.read()) == ledger.head.seq
            assert ledger.head.seq % 2 == 0, "of a batch of two, both are there or none"


async def test_a_second_service_on_the_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with appending("hold", tmp_path) as process:
        assert next(lines(process)) == "held"
        with pytest.raises(LedgerError, match=f"process {process.pid}") as refused:
            open_ledger(tmp_path, TYPES)
        assert str(tmp_path) in str(refused.value)
        assert "--data" in str(refused.value)
        process.kill()
        process.wait()
    async with open_ledger(tmp_path, TYPES) as ledger:
        assert (await ledger.append([note("free again")]))[0].seq == 1


async def test_the_same_process_cannot_open_it_twice_either(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES):
        with pytest.raises(LedgerError, match="already runs"):
            open_ledger(tmp_path, TYPES)
    async with open_ledger(tmp_path, TYPES) as again:
        assert again.head.seq == 0


def test_a_disk_that_takes_no_more_refuses_what_follows_and_recovers(tmp_path: Path) -> None:
    """The limit stands for a full disk: every write beyond it fails, as a write without space does."""
    with appending("starve", tmp_path) as process:
        told = list(lines(process))
    outcomes = [line.split()[0] for line in told if not line.startswith("head")]
    accepted = [int(line.split()[1]) for line in told if line.startswith("durable")]
    assert outcomes[0] == "durable"
    assert "refused" in outcomes
    first_refused = outcomes.index("refused")
    assert set(outcomes[first_refused:-1]) == {"refused"}, "nothing goes in behind a refused fact"
    assert outcomes[-1] == "durable", "with room again, it is written again"
    head = next(int(line.split()[1]) for line in told if line.startswith("head"))
    assert head == first_refused
    assert accepted == list(range(1, first_refused + 2))
    assert verify_stored(open_readonly(tmp_path)).head.seq == accepted[-1]


@contextmanager
def no_room(ledger: SqliteLedger) -> Iterator[None]:
    """SQLite itself refuses to let the file grow, as on a full disk, until the block ends."""
    connection = ledger._writer._connection
    largest = connection.pragma("max_page_count")
    connection.pragma("max_page_count", connection.pragma("page_count"))
    try:
        yield
    finally:
        connection.pragma("max_page_count", largest)


async def test_a_batch_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        with no_room(ledger), pytest.raises(LedgerUnwritable, match="no space is left") as refused:
            await ledger.append([note("small"), note("x" * 100_000)])
        assert refused.value.where.endswith("ledger.sqlite")
        assert "free space" in refused.value.hint
        assert ledger.head == START
        assert list(ledger.read()) == []
        assert (await ledger.append([note("small")]))[0].seq == 1


async def test_all_that_was_put_before_the_refusal_was_known_is_refused(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        with no_room(ledger):
            large = asyncio.create_task(ledger.append([note("x" * 100_000)]))
            small = [asyncio.create_task(ledger.append([counted(number)])) for number in range(1_000)]
            outcomes = await asyncio.gather(large, *small, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {LedgerUnwritable}
        assert ledger.head == START
        assert (await ledger.append([note("small")]))[0].seq == 1


async def test_a_refused_fact_does_not_set_the_time(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        with no_room(ledger), pytest.raises(LedgerUnwritable):
            await ledger.append([note("x" * 100_000, at=NOON + 1_000)])
        assert (await ledger.append([note("small", at=NOON)]))[0].fact.at == NOON


async def test_a_refusal_that_nobody_waited_for_does_not_stop_the_ledger(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, TYPES) as ledger:
        with no_room(ledger):
            waiting = asyncio.create_task(ledger.append([note("x" * 100_000)]))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            with suppress(LedgerUnwritable):  # it may have been put before the refusal was known
                await ledger.append([note("one")])
        recorded = await ledger.append([note("two")])
        assert recorded[0].seq == ledger.head.seq
        assert list(ledger.read())[-1:] == recorded


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").write_text("in the way")
    with pytest.raises(LedgerUnwritable, match="cannot be opened for writing"):
        open_ledger(tmp_path / place, TYPES)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may look into but only its owner may change; pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


async def test_somebody_who_may_only_look_reads_a_stopped_services_ledger(public: Path) -> None:
    async with open_ledger(public, TYPES) as ledger:
        await ledger.append([note("one")])
    (public / "ledger.sqlite").chmod(0)
    assert seen_by_a_stranger(public) == ["the ledger cannot be read (unable to open database file)"]
    (public / "ledger.sqlite").chmod(0o644)
    assert seen_by_a_stranger(public) == ["head 1"]
    assert sorted(os.listdir(public)) == ["ledger.lock", "ledger.sqlite"]


def seen_by_a_stranger(folder: Path) -> list[str]:
    folder.chmod(0o555)
    with appending("stranger", folder) as process:
        return list(lines(process))
