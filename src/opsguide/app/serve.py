"""The running service: ledger, decider, watch, adoption, heartbeat and console, started and stopped together."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import uvicorn

from ..channels.kinds import is_webhook
from ..channels.send import warm_up
from ..guide.adoption import Refuse
from ..guide.bindings import Bindings, adopted_bindings, resolve, service_name
from ..identity import secret
from ..identity.desk import Desk
from ..identity.identity import Identity
from ..identity.tables import FILE as ACCOUNTS
from ..identity.tables import Tables
from ..incidents.calendars.edge.reading import Calendars
from ..incidents.escalation import DIGEST, PAGE
from ..incidents.health import tried_again_at
from ..incidents.news import NEWS
from ..incidents.paging import Paging
from ..incidents.sources.edge.reception import Reception
from ..kernel.errors import GuideError, OpsguideError
from ..kernel.facts import Recorded
from ..kernel.part import Command
from ..kernel.ports import Deed
from ..monitoring.board import Board
from ..monitoring.probes.edge.ask import Ways
from ..monitoring.probes.edge.probing import Probing
from ..monitoring.probes.heartbeats import Beat, secret_of
from ..monitoring.rules import main_environment_name
from ..monitoring.watch import Watch
from ..readers import ALL
from ..rulefiles.files import RuleFiles
from ..rulefiles.runner import Runner
from ..service.adopting import Adopting
from ..service.clock import SystemClock
from ..service.datadir import announce, keep_local, link_key, retract
from ..service.decider import Decider
from ..service.guarded import Guarded
from ..service.heartbeat import Heartbeat
from ..service.kept import KeptTable
from ..service.reaching import converse
from ..service.resolving import look_up
from ..service.standings import standings
from ..service.together import forever_after, together
from ..storage.sqlite import SqliteLedger, open_ledger
from ..telemetry.embedded import Embedded
from ..telemetry.intake.access_log import Tail
from ..telemetry.intake.counted import Counts
from ..telemetry.intake.doors import Intake
from ..telemetry.remote.engine import Remote
from ..telemetry.remote.sending import Sender
from ..telemetry.source import Source
from ..web.app import build
from ..web.guard import Listening
from .console import LiveConsole
from .core import CHAPTERS, fact_types, remembering_engine
from .drills.runner import Drilling
from .engine import Way
from .laboratory import laboratory
from .pages import Edges, pages
from .server import Server, address, bound_socket, is_beyond
from .settings import Settings
from .status_page.part import ANNOUNCE
from .status_page.publishing import Around, Publishing
from .status_page.subscribers import FILE as SUBSCRIBERS
from .status_page.subscribers import Subscribers
from .telling import Nearby, hand_over

STOP_SECONDS = 2
"""How long open requests (live streams above all) may take to end when the service stops."""

COUNTS = "counts.json"
"""The file of the data directory with what was counted of access logs and page views."""

BEATS = "heartbeats.json"
"""The file of the data directory with the signs of life of jobs."""

SAMPLES = "telemetry"
"""The folder of the data directory with the samples."""

RULES = "rules-in-force.json"
"""The file of the data directory with the last good texts of rule files."""

EDGE = "opsguide"
"""The actor of what the edge reports."""


class Service:
    """Everything of one running service. `run` returns when it was told to stop."""

    def __init__(
        self,
        settings: Settings,
        ledger: SqliteLedger,
        telemetry: Embedded,
        accounts: Tables,
        subscribers: Subscribers,
    ) -> None:
        self.settings, self.ledger, self.clock = settings, ledger, SystemClock()
        self.adopted = asyncio.Event()
        self.url = self.set_up = ""
        self.identity = self._identity(accounts)
        client = Guarded()
        self.paging = self._paging()
        self.publishing = self._publishing(subscribers, client)
        deeds: dict[str, Deed] = dict.fromkeys((PAGE, DIGEST, NEWS), self.paging)
        deeds[ANNOUNCE] = self.publishing.announcing
        self.decider = Decider(remembering_engine, ledger, self.clock, deeds, self.held_until)
        way = Way(self.bindings, self.resolve)
        self.sender = Sender(way.write_url, way.send)
        engine = Source(
            telemetry,
            Remote(way.place, way.send, telemetry, self.clock),
            self.sender,
            lambda: self.bindings().telemetry.is_remote,
        )
        self.reception, self.calendars = self._reception(), self._calendars(client)
        counts = KeptTable(settings.data / COUNTS, Counts)
        self.intake = Intake(telemetry, self.environment, self.clock.now, self.origins, counts)
        self.watch = Watch(
            state=lambda: self.decider.engine.state("monitoring"),
            bindings=self.bindings,
            submit=self.submit,
            telemetry=engine,
            clock=self.clock,
            fetch=client.fetch,
            parse=telemetry.read,
            resolve=self.resolve,
            logs=lambda path, environment: self.intake.counted.follow(Path(path), environment),
            tails=Tail,
            wakes=telemetry.samples_wake,
        )
        self.probing = self._probing(telemetry, client)
        self.lab = laboratory(self.bindings, telemetry, self.clock, settings.data)
        self.board = Board(
            state=lambda: self.decider.engine.state("monitoring"),
            telemetry=engine,
            looker=self.watch.looker,
            live=self.watch.live,
            watchers=self.watch.databases.watchers,
            probing=self.probing,
            lab=self.lab,
            clock=self.clock,
        )
        self.rules, self.drilling = self._rules(telemetry), self._drilling()
        self.adopting = Adopting(settings.guide, settings.bindings, ALL, self.submit, self.adopted)
        self.heartbeat = Heartbeat(self.bindings, self.resolve, self.alive_at, self.clock, client)

    def _drilling(self) -> Drilling:
        return Drilling(
            state=lambda: self.decider.engine.state("drills"),
            submit=self.submit,
            changes=self.decider.changes,
            looker=self.watch.looker,
            clock=self.clock,
        )

    def _probing(self, telemetry: Embedded, client: Guarded) -> Probing:
        """What probes, from here and for other regions."""
        return Probing(
            state=lambda: self.decider.engine.state("monitoring"),
            bindings=self.bindings,
            submit=self.submit,
            telemetry=telemetry,
            clock=self.clock,
            ways=Ways(client.fetch, converse, look_up, self.resolve),
            kept=KeptTable(self.settings.data / BEATS, Beat),
            secret=partial(secret_of, link_key(self.settings.data)),
        )

    def _publishing(self, subscribers: Subscribers, client: Guarded) -> Publishing:
        """The public status page."""
        around = Around(
            engine=lambda: self.decider.engine,
            bindings=self.bindings,
            changes=self.changes,
            submit=self.submit,
            resolve=self.resolve,
            post=lambda url, sent, private: client.fetch(url, private=private, send=sent, redirects=False),
            clock=self.clock,
            beside=self.beside(),
        )
        return Publishing(around, subscribers)

    def _rules(self, telemetry: Embedded) -> Runner:
        return Runner(
            state=lambda: self.decider.engine.state("monitoring"),
            bindings=self.bindings,
            submit=self.submit,
            engine=telemetry,
            clock=self.clock,
            files=RuleFiles(self.beside(), self.settings.data / RULES),
            url=lambda: self.url,
        )

    def _identity(self, accounts: Tables) -> Identity:
        """Who may do what; with a new secret for the commands on the machine itself."""
        local = secret.fresh(secret.LOCAL)
        keep_local(self.settings.data, local)
        desk = Desk(
            accounts, self.clock.now, lambda command, actor: self.decider.submit(command, actor=actor)
        )
        return Identity(desk, local=local, visitor=self.settings.visitor)

    def _paging(self) -> Paging:
        """The deed that tells people."""
        return Paging(
            state=lambda: self.decider.engine.state("incidents"),
            bindings=self.bindings,
            resolve=self.resolve,
            is_machine=is_webhook,
            send=hand_over,
            service=self.name,
            link_base=lambda: self.listening().url or self.url,
            link_key=link_key(self.settings.data),
            clock=self.clock,
            standings=lambda: standings(self.decider.engine, CHAPTERS, self.clock.now()),
            near=Nearby(
                engine=lambda: self.decider.engine,
                bindings=self.bindings,
                board=lambda: self.board,
                clock=self.clock,
            ),
        )

    async def submit(self, command: Command) -> Sequence[Recorded]:
        return await self.decider.submit(command, actor=EDGE)

    def changes(self) -> AsyncIterator[Sequence[Recorded]]:
        """What becomes durable from now on."""
        return self.decider.changes()

    def bindings(self) -> Bindings:
        """The bindings in force, with names and addresses."""
        return adopted_bindings(self.decider.engine.state("guide").bindings_text)

    def environment(self) -> str:
        """The main environment of the bindings, "" where there is none."""
        return main_environment_name(self.decider.engine.state("monitoring")) or ""

    def origins(self) -> Collection[str]:
        """Whose pages may report web vitals."""
        bound = self.bindings().vitals
        return bound.origins if bound is not None else ()

    def name(self) -> str:
        """What the service is called."""
        current = self.decider.engine.state("guide").current
        return service_name(self.bindings(), current.adopted.reading)

    def resolve(self, reference: str) -> str:
        return resolve(reference, os.environ, self.beside())

    def beside(self) -> Path:
        """The folder of the bindings, from which paths in them go."""
        return (self.settings.bindings or self.settings.guide).absolute().parent

    def held_until(self, channel: str) -> int:
        """Until when a channel that fails is not tried again."""
        return tried_again_at(self.decider.engine.state("incidents"), channel)

    def alive_at(self) -> int:
        """When the engine last decided; never, while the ledger cannot be written."""
        return 0 if self.decider.trouble else self.decider.decided_at

    def _calendars(self, client: Guarded) -> Calendars:
        return Calendars(self.bindings, self.resolve, client.fetch, self.submit, self.beside(), self.clock)

    def _reception(self) -> Reception:
        """Takes the alerts of other systems."""
        return Reception(
            state=lambda: self.decider.engine.state("incidents"),
            bindings=self.bindings,
            resolve=self.resolve,
            submit=lambda command, actor: self.decider.submit(command, actor=actor),
            clock=self.clock,
        )

    def edges(self) -> Edges:
        """What the console's pages ask and act through."""
        return Edges(
            link_key=link_key(self.settings.data),
            board=self.board,
            intake=self.intake,
            drilling=self.drilling,
            reception=self.reception,
            tester=self.paging,
            publishing=self.publishing,
            data=self.settings.data,
            runner=self.rules,
        )

    async def run(self, started: Callable[["Service"], None]) -> None:
        """Serve until SIGINT or SIGTERM. Raises GuideError where there is no guide to put in force."""
        self.decider.start()
        await self._first_look()
        listening = self._listen()
        self.url = address(*listening.getsockname()[:2])
        await self._first_admin()
        console = LiveConsole(self.decider, self.ledger, self.watch, self.identity.names)
        web = build(
            console,
            pages(self.edges()),
            identity=self.identity,
            port=listening.getsockname()[1],
            listening=self.listening,
            tour=self.settings.tour,
        )

        def answering() -> None:
            announce(self.settings.data, self.url)
            started(self)

        proxies = list(self.bindings().serve.trusted_proxies)
        config = uvicorn.Config(
            web,
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=STOP_SECONDS,
            # Whoever else says for whom it asks is not believed: addresses count failed sign-ins.
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
        )
        server = Server(config, answering)
        for ending in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(ending, server.stop)
        try:
            await together(
                server.serve(sockets=[listening]),
                [
                    forever_after(asyncio.to_thread(warm_up)),
                    self.decider.run(),
                    self.watch.run(self.adopted),
                    self.probing.run(),
                    self.intake.counted.run(),
                    self.reception.run(),
                    self.calendars.run(),
                    self.board.run(),
                    self.lab.run(),
                    self.drilling.run(),
                    self.sender.run(),
                    self.rules.run(),
                    self.adopting.run(),
                    self.heartbeat.run(),
                    self.publishing.run(),
                ],
            )
        finally:
            retract(self.settings.data)

    def listening(self) -> Listening:
        """Under which addresses the service is met."""
        bound = self.bindings().serve
        return Listening(url=bound.url or "", beyond=is_beyond(bound.listen))

    async def _first_admin(self) -> None:
        """Where nobody can administer yet, the address that makes the first admin."""
        if self.settings.visitor and is_beyond(self.bindings().serve.listen):
            hint = 'leave listen = "127.0.0.1" in [serve]'
            raise OpsguideError("a visitor is signed in on loopback only", where="serve.listen", hint=hint)
        link = "" if self.settings.visitor else await self.identity.set_up_link()
        if link:
            self.set_up = f"{self.listening().url or self.url}/set-up/{link}"

    async def _first_look(self) -> None:
        """The guide on disk, or the last good one; without either there is nothing to serve."""
        looked = await self.adopting.look()
        if self.decider.engine.state("guide").current is None:
            assert isinstance(looked, Refuse)
            where, first = looked.places[0]
            raise GuideError(
                first.message, where=where, hint=first.hint or f"opsguide check {self.settings.guide}"
            )

    def _listen(self) -> socket.socket:
        bound = self.bindings().serve
        port = self.settings.port if self.settings.port is not None else bound.port
        return bound_socket(bound.listen, port)


async def serve(settings: Settings, started: Callable[[Service], None]) -> None:
    """Open the data directory and serve. Raises OpsguideError with what to do."""
    async with open_ledger(settings.data, fact_types()) as ledger:
        with (
            Embedded(directory=settings.data / SAMPLES) as telemetry,
            closing(Tables(settings.data / ACCOUNTS)) as accounts,
            closing(Subscribers(settings.data / SUBSCRIBERS, link_key(settings.data))) as subscribers,
        ):
            await Service(settings, ledger, telemetry, accounts, subscribers).run(started)
