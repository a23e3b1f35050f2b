"""Starts the pieces of the demo, watches them, does what `demo break` and `heal` ask, and stops all of them."""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException

from ..kernel.errors import OpsguideError
from . import postgres
from .children import Child
from .control import Ask, Control, Told
from .phone import Phone
from .ports import HOST
from .shop.__main__ import DATABASE
from .shop.faults import Fault
from .working import Folder, Notes

DOWN = "down"
WATCHER = "HARBOUR_WATCHER"
"""The environment variable in which opsguide finds the shop's PostgreSQL, with a role that may only watch."""

FAULTS = (*Fault, DOWN)
READY_SECONDS = 60.0

Say = Callable[[str], None]


def say_at(text: str) -> str:
    """A line with the time of day, for what happens while the demo runs."""
    return f"{datetime.now().astimezone():%H:%M:%S} {text}"


class Demo:
    """All pieces of one demo. `service` is the command that runs opsguide; `say` prints a line."""

    def __init__(self, folder: Folder, notes: Notes, service: Sequence[str], say: Say) -> None:
        self.folder, self.notes = folder, notes
        self.say = say
        python, ports = sys.executable, notes.ports
        shop = [
            python,
            "-m",
            "opsguide.demo.shop",
            f"--port={ports.shop}",
            f"--tls-port={ports.shop_tls}",
            f"--database={folder.database}",
            f"--vitals=http://{HOST}:{ports.opsguide}",
        ]
        traffic = [python, "-m", "opsguide.demo.traffic", f"http://{HOST}:{ports.shop}"]
        self.shop = Child("shop", shop, folder.logs, orders=True)
        self.traffic = Child("traffic", traffic, folder.logs, orders=True)
        self.opsguide = Child("opsguide", service, folder.logs, orders=False)
        self.children = [self.traffic, self.opsguide, self.shop]
        """In the order in which they are stopped: opsguide must not page because the shop is being stopped."""
        self.phone = Phone(ports.phone, lambda text: say(say_at(text)))
        self.control = Control(self.answer)
        self.faults: list[str] = []
        self._one_at_a_time = asyncio.Lock()
        self._watches: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Everything, in order; returns when opsguide answers. Raises OpsguideError."""
        ports = self.notes.ports
        self.phone.start()
        kept_in = await self._start_database()
        self.say(f"starting the shop      http://{HOST}:{ports.shop}/  (own process, {kept_in}, /metrics)")
        self.say(
            f"                       https://{HOST}:{ports.shop_tls}/  (probed; an authority made for this run)"
        )
        await self._start(self.shop, ports.shop, "/health")
        self.say(
            "starting visitors      about 20 requests a second, to this shop only; they are no browsers:"
        )
        self.say("                       web vitals are unproven until you open the shop in one")
        await self._start(self.traffic)
        self.say(
            f"starting the phone     http://{HOST}:{ports.phone}/  (pages that opsguide sends are printed here)"
        )
        self.say(f"starting opsguide      http://{HOST}:{ports.opsguide}/  (watches the shop)")
        self.say(f"                       http://{HOST}:{ports.status}/  (the public status page)")
        await self._start(self.opsguide, ports.opsguide, "/healthz")
        await self.control.start()
        self.notes.socket = str(self.control.path)
        self._note()
        # Only now: a piece that ends while it starts is the error that ends the whole start.
        for child in self.children:
            self._follow(child)

    async def _start_database(self) -> str:
        """The shop's PostgreSQL, where one can be had; what the shop keeps its orders in."""
        found = await asyncio.to_thread(postgres.find)
        if isinstance(found, str):
            self.say(f"no database of its own  {found}; the shop uses SQLite")
            return "SQLite"
        port = self.notes.ports.database
        self.say(
            f"starting the database  {HOST}:{port}  (PostgreSQL {found.version}, own cluster, for the shop only)"
        )
        cluster = await asyncio.to_thread(
            postgres.prepare, found, self.folder.database.parent / "postgres", port
        )
        database = Child("database", cluster.command, self.folder.logs, orders=False)
        self.children.append(database)
        await self._start(database)
        if not await postgres.ready(cluster, lambda: database.running):
            raise _not_up(database, f"does not answer on port {port}")
        await postgres.introduce(cluster)
        self.shop.secrets[DATABASE] = cluster.url
        self.opsguide.secrets[WATCHER] = cluster.watcher
        return f"PostgreSQL {found.version}"

    async def stop(self) -> None:
        """Everything, one after the other; says what had to be killed."""
        await self.control.stop()
        for child in self.children:
            if not await child.stop():
                self.say(f"{child.name} did not end by itself and was killed")
        self.phone.stop()
        await asyncio.gather(*self._watches)
        self.notes.pid, self.notes.socket = 0, ""
        self._note()

    def kill(self) -> None:
        """At once: somebody asked a second time."""
        for child in self.children:
            child.kill()

    async def answer(self, ask: Ask) -> Told:
        """What the commands ask, one at a time."""
        async with self._one_at_a_time:
            if ask.verb == "status":
                return Told(True, tuple(self.status()))
            if ask.verb == "heal":
                return await self._heal()
            if ask.verb == "break" and ask.what in FAULTS:
                return await self._break(ask.what)
        return Told(False, (f"the demo does not know {ask.verb} {ask.what}",))

    def status(self) -> list[str]:
        """A line for each piece, and what is broken."""
        lines = [f"{child.name:9} {self._how(child)}  log: {child.log}" for child in self.children]
        broken = ", ".join(self.faults) or "nothing"
        return [*lines, f"phone     {self.phone.delivered} pages delivered", f"broken    {broken}"]

    def _how(self, child: Child) -> str:
        found = child.identity
        return f"runs (pid {found.pid})" if found else "does not run"

    async def _break(self, fault: str) -> Told:
        if not self.shop.running:
            return Told(
                False, ("the shop does not run, so nothing more can break", "mend it: opsguide demo heal")
            )
        if fault == DOWN:
            await self.shop.stop()
            self.faults = [DOWN]
            self._note()
            return self._done("the shop's process is stopped: connections are refused")
        answer = await self.shop.ask(f"break {fault}")
        if not answer.startswith("ok "):
            return Told(
                False, (answer.removeprefix("no ") or f"the shop does not answer, see {self.shop.log}",)
            )
        if fault not in self.faults:
            self.faults.append(fault)
        return self._done(answer.removeprefix("ok "))

    async def _heal(self) -> Told:
        answer = "the shop is started again"
        if self.shop.running:
            answer = await self.shop.ask("heal")
            if not answer.startswith("ok "):
                return Told(
                    False, (answer.removeprefix("no ") or f"the shop does not answer, see {self.shop.log}",)
                )
        else:
            try:
                await self._start(self.shop, self.notes.ports.shop, "/health")
            except OpsguideError as error:
                return Told(False, (str(error),))
            self._follow(self.shop)
        self.faults.clear()
        self._note()
        return self._done(answer.removeprefix("ok "))

    def _done(self, what: str) -> Told:
        self.say(say_at(what))
        return Told(True, (what,))

    async def _start(self, child: Child, port: int = 0, path: str = "") -> None:
        await child.start()
        self._note()
        if path:
            await self._ready(child, port, path)

    def _follow(self, child: Child) -> None:
        watch = asyncio.create_task(self._watch(child))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    async def _ready(self, child: Child, port: int, path: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while child.running:
                    if await asyncio.to_thread(answers, port, path):
                        return
                    await asyncio.sleep(0.1)
        raise _not_up(child, f"does not answer on port {port}")

    async def _watch(self, child: Child) -> None:
        """Say so when a piece ends that nobody asked to end."""
        status = await child.ended()
        if child.ending:
            return
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        lines = [f"{child.name} {how}. Its log, {child.log}, ends with:", *child.last_lines()]
        again = "opsguide demo heal" if child is self.shop else " ".join(child.command)
        self.say(say_at("\n    ".join([*lines, f"the rest goes on. To start it again: {again}"])))
        self._note()

    def _note(self) -> None:
        found = (child.identity for child in self.children)
        self.notes.processes = tuple(process for process in found if process is not None)
        self.folder.note(self.notes)


def _not_up(child: Child, problem: str) -> OpsguideError:
    how = problem if child.running else "ended while it was starting"
    return OpsguideError(
        "\n".join([f"{child.name} {how}; it said last:", *child.last_lines()]), where=str(child.log)
    )


def answers(port: int, path: str) -> bool:
    """Does a server on this machine answer with success?"""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 400
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


async def supervise(demo: Demo, introduction: str) -> None:
    """Run the demo until SIGINT, SIGTERM or SIGHUP. Raises OpsguideError when it does not come up."""
    asked = asyncio.Event()

    def stop() -> None:
        if asked.is_set():
            demo.kill()
        else:
            demo.say("\nstopping all of it …")
        asked.set()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, stop)
    starting, stopping = asyncio.create_task(demo.start()), asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            demo.say(introduction)
            await stopping
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await demo.stop()
        stopping.cancel()
