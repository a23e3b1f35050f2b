"""The schedule of the lab: one check at a time, for two would spoil each other's figures; its samples."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ....guide.bindings import Bindings, LabBinding
from ....kernel.clock import Clock, Instant
from ....kernel.ports import Kept, Telemetry
from .. import checks
from ..checks import Check, Load
from .browser import LabError, chromium, find, sweep
from .door import Vet, door
from .loading import QUIET_SECONDS, Loading

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
TELL_SECONDS = 60.0
"""So often what is known is given to telemetry: a value counts for five minutes there."""


@dataclass(kw_only=True)
class Laboratory:
    """`checks` are the last ones by the name of the page, `running` the page that is being loaded, `asked` those that
    somebody wants now. `script` measures from within a page."""

    bindings: Callable[[], Bindings]
    telemetry: Telemetry
    clock: Clock
    vet: Vet
    kept: Kept[Check]
    script: Callable[[], str]
    quiet: float = QUIET_SECONDS
    checks: dict[str, Check] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    running: str = ""
    version: int = 0
    _followed: Bindings | None = None
    _told: set[tuple[str, str, str]] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled; Chromium is ended with it."""
        await asyncio.to_thread(sweep)
        self.start()
        telling = asyncio.create_task(self._tell_always(), name="lab: samples")
        try:
            while True:
                self.follow()
                name = self.next()
                if name is None:
                    await asyncio.sleep(LOOK_SECONDS)
                else:
                    await self.check(name)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def start(self) -> None:
        """What was known before."""
        self.checks.update(self.kept.load())

    def follow(self) -> None:
        """Take up what the bindings have now: of a page that is not bound any more nothing is known."""
        bindings = self.bindings()
        if bindings is self._followed:
            return
        self._followed = bindings
        bound = bindings.lab
        self.checks = {
            name: check
            for name, check in self.checks.items()
            if name in bound and checks.same_page(check, bound[name])
        }
        self.asked = {name: None for name in self.asked if name in bound}
        self.tell()

    def next(self) -> str | None:
        """The page to load now: what somebody asked for, else what is due, the longest first."""
        bound, now = self.bindings().lab, self.clock.now()
        asked = next((name for name in self.asked if name in bound), None)
        if asked is not None:
            return asked
        waiting = sorted((checks.due(self.checks.get(name), one, now), name) for name, one in bound.items())
        return waiting[0][1] if waiting and waiting[0][0] <= now else None

    def ask(self, name: str) -> bool:
        """Somebody wants it checked now. False where that is under way already."""
        if name == self.running or name in self.asked:
            return False
        self.asked[name] = None
        self.version += 1
        return True

    async def check(self, name: str) -> Check:
        """Load the page, and remember what came of it."""
        self.asked.pop(name, None)
        bindings = self.bindings()
        bound = bindings.lab[name]
        self.running, self.version = name, self.version + 1
        try:
            found = await self._checked(bound, bindings.chromium)
        finally:
            self.running, self.version = "", self.version + 1
        self.checks[name] = found
        self.kept.save(self.checks)
        self.tell()
        return found

    async def _checked(self, bound: LabBinding, path: str | None) -> Check:
        at, loop = self.clock.now(), asyncio.get_running_loop()
        began, loads = loop.time(), list[Load]()
        browser, sandboxed, problem = "", True, ""
        try:
            async with door(self.vet, private=bound.private) as way, chromium(find(path)) as chrome:
                browser, sandboxed = chrome.version, chrome.sandboxed
                loading = Loading(
                    browser=chrome,
                    door=way,
                    page=bound.page,
                    form=bound.form,
                    script=self.script(),
                    quiet=self.quiet,
                )
                for _ in range(bound.runs):
                    loads.append(await loading.once(bound.timeout))
        except LabError as error:
            problem = f"{error.what}: {error.hint}" if error.hint else error.what
        except OSError as error:
            problem = f"the machine refuses: {error.strerror}"
        return Check(
            at=at,
            page=bound.page,
            form=bound.form,
            loads=tuple(loads),
            problem=problem,
            browser=browser,
            seconds=round(loop.time() - began, 3),
            sandboxed=sandboxed,
        )

    async def _tell_always(self) -> None:
        while True:
            self.tell()
            await asyncio.sleep(TELL_SECONDS)

    def tell(self) -> None:
        """Give telemetry what is known now; what is known no more ends there."""
        now = self.clock.now()
        before, self._told = self._told, set(self._targets())
        for page, form, environment in before - self._told:
            self.telemetry.ingest((), now, _target(page, form, environment))
        for name, bound in self.bindings().lab.items():
            found = tuple(checks.samples(self.checks.get(name), bound, now))
            self.telemetry.ingest(found, now, _target(name, bound.form, bound.environment or ""))

    def _targets(self) -> Iterator[tuple[str, str, str]]:
        for name, bound in self.bindings().lab.items():
            yield name, bound.form, bound.environment or ""

    def due(self, name: str) -> Instant:
        """When a page is checked next."""
        return checks.due(self.checks.get(name), self.bindings().lab[name], self.clock.now())


def _target(page: str, form: str, environment: str) -> dict[str, str]:
    """The labels of a page's samples."""
    labels = {"job": "lab", "page": page, "form": form}
    return labels | ({"environment": environment} if environment else {})
