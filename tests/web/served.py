"""A small real service for tests of its console: engine, decider, a ledger in memory, a clock moved by hand."""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from opsguide.app.console import LiveConsole
from opsguide.app.core import remembering_engine
from opsguide.app.drills.runner import Drilling
from opsguide.app.pages import Edges, pages
from opsguide.app.status_page.publishing import Around, Publishing
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import Bindings, adopted_bindings, public, read_bindings
from opsguide.guide.promise import Coverage, Finding, Promise, Reading
from opsguide.identity import secret
from opsguide.identity.desk import Desk
from opsguide.identity.identity import Identity
from opsguide.identity.tables import Tables
from opsguide.incidents.commands import Open
from opsguide.incidents.sources.edge.reception import Reception
from opsguide.kernel.intent import Intent, Outcome
from opsguide.kernel.part import Command
from opsguide.kernel.promise import Span
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.monitoring.board import Board
from opsguide.monitoring.lab.checks import Check
from opsguide.monitoring.lab.edge.laboratory import Laboratory
from opsguide.monitoring.lab.http import measuring
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.observing import Live
from opsguide.monitoring.probes.edge.ask import Ways
from opsguide.monitoring.probes.edge.probing import Probing
from opsguide.monitoring.probes.heartbeats import Beat
from opsguide.rulefiles.runner import Runner
from opsguide.service.decider import Decider
from opsguide.service.guarded import Guarded, vetted
from opsguide.service.reaching import converse
from opsguide.service.resolving import look_up
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.doors import Intake
from opsguide.web.app import build
from opsguide.web.guard import Listening
from opsguide.web.pages import Pages
from tests.cast import BINDINGS, PROMISES, UPTIME
from tests.world import HandClock, MemoryLedger, Remembered

T = TypeVar("T")
KEY = b"0" * 32
LOCAL_SECRET = secret.fresh(secret.LOCAL)
TEXT = (Path(__file__).parent / "harbour.md").read_text(encoding="utf-8")


def lined(promise: Promise, text: str = TEXT) -> Promise:
    """The promise at the line of the text that ends with its id in a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        said, _, name = line.partition(" <!-- ")
        if name.removesuffix(" -->") == promise.id or promise.id in name.removesuffix(" -->").split(" "):
            return _at(promise, number, said.strip("-*| "))
    raise AssertionError(f"{promise.id} has no line in harbour.md")


def _at(promise: Promise, line: int, text: str) -> Promise:
    return Promise(
        id=promise.id,
        keeper=promise.keeper,
        section="Harbour",
        control=promise.control,
        span=Span(line, line),
        text=text,
        values=promise.values,
    )


def a_reading(promises: Sequence[Promise], findings: Sequence[Finding] = ()) -> Reading:
    return Reading(
        reader="test",
        title="Harbour operations",
        language="en",
        promises=tuple(promises),
        gaps=(),
        findings=tuple(findings),
        diagnostics=(),
        statements=(),
        coverage=Coverage(len(promises), len(promises), 0, 0),
    )


def _from_loopback(app: ASGIApp) -> ASGIApp:
    """Litestar's test client says that it is `testclient`; a test may say that it comes from elsewhere."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and client[0] == "testclient":
            elsewhere = dict(scope["headers"]).get(b"x-test-client")
            scope["client"] = (elsewhere.decode() if elsewhere else "127.0.0.1", client[1])
        await app(scope, receive, send)

    return answer


def settled(doing: Coroutine[Any, Any, T]) -> T:
    """Run it to its end, in a thread of its own: a test that drives a browser has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, doing).result()


def settle(doing: Coroutine[Any, Any, Any]) -> None:
    """The same, where nothing comes of it."""
    settled(doing)


class Reached:
    """The deed "page" whose every attempt ends as told."""

    def __init__(self) -> None:
        self.failing = False

    def gap(self, intent: Intent) -> float | None:
        return None

    async def do(self, intent: Intent, attempt: int, others: Sequence[Intent] = ()) -> Outcome:
        if self.failing:
            return Outcome(intent.key, attempt, "failed", "the phone is off")
        return Outcome(intent.key, attempt, "done", "")

    async def test(self, channel: str, by: str) -> tuple[str, float]:
        assert by
        return ("the phone is off" if self.failing else "", 0.25)


class Served(LiveConsole):
    """The console over a real decider that nothing watches for. `app` is what a browser meets."""

    def __init__(self) -> None:
        self.clock, self.ledger, self.reached = HandClock(), MemoryLedger(), Reached()
        self.tour, self.listening = False, Listening()
        self.runner: Runner | None = None
        self.tables = Tables(None)
        self.decider = Decider(
            remembering_engine, self.ledger, self.clock, {"page": self.reached, "news": self.reached}
        )
        self.subscribers = Subscribers(None, KEY)
        desk = Desk(self.tables, self.now, lambda command, actor: self.submit(command, actor=actor))
        self.identity = Identity(desk, local=LOCAL_SECRET, visitor=True)
        super().__init__(self.decider, self.ledger, watch=None, accounts=self.identity.names)
        self.telemetry, self.looked = Embedded(), dict[str, Live]()
        self.intake = Intake(self.telemetry, lambda: "production", self.clock.now)
        self.reception = Reception(
            state=lambda: self.state("incidents"),
            bindings=self._bindings,
            resolve=lambda reference: f"what {reference} holds",
            submit=lambda command, actor: self.submit(command, actor=actor),
            clock=self.clock,
        )
        self.probing = Probing(
            state=lambda: self.state("monitoring"),
            bindings=self._bindings,
            submit=lambda command: self.submit(command, actor="test"),
            telemetry=self.telemetry,
            clock=self.clock,
            ways=Ways(Guarded().fetch, converse, look_up, lambda reference: f"what {reference} holds"),
            kept=Remembered[Beat](),
            secret=lambda name: f"secret-of-{name}",
        )
        self.lab = Laboratory(
            bindings=self._bindings,
            telemetry=self.telemetry,
            clock=self.clock,
            vet=vetted,
            kept=Remembered[Check](),
            script=measuring,
        )
        self.board = Board(
            state=lambda: self.state("monitoring"),
            telemetry=self.telemetry,
            looker=Looker(telemetry=self.telemetry),
            live=self.looked,
            clock=self.clock,
            probing=self.probing,
            lab=self.lab,
        )

    def _bindings(self) -> Bindings:
        """Those in force, with their addresses."""
        return adopted_bindings(self.state("guide").bindings_text)

    @cached_property
    def publishing(self) -> Publishing:
        """The public status page, made when a test publishes it."""
        client = Guarded()

        async def submit(command: Command) -> None:
            await self.submit(command, actor="test")

        around = Around(
            engine=lambda: self.engine,
            bindings=self._bindings,
            changes=self.decider.changes,
            submit=submit,
            resolve=str,
            post=lambda url, sent, private: client.fetch(url, private=private, send=sent, redirects=False),
            clock=self.clock,
            beside=Path(),
        )
        return Publishing(around, self.subscribers)

    @property
    def drilling(self) -> Drilling:
        """Nothing runs it here."""

        async def submit(command: Command) -> None:
            await self.submit(command, actor="test")

        return Drilling(
            state=lambda: self.state("drills"),
            submit=submit,
            changes=self.decider.changes,
            looker=self.board.looker,
            clock=self.clock,
        )

    @property
    def pages(self) -> Sequence[Pages]:
        """What the chapters add to the console."""
        return pages(self.edges())

    def edges(self, data: Path | None = None) -> Edges:
        """What they ask and act through."""
        return Edges(
            link_key=KEY,
            board=self.board,
            intake=self.intake,
            drilling=self.drilling,
            reception=self.reception,
            tester=self.reached,
            publishing=self.publishing,
            data=data,
            runner=self.runner,
        )

    @property
    def app(self) -> Litestar:
        """As it is met on loopback: whoever comes is signed in as the visitor, unless `identity.visitor` is False."""
        return self.built(self.pages)

    def built(self, shown: Sequence[Pages]) -> Litestar:
        """The same with other pages."""
        app = build(
            self, shown, identity=self.identity, port=8470, listening=lambda: self.listening, tour=self.tour
        )
        app.asgi_handler = _from_loopback(app.asgi_handler)
        return app

    def do(self, command: Command, actor: str = "test") -> None:
        settle(self.submit(command, actor=actor))

    def adopt(
        self,
        text: str = TEXT,
        promises: Sequence[Promise] | None = None,
        findings: Sequence[Finding] = (),
        more_bindings: str = "",
        bindings: str = BINDINGS,
    ) -> None:
        """Put the cast's guide in force, or another one."""
        written = bindings + more_bindings
        bound, _ = read_bindings(written)
        assert bound is not None
        reading = a_reading([lined(one) for one in PROMISES] if promises is None else promises, findings)
        self.do(Adopt(text=text, reading=reading, bindings=public(bound), bindings_text=written))

    def evidence(
        self, promise: str, verdict: Verdict, value: str = "", limit: str = "", seconds: float = 3600
    ) -> None:
        """What a look at the world would have recorded."""
        seen = EvidenceRecorded(promise, verdict, f"measured as {verdict}", seconds, value, limit)
        settle(self.decider.record(seen, subject=f"promise:{promise}"))

    def deliver(self) -> None:
        """One attempt of every deed that is due."""

        settle(self._attempt())

    async def _attempt(self) -> None:
        for pending in list(self.outbox.due(self.now())):
            outcome = await self.reached.do(pending.intent, pending.attempts + 1)
            await self.decider.record(outcome, subject=f"incident:{pending.intent.key.split('/')[1]}")

    def go_down(self) -> None:
        """Production fails its probes: INC-1, critical, and the primary is told."""
        settle(self.fail(UPTIME))

    async def fail(self, promise: str) -> None:
        """The same, from within the loop of a service that runs."""
        down = Open(
            key="environment:production",
            title="production is down",
            reason="3 probes in a row failed",
            condition="system_down",
            promise=promise,
        )
        await self.submit(down, actor="test")
        await self._attempt()


def harbour() -> Served:
    """The cast's guide in force, nothing wrong."""
    served = Served()
    served.adopt()
    return served
