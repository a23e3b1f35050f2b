"""Deliveries of other systems: admitted, read, handed on as commands; and who has been silent for too long."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from ....guide.bindings import Bindings, Source
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

A_MINUTE = 600
"""More deliveries of a source than that within a minute are refused with 429: ten a second, for a whole minute."""


class NotAdmitted(OpsguideError):
    """The delivery does not prove from whom it is, or nobody expects it."""


class TooMany(OpsguideError):
    """The source sends more than is taken of it."""


class Course(Struct):
    """How a source has been since the service started. `wrong` is why the last refused delivery was refused."""

    heard: Instant | None = None
    taken: int = 0
    refused: int = 0
    wrong: str = ""
    wrong_at: Instant | None = None
    minute: int = 0
    in_minute: int = 0


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
            self._pace(name, course)
            told = _read(source, headers, body)
        except (NotAdmitted, TooMany, Unreadable) as error:
            course.refused += 1
            course.wrong, course.wrong_at = str(error).split("\n")[0], self.clock.now()
            raise
        for one in told:
            await self._tell(name, source, one)
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
            what = f"this delivery does not prove that it is from {name}"
            raise NotAdmitted(
                what, hint="send the bound secret, or a signature with it, made within five minutes"
            )

    def _pace(self, name: str, course: Course) -> None:
        minute = self.clock.now() // 60_000
        if course.minute != minute:
            course.minute, course.in_minute = minute, 0
        course.in_minute += 1
        if course.in_minute > A_MINUTE:
            raise TooMany(
                f"{name} sent more than {A_MINUTE} deliveries within a minute", hint="try again in a minute"
            )

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
