"""Processes of their own for tests that kill, lock out or starve a ledger: `python -m tests.storage.appending`.

`forever DIR` appends until it is killed and prints each sequence number once it is durable; `hold DIR` takes the
folder, says so and waits for its standard input to end; `starve DIR` may write no file beyond a limit, until it has
been refused, and prints what became of each append; `stranger DIR` reads as somebody who may only look.
"""

import asyncio
import os
import resource
import sys
from itertools import count
from pathlib import Path

from opsguide.kernel.errors import LedgerError, LedgerUnwritable
from opsguide.storage.reader import open_readonly
from opsguide.storage.sqlite import SqliteLedger, open_ledger
from tests.storage.notes import TYPES, note

AT_ONCE = 8
NOBODY = 65_534


async def forever(directory: Path) -> None:
    async with open_ledger(directory, TYPES) as ledger:
        numbers = count()

        async def one_by_one(who: int) -> None:
            for number in numbers:
                recorded = await ledger.append([note(f"{who} {number}"), note("and another")])
                print(recorded[-1].seq, flush=True)

        await asyncio.gather(*(one_by_one(who) for who in range(AT_ONCE)))


async def hold(directory: Path) -> None:
    async with open_ledger(directory, TYPES):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def largest_file(directory: Path) -> int:
    return max(path.stat().st_size for path in directory.iterdir())


async def starve(directory: Path) -> None:
    async with open_ledger(directory, TYPES) as ledger:
        await _append_and_tell(ledger, "before")
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file(directory) + 50_000, hard))
        await asyncio.gather(*(_append_and_tell(ledger, "x" * 1_000) for _ in range(200)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print("head", ledger.head.seq, flush=True)
        await _append_and_tell(ledger, "after")


async def stranger(directory: Path) -> None:
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    try:
        print("head", open_readonly(directory).head().seq)
    except LedgerError as error:
        print(error.what)


async def _append_and_tell(ledger: SqliteLedger, text: str) -> None:
    try:
        recorded = await ledger.append([note(text)])
        print("durable", recorded[0].seq, flush=True)
    except LedgerUnwritable as error:
        print("refused", error.what, flush=True)


if __name__ == "__main__":
    modes = {"forever": forever, "hold": hold, "starve": starve, "stranger": stranger}
    asyncio.run(modes[sys.argv[1]](Path(sys.argv[2])))
