"""How `demo break`, `heal` and `status` reach the running demo: a socket that only its owner reaches."""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from ..kernel.errors import OpsguideError
from .working import Folder

PATIENCE_SECONDS = 45.0


class Ask(Struct, frozen=True):
    """What a command wants of the running demo."""

    verb: str
    what: str = ""


class Told(Struct, frozen=True):
    """The answer: lines to print."""

    ok: bool
    lines: tuple[str, ...]


Answering = Callable[[Ask], Awaitable[Told]]


class Control:
    """The demo's side. The socket has a short temporary path: the system allows about 100 bytes for it."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._room = Path(tempfile.mkdtemp(prefix="opsguide-demo-"))
        self.path = self._room / "control"
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._asked, self.path)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        shutil.rmtree(self._room, ignore_errors=True)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            ask = msgspec.json.decode(await reader.readline(), type=Ask)
            writer.write(msgspec.json.encode(await self._answer(ask)) + b"\n")
            await writer.drain()
        except (msgspec.DecodeError, ConnectionError):
            pass  # Whoever asked went away, or is no command of ours.
        finally:
            writer.close()


def ask(folder: Folder, verb: str, what: str = "") -> tuple[str, ...]:
    """Ask the demo that runs in `folder`; returns the lines it answers. Raises OpsguideError if it refuses."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(folder.notes().socket)
            line.sendall(msgspec.json.encode(Ask(verb, what)) + b"\n")
            told = msgspec.json.decode(line.makefile("rb").readline(), type=Told)
    except (OSError, msgspec.DecodeError) as error:
        raise OpsguideError(
            "the demo does not answer",
            where=str(folder.path),
            hint="it may be starting or stopping: try again in a moment",
        ) from error
    if not told.ok:
        raise OpsguideError("\n".join(told.lines))
    return told.lines
