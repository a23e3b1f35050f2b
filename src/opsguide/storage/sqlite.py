"""The ledger on SQLite: one file, one writer, readers as many as there are. Durable means synced to the disk."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import apsw
from msgspec import structs

from ..kernel.clock import Instant
from ..kernel.errors import LedgerError, LedgerUnwritable, UnknownFact
from ..kernel.facts import Fact, FactTypes, Recorded
from ..kernel.ledger import Head, Row, Verified, canonical, digest, encode, recorded
from ..kernel.look import Found, Wanted
from .lock import Lock
from .look import look
from .reader import Reader
from .schema import FILE, SQL, connect, migrate, unreadable, unwritable, version
from .verify import verify_stored
from .writer import Append, Entry, Erase, Job, Writer

SALT_BYTES = 32

SET_UP = """
pragma journal_mode = wal;
pragma synchronous = full;
pragma secure_delete = on;
pragma trusted_schema = off;
pragma journal_size_limit = 67108864;
"""
"""For the writing connection. Deleted rows are overwritten, since they are personal data; after a burst the
write-ahead log shrinks to 64 MB again."""


class SqliteLedger:
    """Fulfils kernel's `Ledger`. Made by `open_ledger`; `append` and `erase` are for one asyncio loop."""

    def __init__(self, directory: Path, types: FactTypes, lock: Lock, connection: apsw.Connection) -> None:
        path = directory / FILE
        self._types, self._lock = types, lock
        self._reader = Reader(path)
        self._writer = Writer(connection, path)
        self._at = self._writer.head.at
        self._closed = False

    @property
    def head(self) -> Head:
        """Where the durable ledger ends."""
        return self._writer.head

    async def append(self, facts: Sequence[Fact]) -> list[Recorded]:
        """All of `facts`, durable on return, or none: raises LedgerUnwritable. Times never go back.

        What comes back was decoded from the bytes that are kept: just what a replay will see. Raises UnknownFact
        where that cannot be done. Being cancelled while waiting does not take the facts back.
        """
        if not facts:
            return []
        entries, at = [], self._at
        for fact in facts:
            at = max(at, fact.at)
            entries.append(self._sealed(fact, at))
        self._at = at
        answer = asyncio.get_running_loop().create_future()
        first = await self._put(Append(entries, answer, self._writer.epoch))
        return [Recorded(seq, entry.fact) for seq, entry in enumerate(entries, first)]

    async def erase(self, seq: int) -> bool:
        """Deletes the personal data of a fact and its salt, for good; the chain still verifies.

        False where there was none (any more). The caller records the fact of erasing. Raises LedgerUnwritable.
        """
        answer = asyncio.get_running_loop().create_future()
        return await self._put(Erase(seq, answer, self._writer.epoch)) > 0

    def read(
        self, after: int = 0, *, subject: str | None = None, upto: int | None = None
    ) -> Iterator[Recorded]:
        """What is durable now after sequence number `after`, verified. Raises LedgerBroken, UnknownFact."""
        upto = self.head.seq if upto is None else min(upto, self.head.seq)
        if subject is not None:
            return self._reader.read_about(self._types, subject, after, upto)
        return self._reader.read(self._types, after, upto)

    def hash_at(self, seq: int) -> bytes:
        return self._reader.hash_at(seq)

    def look(self, wanted: Wanted, upto: int | None = None) -> Found:
        """The next facts that are wanted of what is durable now, in the caller's thread. Raises LedgerBroken."""
        head = self.head.seq if upto is None else min(upto, self.head.seq)
        return look(self._reader, self._types, wanted, head)

    def verify(self) -> Verified:
        """Every row, what stands beside it, and the index; in the caller's thread. Raises LedgerBroken."""
        proof = verify_stored(self._reader)
        return Verified(proof.head, proof.personal, proof.erased)

    async def close(self) -> None:
        """Writes what is queued, then lets go of the folder."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._writer.stop)
            self._lock.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def _put(self, job: Job) -> int:
        if self._closed:
            raise LedgerUnwritable("the ledger is closed", where=str(self._reader.path))
        self._writer.put(job)
        try:
            return await job.answer
        except (LedgerError, asyncio.CancelledError):
            self._refused(job)
            raise

    def _refused(self, job: Job) -> None:
        """Where it was (cancelled waiting says nothing of it): what is put from now on starts from the head again."""
        answer = job.answer
        was = answer.done() and not answer.cancelled() and answer.exception() is not None
        if was and self._writer.learnt(job):
            self._at = self.head.at

    def _sealed(self, fact: Fact, at: Instant) -> Entry:
        """The fact as it will be kept at that time, and as it will be read."""
        if fact.at != at:
            fact = structs.replace(fact, at=at)
        salt = personal = sealed = None
        if fact.personal is not None:
            salt, personal = os.urandom(SALT_BYTES), canonical(fact.personal)
            sealed = digest(salt, personal)
        body = encode(fact, sealed)
        read_back = recorded(Row(0, b"", b"", body, salt, personal), self._types)
        return Entry(read_back.fact, (fact.type, fact.v), body, salt, personal)


def open_ledger(directory: Path, types: FactTypes) -> SqliteLedger:
    """Opens a folder's ledger for writing, made where there is none; it is this process's alone until closed.

    Raises LedgerError where another process has it, UnknownFact before anything is written, LedgerBroken.
    """
    path = _made(directory)
    try:
        with ExitStack() as undo:
            lock = Lock(directory)
            undo.callback(lock.release)
            connection = connect(path)
            undo.callback(connection.close)
            _set_up(connection, path, types)
            ledger = SqliteLedger(directory, types, lock, connection)
            undo.pop_all()
            return ledger
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise unreadable(error, path) from error
    except apsw.Error as error:
        raise unwritable(error, path) from error


def _made(directory: Path) -> Path:
    """The ledger's file. Only its owner may read what we make: personal data is kept in it."""
    path = directory / FILE
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerUnwritable(
            f"the ledger cannot be opened for writing ({error.strerror})",
            where=str(path),
            hint="let the user that runs opsguide write to this folder, or name another one with --data",
        ) from error
    return path


def _set_up(connection: apsw.Connection, path: Path, types: FactTypes) -> None:
    if version(connection, path):
        _refuse_unknown(connection, types, path)
    connection.execute(SET_UP).fetchall()  # some answer with a row; what follows runs when it is taken
    migrate(connection, path)
    _sync_names(path.parent)


def _refuse_unknown(connection: apsw.Connection, types: FactTypes, path: Path) -> None:
    unknown = [f"{name} v{v}" for name, v in connection.execute(SQL["kinds"]) if not types.knows(name, v)]
    if unknown:
        raise UnknownFact(
            f"the ledger holds facts that this version of opsguide does not know: {', '.join(unknown)}",
            where=str(path),
            hint="start the version that wrote them, or a newer one; nothing was changed",
        )


def _sync_names(directory: Path) -> None:
    """A new file's name is durable only when its folder is synced too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
