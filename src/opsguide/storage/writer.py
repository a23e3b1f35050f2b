"""The one thread that writes the ledger: what waits is committed together, in the order of the calls.

A commit that fails refuses its whole group, and with it all that is put before a caller has learnt of it: what
stands later was decided on the strength of what stands earlier. That is what a job's `epoch` is for: it counts the
refusals its caller had learnt of.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

import apsw
from msgspec import Struct

from ..kernel.errors import LedgerBroken, LedgerError, LedgerUnwritable
from ..kernel.facts import Fact
from ..kernel.ledger import Head, link
from .reader import head_of
from .schema import SQL, unwritable

GROUP = 256
"""Facts committed together at most (one call's facts are never split)."""

SMALL, INDEX_SLICE, INDEX_BEHIND = 32, 128, 32_768
"""Each subject may be another page to write, so under load the subject index stays behind the rows. Commits of a
few facts take it forward by a slice each, small enough for nobody to notice; that many rows behind, and when the
ledger is opened, it catches up at once, when most pages are shared."""

Kind: TypeAlias = tuple[str, int]


class Entry(Struct, frozen=True, gc=False):
    """A fact ready to be chained: as it will be read, its type and body, and what stands beside the chain."""

    fact: Fact
    kind: Kind
    body: bytes
    salt: bytes | None = None
    personal: bytes | None = None


@dataclass(slots=True)
class Append:
    """Answered with the sequence number of the first entry; there is at least one."""

    entries: Sequence[Entry]
    answer: asyncio.Future[int]
    epoch: int


@dataclass(slots=True)
class Erase:
    """Answered with the number of rows erased: 1 or 0."""

    seq: int
    answer: asyncio.Future[int]
    epoch: int


Job: TypeAlias = Append | Erase


class Writer:
    """Owns the writing connection. `put` and `learnt` are called on one asyncio loop."""

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        self.head = head_of(connection)
        self.epoch = 0
        self._refused = -1
        self._kinds: set[Kind] = set(connection.execute(SQL["kinds"]))
        self._indexed: int = connection.execute(SQL["indexed"]).get
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._jobs.put(job)
        if self._ended:
            self._refuse_left()

    def learnt(self, job: Job) -> bool:
        """The caller of `job` learns that it was refused. True where it is the first to learn of it."""
        first = self.epoch == job.epoch
        self.epoch += first
        return first

    def stop(self) -> None:
        """What is queued is still written; returns when the thread has ended and the file is closed."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._catch_up()
            while group := self._next_group():
                self._serve(group)
        finally:
            with suppress(apsw.Error):  # closing moves the log into the file; where it cannot, the log stays
                self._connection.close()
            self._ended = True
            self._refuse_left()

    def _next_group(self) -> list[Job]:
        """Waits for a job and takes what else is there. Empty when stopped."""
        group: list[Job] = []
        waiting = 0
        with suppress(Empty):
            while waiting < GROUP:
                job = self._jobs.get(block=not group)
                if job is None:
                    if group:
                        self._jobs.put(None)  # what came before it goes first
                    break
                group.append(job)
                waiting += len(job.entries) if isinstance(job, Append) else 1
        return group

    def _serve(self, group: list[Job]) -> None:
        late = [job for job in group if job.epoch <= self._refused]
        self._refuse(late, LedgerUnwritable("what this follows could not be written", where=str(self._path)))
        group = group[len(late) :]
        if not group:
            return
        try:
            answers = self._commit(group)
        except apsw.Error as error:
            self._refuse(group, unwritable(error, self._path))
        else:
            if any(isinstance(job, Erase) for job in group):
                self._forget()
            _on_loop(group, lambda: _settle(group, answers))

    def _commit(self, group: Sequence[Job]) -> list[int]:
        """All of the group in one transaction: durable when it returns, else nothing of it is there."""
        chain = _Chain(self.head)
        answers = [chain.add(job.entries) if isinstance(job, Append) else 0 for job in group]
        indexed = self._index_target(chain)
        kinds = chain.kinds - self._kinds
        connection = self._connection
        try:
            connection.execute("begin immediate")
            chain.write(connection, kinds)
            for place, job in enumerate(group):
                if isinstance(job, Erase):
                    answers[place] = self._erase(job.seq)
            self._index(indexed)
            connection.execute("commit")
        except apsw.Error:
            self._roll_back()
            raise
        self.head, self._indexed = chain.head, indexed
        self._kinds |= kinds
        return answers

    def _index_target(self, chain: "_Chain") -> int:
        """Up to which row the subjects are indexed in this transaction."""
        if chain.head.seq - self._indexed >= INDEX_BEHIND:
            return chain.head.seq
        if len(chain.rows) > SMALL:
            return self._indexed
        return min(chain.head.seq, self._indexed + INDEX_SLICE)

    def _index(self, upto: int) -> None:
        """Into the open transaction."""
        if upto > self._indexed:
            self._connection.execute(SQL["index_subjects"], {"after": self._indexed, "upto": upto})
            self._connection.execute(SQL["set_indexed"], (upto,))

    def _catch_up(self) -> None:
        """May fail: what is not indexed is scanned."""
        with suppress(apsw.Error):
            with self._connection:
                self._index(self.head.seq)
            self._indexed = self.head.seq

    def _erase(self, seq: int) -> int:
        self._connection.execute(SQL["erase_personal"], (seq,))
        return self._connection.changes()

    def _roll_back(self) -> None:
        """Back to what is durable. SQLite may have rolled back by itself; the disk may be in any state."""
        with suppress(apsw.Error, LedgerBroken):
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            self.head = head_of(self._connection)

    def _refuse(self, jobs: Sequence[Job], error: LedgerError) -> None:
        if jobs:
            self._refused = jobs[-1].epoch
            _on_loop(jobs, lambda: self._fail(jobs, error))

    def _refuse_left(self) -> None:
        """The thread ended: by `stop`, or by a mistake of ours. Nobody shall wait for ever."""
        left: list[Job] = []
        with suppress(Empty):
            while True:
                job = self._jobs.get_nowait()
                left += [job] if job is not None else []
        self._refuse(left, LedgerUnwritable("the ledger is closed", where=str(self._path)))

    def _fail(self, jobs: Sequence[Job], error: LedgerError) -> None:
        waiting = [job for job in jobs if not job.answer.done()]
        for job in waiting:
            job.answer.set_exception(type(error)(error.what, where=error.where, hint=error.hint))
        if not waiting:  # all were cancelled: nobody is left to learn of it
            self.epoch += self.epoch == jobs[-1].epoch

    def _forget(self) -> None:
        """Erased data must not live on in the write-ahead log. It may fail: the log is moved again later."""
        with suppress(apsw.Error):
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


class _Chain:
    """Rows to add behind a head, each linked to the one before."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.rows: list[tuple[int, bytes, bytes, bytes]] = []
        self.personal: list[tuple[int, bytes | None, bytes]] = []
        self.kinds: set[Kind] = set()

    def add(self, entries: Sequence[Entry]) -> int:
        """The sequence number that the first of them got."""
        seq, prev = self.head.seq, self.head.hash
        for entry in entries:
            seq += 1
            hashed = link(prev, entry.body)
            self.rows.append((seq, prev, hashed, entry.body))
            if entry.personal is not None:
                self.personal.append((seq, entry.salt, entry.personal))
            prev = hashed
            self.kinds.add(entry.kind)
        first = self.head.seq + 1
        self.head = Head(seq, prev, entries[-1].fact.at)
        return first

    def write(self, connection: apsw.Connection, kinds: set[Kind]) -> None:
        """Into the open transaction; `kinds` are those that the ledger did not hold yet."""
        connection.executemany(SQL["add_row"], self.rows)
        connection.executemany(SQL["add_personal"], self.personal)
        connection.executemany(SQL["add_kind"], sorted(kinds))


def _on_loop(jobs: Sequence[Job], call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        jobs[0].answer.get_loop().call_soon_threadsafe(call)


def _settle(jobs: Sequence[Job], answers: Sequence[int]) -> None:
    for job, answer in zip(jobs, answers, strict=True):
        if not job.answer.done():
            job.answer.set_result(answer)
