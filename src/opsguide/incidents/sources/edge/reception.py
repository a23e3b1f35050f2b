"""Deliveries of other systems: admitted, read, handed on as commands; and who has been silent for too long."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from ....guide.bindings import Bindings, Source
from ....kernel.allowance import Allowance, Allowances
from ....kernel.clock import Clock, Instant, seconds_between
from ....kernel.duration import spoken
from ....kernel.engine import ENGINE
from ....kernel.errors import BindingsError, LedgerUnwritable, OpsguideError, Refused
from ....kernel.part import Command
from ...commands import Open, Recover
from ...severity import UNSPECIFIED
from ...state import State
from .. import alertmanager, mapped, pagerduty
from ..admission import admits
from ..told import Told, Unreadable, command_of, key_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""So often it is looked whether a source has been silent for too long."""

STRANGERS_A_SECOND, STRANGERS_AT_ONCE = 1.0, 60.0
"""Deliveries for a source without its secret, beyond which they are refused with 429 and not told why one by one."""


class NotAdmitted(OpsguideError):
    """The delivery does not prove from whom it is, or nobody expects it."""


class TooMany(OpsguideError):
    """More is sent than is taken. `wait` are the seconds after which some is taken again."""

    def __init__(self, what: str, wait: float) -> None:
        self.wait = math.ceil(wait) or 1
        super().__init__(what, hint=f"try again in {spoken(self.wait)}")


class Course(Struct):
    """How a source has been since the service started. `wrong` is why the last refused delivery was refused."""

    heard: Instant | None = None
    taken: int = 0
    refused: int = 0
    wrong: str = ""
    wrong_at: Instant | None = None


class Taken(Struct, frozen=True):
    """What came of a delivery: the troubles that it told of, and the open incidents that they are."""

    told: int
    incidents: tuple[str, ...]
    dedup_key: str = ""


@dataclass(kw_only=True)
class Reception:
    """`submit` hands a command to the decider with its actor, `resolve` follows a reference of the bindings."""

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    resolve: Callable[[str], str]
    submit: Callable[[Command, str], Awaitable[object]]
    clock: Clock
    courses: dict[str, Course] = field(default_factory=dict)
    since: Instant = 0
    _paces: dict[tuple[str, int], Allowance] = field(default_factory=dict)
    _strangers: Allowances = field(default_factory=lambda: Allowances(STRANGERS_A_SECOND, STRANGERS_AT_ONCE))

    def __post_init__(self) -> None:
        self.since = self.clock.now()

    def course(self, name: str) -> Course:
        return self.courses.setdefault(name, Course())

    async def take(self, name: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """One delivery. `headers` are in lower case.

        Raises NotAdmitted, TooMany, Unreadable (nothing of it was done), or LedgerUnwritable.
        """
        source = self.bindings().sources.get(name)
        if source is None:
            raise NotAdmitted(f"no source {name} is bound", hint="add [sources.…] to opsguide.toml")
        course = self.course(name)
        try:
            self._admit(name, source, headers, body)
            self._pace(name, source)
            told = _read(source, headers, body)
        except (NotAdmitted, TooMany, Unreadable) as error:
            course.refused += 1
            course.wrong, course.wrong_at = str(error).split("\n")[0], self.clock.now()
            raise
        # Together, so that a delivery of a thousand alerts waits for the disk once.
        await asyncio.gather(*(self._tell(name, source, one) for one in told))
        course.taken += 1
        course.heard = self.clock.now()
        await self._heard(name)
        open_now = self.state().by_key
        found = dict.fromkeys(open_now[key] for one in told if (key := key_of(name, one)) in open_now)
        return Taken(len(told), tuple(found), told[0].key if source.kind == "pagerduty" else "")

    def _admit(self, name: str, source: Source, headers: Mapping[str, str], body: bytes) -> None:
        try:
            secret = self.resolve(source.secret)
        except BindingsError as error:
            log.warning("source %s: %s", name, error.what)
            raise NotAdmitted(
                f"the secret of {name} cannot be had", hint="look into opsguide's log"
            ) from None
        carried = ""
        if source.kind == "pagerduty":
            carried = pagerduty.routing_key(body)
        if not admits(secret.strip(), headers, body, self.clock.now(), carried):
            if not self._strangers.take(name, self.clock.now() / 1000):
                what = f"{name} was tried too often without its secret"
                raise TooMany(what, 1 / STRANGERS_A_SECOND)
            what = f"this delivery does not prove that it is from {name}"
            raise NotAdmitted(
                what, hint="send the bound secret, or a signature with it, made within five minutes"
            )

    def _pace(self, name: str, source: Source) -> None:
        """A minute's worth at once, and no more than that a minute in the long run."""
        most = source.deliveries_per_minute
        pace = self._paces.setdefault((name, most), Allowance(most / 60, most))
        if not pace.take(self.clock.now() / 1000):
            what = f"{name} sends more than {most} deliveries a minute (sources.{name}.deliveries_per_minute)"
            raise TooMany(what, pace.wait)

    async def _tell(self, name: str, source: Source, told: Told) -> None:
        """What is known already (open, over) is no mistake: senders repeat themselves."""
        command = command_of(self.state(), name, source, told)
        if command is not None:
            await self._submit(command, name)

    async def _submit(self, command: Command, name: str) -> None:
        try:
            await self.submit(command, f"source:{name}")
        except Refused as error:
            log.debug("source %s: %s", name, error.what)

    async def _heard(self, name: str) -> None:
        if silence_key(name) in self.state().by_key:
            await self._submit(Recover(key=silence_key(name), reason=f"{name} sends again"), name)

    async def run(self) -> None:
        """Opens an incident for each source that has been silent for too long; until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except LedgerUnwritable as error:
                log.debug("not recorded: %s", error.what)

    async def look(self) -> None:
        """Who has been silent for too long now, counted from the start of the service at the earliest."""
        bound = self.bindings().sources
        for name, source in bound.items():
            if self.silent_seconds(name) >= source.silent_after > 0:
                await self._silent(name, source)
        for key in [key for key in self.state().by_key if key.startswith(SILENT)]:
            left = bound.get(key.removeprefix(SILENT))
            if left is None or not left.silent_after:
                await self._submit(Recover(key=key, reason="nobody waits for it any more"), ENGINE)

    def silent_seconds(self, name: str) -> float:
        heard = self.course(name).heard
        return seconds_between(self.since if heard is None else heard, self.clock.now())

    async def _silent(self, name: str, source: Source) -> None:
        lasts = spoken(source.silent_after)
        opened = Open(
            key=silence_key(name),
            title=f"Nothing was heard from {name} for {lasts}",
            reason=f"{name} has not delivered for {lasts}: what it watches may break unseen",
            severity=source.severity or UNSPECIFIED,
            says=ENGINE,
            labels={"kind": "source_silent", "source": name},
        )
        if opened.key not in self.state().by_key:
            await self._submit(opened, name)


SILENT = "silent:"


def silence_key(name: str) -> str:
    return f"{SILENT}{name}"


def _read(source: Source, headers: Mapping[str, str], body: bytes) -> Sequence[Told]:
    if source.kind in ("alertmanager", "grafana"):
        return alertmanager.read(body, source)
    if source.kind == "pagerduty":
        return pagerduty.read(body, source)
    if source.kind == "cloudevents":
        return mapped.cloudevent(body, source, headers)
    return mapped.read(body, source)
