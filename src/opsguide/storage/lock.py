"""One writer a data directory: a lock that dies with its process."""

import fcntl
import os
from pathlib import Path

from ..kernel.errors import LedgerError, LedgerUnwritable

FILE = "ledger.lock"


class Lock:
    """Held from creation until `release`, or until this process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Raises LedgerError, naming the process that holds it already."""
        self._path = directory / FILE
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LedgerUnwritable(
                f"the folder cannot be used for a ledger ({error.strerror})",
                where=str(directory),
                hint="let the user that runs opsguide write to it, or name another one",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise LedgerError(
                f"another opsguide already runs on this folder: process {holder}",
                where=str(directory),
                hint="stop it first, or give this one a folder of its own with --data",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        os.close(self._file)
