"""Watching the bound environments: probe, scrape, evaluate the guide's signals, report to the chapter.

Rules are evaluated when samples arrive, at most once a second; a scrape that fails evaluates too, so that missing data
shows at once.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..guide.bindings import Bindings, built_in, every_of, main_of
from ..guide.bindings.model import EnvironmentBinding, TelemetryBinding
from ..guide.promise import Promise
from ..guide.values import Alert, Objective
from ..kernel.clock import Clock
from ..kernel.errors import BindingsError, LedgerUnwritable, Refused
from ..kernel.part import Command
from ..kernel.ports import Sample, Telemetry
from .arrivals import Wakes, apart, no_wakes, waking
from .commands import Observation, Observe, Probed
from .counting import Counting
from .databases.all import Databases, is_of_database
from .databases.log import Tails, no_tails
from .fetching import Fetch
from .looking import Looker
from .observing import Live, Observer
from .probe import ProbeResult, probe
from .rules import bound_for, main_environment_name
from .scrape import Parse, ScrapeError, scrape
from .signals import Signal
from .state import State
from .targets import Target, read_targets

log = logging.getLogger(__name__)

SCRAPES_AT_ONCE = 20


def _is_query_time(promise: Promise) -> bool:
    return isinstance(promise.values, Alert | Objective) and built_in(promise.values.signal) == "query_time"


class FollowedLog(Protocol):
    """An access log: each `read` takes in what is new. Raises OSError."""

    def read(self) -> None: ...
    def close(self) -> None: ...


def _no_logs(path: str, _environment: str) -> FollowedLog:
    raise FileNotFoundError(path)


@dataclass(kw_only=True)
class Watch:
    """One task an environment. `submit` hands a command to the decider, `resolve` follows a reference of the bindings.

    `bindings` are those in force with their addresses; the state only has what may stand on the ledger. `logs` follows
    the access log at a path for an environment, `tails` any file; `wakes` calls whenever samples were taken. `live` are
    the newest observations by promise, `problems` the environments whose metrics cannot be had, and why.
    """

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    submit: Callable[[Command], Awaitable[object]]
    telemetry: Telemetry
    clock: Clock
    fetch: Fetch
    parse: Parse
    resolve: Callable[[str], str]
    logs: Callable[[str, str], FollowedLog] = _no_logs
    tails: Tails = no_tails
    wakes: Wakes = no_wakes
    live: dict[str, Live] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    databases: Databases = field(init=False)
    looker: Looker = field(init=False)
    observer: Observer = field(init=False)
    counting: Counting = field(init=False)
    _targets: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    _dead: dict[str, dict[str, str]] = field(default_factory=dict)
    _gave: dict[str, frozenset[str]] = field(default_factory=dict)
    _logs: dict[str, FollowedLog] = field(default_factory=dict)
    _tasks: dict[str, tuple[EnvironmentBinding, asyncio.Task[None]]] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ticking: tuple[tuple[str, TelemetryBinding] | None, asyncio.Task[None] | None] = (None, None)

    def __post_init__(self) -> None:
        self.looker = Looker(telemetry=self.telemetry, bindings=lambda: self.state().bindings)
        self.databases = Databases(
            resolve=self.resolve,
            limits=self._query_limits,
            telemetry=self.telemetry,
            clock=self.clock,
            tails=self.tails,
        )
        self.observer = Observer(
            state=self.state,
            telemetry=self.telemetry,
            looker=self.looker,
            clock=self.clock,
            away=self._away,
            partly=self._partly,
            live=self.live,
        )

        self.counting = Counting(state=self.state, telemetry=self.telemetry, looker=self.looker)

    async def run(self, adopted: asyncio.Event) -> None:
        """Keep one task for each bound environment, following every adoption; until cancelled."""
        try:
            while True:
                self._follow(self.bindings())
                await adopted.wait()
                adopted.clear()
        finally:
            self._follow(Bindings())

    def _follow(self, bindings: Bindings) -> None:
        """Start what is new, stop what is gone, restart what changed. In the main environment rules are evaluated."""
        main = main_of(bindings)
        wanted = {
            name: binding
            for name, binding in bindings.environments.items()
            if binding.url or binding.measured
        }
        if main is not None:
            wanted.setdefault(main, bindings.environments.get(main, EnvironmentBinding()))
        self.databases.follow(bindings, main or "")
        self._follow_engine(bindings, main)
        for name, (binding, task) in list(self._tasks.items()):
            if wanted.get(name) != binding:
                task.cancel()
                del self._tasks[name]
                self.problems.pop(name, None)
                self._dead.pop(name, None)
                if (log := self._logs.pop(name, None)) is not None:
                    log.close()
        for name, binding in wanted.items():
            if name not in self._tasks:
                task = asyncio.create_task(self._watch(name, binding), name=f"watch {name}")
                self._tasks[name] = (binding, task)

    def _follow_engine(self, bindings: Bindings, main: str | None) -> None:
        """One tick for all that a remote engine is asked; the embedded one wakes when samples arrive."""
        wanted = (main, bindings.telemetry) if main is not None else None
        known, task = self._ticking
        if wanted == known:
            return
        if task is not None:
            task.cancel()
        ticking = None
        if wanted is not None:
            name, engine = wanted
            ticks = self._tick(name, engine.every) if engine.is_remote else self._as_samples_arrive(name)
            ticking = asyncio.create_task(ticks, name="evaluate")
        self._ticking = (wanted, ticking)

    async def _watch(self, name: str, binding: EnvironmentBinding) -> None:
        """A round every `every` seconds, counted from the start of the round, without piling up."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await self.round(name, binding)
            await asyncio.sleep(max(0.0, binding.every - (loop.time() - started)))

    async def round(self, name: str, binding: EnvironmentBinding) -> None:
        """Probe and scrape at once, then evaluate."""
        looks: list[Awaitable[None]] = []
        if binding.url:
            looks.append(self._probe(name, binding, binding.url))
        if binding.metrics:
            looks.append(self._scrape(name, binding, binding.metrics))
        if binding.targets:
            looks.append(self._scrape_targets(name, binding, binding.targets))
        if binding.access_log:
            looks.append(self._read_log(name, binding.access_log))
        await asyncio.gather(*looks)
        if name == main_environment_name(self.state()) and not self._is_remote:
            await self._evaluate(name, binding.every)

    async def _tick(self, name: str, every: float) -> None:
        """A remote engine says not when its samples arrive: it is asked again and again."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await self._evaluate(name, every)
            await asyncio.sleep(max(0.0, every - (loop.time() - started)))

    async def _as_samples_arrive(self, name: str) -> None:
        """What is pushed, probed or counted between two rounds waits for none. Signals are kept by rounds alone."""
        loop = asyncio.get_running_loop()
        with self.wakes(waking(self._arrived)):
            while True:
                await self._arrived.wait()
                started = loop.time()
                await self._observe(name, every_of(self.bindings(), name), record=False)
                await asyncio.sleep(apart(loop.time() - started))

    async def _observe(self, name: str, every: float, *, record: bool) -> None:
        async with self._one_at_a_time:
            self._arrived.clear()
            await self._report(Observe(await self.observations(name, every, record=record), every))

    async def observations(
        self, environment: str, every: float, *, record: bool = True
    ) -> tuple[Observation, ...]:
        """The value of every promise's signal now."""
        return await self.observer.look(environment, every, record=record)

    async def _evaluate(self, name: str, every: float) -> None:
        await self._observe(name, every, record=True)
        for counted in await self.counting.due(name, every, self.clock.now()):
            await self._report(counted)

    @property
    def _is_remote(self) -> bool:
        return self.state().bindings.telemetry.is_remote

    async def _probe(self, name: str, binding: EnvironmentBinding, url: str) -> None:
        try:
            result = await probe(
                url,
                private=binding.private,
                timeout=binding.timeout,
                fetch=self.fetch,
                authority=self._authority(binding, url),
            )
        except BindingsError as error:
            result = ProbeResult(False, None, math.nan, None, str(error))
        self._keep_probe(name, result)
        await self._report(
            Probed(
                environment=name,
                up=result.up,
                latency_seconds=0.0 if math.isnan(result.latency_seconds) else result.latency_seconds,
                error=result.error,
                tls_expires=result.tls_expires,
            )
        )

    def _keep_probe(self, name: str, result: ProbeResult) -> None:
        now = self.clock.now()
        samples = [Sample({"__name__": "probe_success"}, float(result.up))]
        if not math.isnan(result.latency_seconds):
            samples.append(Sample({"__name__": "probe_duration_seconds"}, result.latency_seconds))
        if result.tls_expires is not None:
            expiry = Sample({"__name__": "probe_ssl_earliest_cert_expiry"}, result.tls_expires / 1000)
            samples.append(expiry)
        self.telemetry.ingest(samples, now, {"job": "probe", "environment": name})

    def _authority(self, binding: EnvironmentBinding, url: str) -> str:
        """The certificate (PEM) that the servers of an https URL are signed with. Raises BindingsError."""
        if not binding.authority or not url.lower().startswith("https:"):
            return ""
        return self.resolve(binding.authority)

    async def _scrape(self, name: str, binding: EnvironmentBinding, url: str) -> None:
        problem = await self._scraped(binding, url, {"job": "scrape", "environment": name})
        self._problem(name, problem)

    async def _scrape_targets(self, name: str, binding: EnvironmentBinding, path: str) -> None:
        """Every target of a file. One that is down shows in its `up`, and what stands on its metrics is answered in
        part; the environment has a problem if all are."""
        try:
            text = await asyncio.to_thread(Path(path).read_text, encoding="utf-8")
            targets = read_targets(text, name)
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            self._problem(name, f"{path} cannot be read: {said}")
            return
        for target in self._targets.get(name, ()):
            if target not in targets:
                # What is no longer listed ends at once, not when it has not been heard of for long.
                self.telemetry.ingest((), self.clock.now(), target.labels)
                self._gave.pop(target.url, None)
        self._targets[name] = targets
        at_once = asyncio.Semaphore(SCRAPES_AT_ONCE)

        async def one(target: Target) -> str:
            async with at_once:
                return await self._scraped(binding, target.url, target.labels)

        problems = await asyncio.gather(*(one(target) for target in targets))
        self._problem(name, problems[0] if problems and all(problems) else "")
        self._dead[name] = {one.url: why for one, why in zip(targets, problems, strict=True) if why}

    def _problem(self, name: str, said: str) -> None:
        if said:
            self.problems[name] = said
        else:
            self.problems.pop(name, None)

    async def _scraped(self, binding: EnvironmentBinding, url: str, target: Mapping[str, str]) -> str:
        """Scrape one address; why that was not possible, or ""."""
        samples: Sequence[Sample] = ()
        problem = ""
        try:
            page = await scrape(
                url,
                private=binding.private,
                timeout=binding.timeout,
                fetch=self.fetch,
                parse=self.parse,
                authority=self._authority(binding, url),
            )
            samples, self._gave[url] = page.samples, page.names
        except (ScrapeError, BindingsError) as error:
            problem = f"{error.where}: {error.what}" if error.where else error.what
        up = Sample({"__name__": "up"}, 0.0 if problem else 1.0)
        self.telemetry.ingest([*samples, up], self.clock.now(), target)
        return problem

    async def _read_log(self, name: str, path: str) -> None:
        """What stands in the log since the last round."""
        log = self._logs.get(name)
        if log is None:
            log = self._logs[name] = self.logs(path, name)
        try:
            await asyncio.to_thread(log.read)
            self.problems.pop(name, None)
        except OSError as error:
            self.problems[name] = f"{path} cannot be read: {error.strerror}"
            self.telemetry.ingest((), self.clock.now(), {"job": "access_log", "environment": name})

    def _away(self, signal: Signal, environment: str) -> str:
        """Why what is stored of a signal says nothing of now, or ""."""
        if self._is_remote and signal.expression is not None and not signal.own:
            return ""
        away = self.databases.missing(environment, signal.needs)
        if not away and environment in self.problems and not is_of_database(signal.needs):
            away = f"no metrics: {self.problems[environment]}"
        return away

    def _partly(self, signal: Signal, environment: str) -> str:
        """Which target of several is away whose metrics are a part of the signal; "" where none is."""
        if is_of_database(signal.needs) or (self._is_remote and not signal.own):
            return ""
        for url, why in self._dead.get(environment, {}).items():
            gave = self._gave.get(url)
            if gave is None or not signal.needs or gave & {*signal.needs}:
                return f"the target {url} is away: {why}"
        return ""

    def _query_limits(self) -> frozenset[float]:
        """What the guide holds query times to, in seconds."""
        state = self.state()
        bounds = (bound_for(state, one) for one in state.promises.values() if _is_query_time(one))
        return frozenset(bound.number for bound in bounds if bound is not None and bound.unit == "seconds")

    async def _report(self, command: Command) -> None:
        """A refused or unwritable report is not lost: the next round brings the same truth again."""
        try:
            await self.submit(command)
        except (Refused, LedgerUnwritable) as error:
            log.debug("not recorded: %s", error.what)
