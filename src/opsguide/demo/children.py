"""Child processes, each in a process group of its own, each with a log, none left behind."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .working import Process

GRACE_SECONDS = 5.0
LAST_LINES = 12
ANSWER_SECONDS = 15.0


class Child:
    """One piece of the demo. `orders`: it is told things over standard input, and ends when that closes."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        logs: Path,
        *,
        orders: bool,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.secrets: dict[str, str] = {}
        """Environment variables of its own: what does not belong on a command line."""
        self.log = logs / f"{name}.log"
        self.ending = False
        """Set while it is being stopped on purpose."""
        self._orders = orders
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def identity(self) -> Process | None:
        """How to find it again after the supervisor is gone; None while it does not run."""
        if self._process is None or not self.running:
            return None
        return Process(self.name, self._process.pid, born(self._process.pid))

    async def start(self) -> None:
        """Start it; its log goes on where the last run ended."""
        self.ending = False
        pipe = subprocess.PIPE if self._orders else None
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches only the supervisor, which ends all in order.
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.secrets},
            )

    async def ended(self) -> int:
        """Wait until it ends, for whatever reason; the exit status, negative for a signal."""
        assert self._process is not None
        return await self._process.wait()

    async def ask(self, order: str) -> str:
        """Give an order and return the one line that answers it. Empty when it has ended instead."""
        assert self._process is not None
        tell, hear = self._process.stdin, self._process.stdout
        assert tell is not None
        assert hear is not None
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                tell.write(f"{order}\n".encode())
                await tell.drain()
                return (await hear.readline()).decode().strip()
        return ""

    async def stop(self) -> bool:
        """Ask it to end, then make it. False where it had to be killed."""
        self.ending = True
        if self._process is None:
            return True
        gentle = True
        if self.running:
            _signal_group(self._process.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(GRACE_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                gentle = False
        # Also what it may have started itself and left.
        _signal_group(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        return gentle

    def kill(self) -> None:
        """At once, with all that it started."""
        if self._process is not None and self.running:
            _signal_group(self._process.pid, signal.SIGKILL)

    def last_lines(self) -> list[str]:
        """The end of its log."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 8192))
                return log.read().decode("utf-8", "replace").splitlines()[-LAST_LINES:]
        except OSError:
            return []


def _signal_group(group: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, what)


def born(pid: int) -> str:
    """When a process started, in the words of the system; empty when it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name in brackets may hold spaces; after it come the state and, as field 22, the start time.
            fields = stat.read_text().rpartition(")")[2].split()
            return "" if fields[0] == "Z" else fields[19]
        except OSError:
            return ""
    asked = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def end_leftovers(processes: Sequence[Process]) -> list[str]:
    """End what a supervisor that was killed could not end itself. The names of those that still ran."""
    found = [process for process in processes if process.born and born(process.pid) == process.born]
    for process in found:
        _signal_group(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(born(process.pid) == process.born for process in found) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [f"{process.name} ({process.pid})" for process in found]
