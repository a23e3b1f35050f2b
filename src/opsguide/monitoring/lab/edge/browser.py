"""A Chromium of its own for each check: started, spoken to over a pipe, held to its memory, ended with all it started.

It is spoken to by the DevTools protocol (chromedevtools.github.io/devtools-protocol): messages of JSON, each ended by a
NUL byte, over the file descriptors 3 and 4 (`--remote-debugging-pipe`). Nobody else on the machine can get at that, and
Chromium ends when the pipe does: also when opsguide is killed.
"""

import asyncio
import fcntl
import itertools
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from ....kernel.errors import OpsguideError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MOST_MEMORY = 1_500_000_000
"""Bytes that Chromium and all its processes may use together."""

PREFIX = "opsguide-lab-"
START_SECONDS = 30.0
ASK_SECONDS = 30.0
END_LOOKS = 100
LOOK_SECONDS = 0.5
MOST_MESSAGE = 64 * 1024 * 1024

ARGUMENTS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--block-new-web-contents",
    "--mute-audio",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
)

# A child can be given descriptors at the numbers that they have only, and Chromium wants 3 and 4: this moves them, in
# an interpreter that loads nothing and becomes Chromium. What pages people comes before it on the processor.
_LAUNCH = """import os, sys
given = os.dup(int(sys.argv[1]))
while given < 10: given = os.dup(given)
os.dup2(given, 3); os.dup2(given, 4); os.nice(5)
os.execv(sys.argv[2], sys.argv[2:])"""


class LabError(OpsguideError):
    """A page could not be measured: why, in plain words."""


def find(bound: str | None) -> str:
    """Where Chromium is: the bound path, else the first that is installed. Raises LabError."""
    if bound is not None:
        if not os.access(bound, os.X_OK):
            hint = "bind chromium to the path of the program"
            raise LabError(f"there is no program at {bound}", where="chromium", hint=hint)
        return bound
    for name in NAMES:
        if (path := shutil.which(name)) is not None:
            return path
    hint = "install the package chromium, or bind chromium = PATH"
    raise LabError("Chromium is not found on this machine", hint=hint)


class Browser:
    """A Chromium that runs, with all it starts in one session of processes. `heard` gets what it says unasked: session
    (of the protocol), method, parameters."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: int) -> None:
        self.session = session
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self.heard: Callable[[str, str, Mapping[str, Any]], None] = lambda _session, _method, _told: None
        self.ended = asyncio.Event()
        self.why = "Chromium ended"
        self.sandboxed = True
        self.version = ""

    async def listen(self) -> None:
        """Until it ends."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while True:
                    message = msgspec.json.decode((await self._reader.readuntil(b"\0"))[:-1])
                    self._take(message)
        finally:
            self.ended.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(LabError(self.why))

    def _take(self, message: Mapping[str, Any]) -> None:
        if "id" not in message:
            self.heard(message.get("sessionId", ""), message["method"], message.get("params", {}))
            return
        waiting = self._waiting.pop(message["id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def tell(self, method: str, session: str = "", /, **parameters: Any) -> int:
        """Say it, and wait for nothing."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._writer.write(msgspec.json.encode(message) + b"\0")
        return number

    async def ask(self, method: str, session: str = "", /, **parameters: Any) -> Mapping[str, Any]:
        """What it answers. Raises LabError where it refuses, ended, or says nothing."""
        if self.ended.is_set():
            raise LabError(self.why)
        number = self.tell(method, session, **parameters)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answer = await waiting
        except TimeoutError:
            raise LabError(f"Chromium did not answer {method} within {ASK_SECONDS:g} s") from None
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise LabError(f"Chromium refused {method}: {answer['error'].get('message', '')}")
        found: Mapping[str, Any] = answer.get("result", {})
        return found


@asynccontextmanager
async def chromium(path: str, most_memory: int = MOST_MEMORY) -> AsyncIterator[Browser]:
    """One that is ended with everything it started. It has no way out: each load gets its own.

    Raises LabError where it does not start.
    """
    home, held = await asyncio.to_thread(_home)
    process: asyncio.subprocess.Process | None = None
    writer: asyncio.StreamWriter | None = None
    helpers: list[asyncio.Task[None]] = []
    ours, theirs = socket.socketpair()
    try:
        with theirs, (home / "stderr").open("wb") as complaints:
            process = await _started(path, home, theirs.fileno(), complaints.fileno())
        reader, writer = await asyncio.open_connection(sock=ours, limit=MOST_MESSAGE)
        browser = Browser(reader, writer, process.pid)
        browser.sandboxed = not _is_root()
        helpers.append(asyncio.create_task(browser.listen(), name="lab: Chromium"))
        helpers.append(asyncio.create_task(_limited(browser, most_memory), name="lab: memory"))
        try:
            async with asyncio.timeout(START_SECONDS):
                told = await browser.ask("Browser.getVersion")
        except (LabError, TimeoutError):
            raise LabError(_why_not(home / "stderr"), hint=_WHY_NOT) from None
        browser.version = str(told.get("product", ""))
        yield browser
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        if writer is not None:
            writer.transport.abort()
        ours.close()
        if process is not None:
            await _ended(process)
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
        os.close(held)


def _home() -> tuple[Path, int]:
    """A folder for one Chromium, and what holds it: while that is open, no other opsguide takes it for left behind.

    Raises OSError.
    """
    while True:
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(BlockingIOError, FileNotFoundError):  # swept between the two
            return home, _hold(home)


def _hold(home: Path) -> int:
    """The folder, locked until it is closed or this process ends. Raises OSError: somebody else has it, or it is no
    folder of ours."""
    held = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(held).st_uid != os.geteuid():
            raise PermissionError(home)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held


def sweep() -> None:
    """Delete the folders of those that were killed and could not do it themselves."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            held = _hold(home)
            shutil.rmtree(home, ignore_errors=True)
            os.close(held)


_WHY_NOT = "start it by hand as the same user: chromium --headless=new --dump-dom about:blank"


async def _started(path: str, home: Path, pipe: int, complaints: int) -> asyncio.subprocess.Process:
    """In a session of its own, without our environment: secrets of the bindings stand in it."""
    arguments = [
        *ARGUMENTS,
        f"--user-data-dir={home}",
        # What Chromium asks its makers for by itself goes to a port where nobody is.
        "--proxy-server=socks5://127.0.0.1:1",
        # Names are looked up by the door; whatever else would do it (prefetches) finds nothing.
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        *(("--no-sandbox",) if _is_root() else ()),
        "about:blank",
    ]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        **dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(home)),
    }
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _LAUNCH, str(pipe), path),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=complaints,
            stderr=complaints,
            env=environment,
            pass_fds=(pipe,),
            start_new_session=True,
        )
    except OSError as error:
        raise LabError(f"{path} cannot be started: {error.strerror}", hint=_WHY_NOT) from None


def _is_root() -> bool:
    """Chromium's sandbox does not work for root."""
    return os.geteuid() == 0


def _why_not(complaints: Path) -> str:
    said = complaints.read_text(errors="replace") if complaints.exists() else ""
    if "No usable sandbox" in said:
        return "Chromium's sandbox cannot be set up here: allow user namespaces to this user"
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    return f"Chromium does not start: {last[:300]}" if last else "Chromium does not start, and says nothing"


async def _limited(browser: Browser, most: int) -> None:
    """End it where it takes too much memory; until cancelled."""
    while True:
        used = await asyncio.to_thread(lambda: sum(map(_memory, _members(browser.session))))
        if used > most:
            browser.why = f"Chromium used more than {most / 1e9:g} GB of memory and was ended"
            _kill(browser.session)
        await asyncio.sleep(LOOK_SECONDS)


def _members(session: int) -> Iterator[int]:
    """The processes of a session: all that Chromium started, whatever their group. None where there is no /proc."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name in brackets may hold blanks; what follows is state, parent, group, session.
            state, _, _, found, *_ = entry.read_text().rpartition(")")[2].split()
            if int(found) == session and state != "Z":
                yield int(entry.parent.name)


def _memory(process: int) -> int:
    """Its share in bytes, as `Pss` counts it: what processes have in common counts once."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _kill(session: int) -> bool:
    """Whether there was somebody to kill."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    found = False
    for process in _members(session):
        found = True
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    return found


async def _ended(process: asyncio.subprocess.Process) -> None:
    """It and everything that it started."""
    _kill(process.pid)
    await process.wait()
    for _ in range(END_LOOKS):
        if not await asyncio.to_thread(_kill, process.pid):
            break
        await asyncio.sleep(0.05)
