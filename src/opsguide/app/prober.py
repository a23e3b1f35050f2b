"""`opsguide probe`: a region. Asks the service what to probe, probes it from here, reports what it saw.

While the service is away the newest looks wait in memory. They carry their age, by the monotonic clock of this machine:
no clock that anybody sets is in it.
"""

import asyncio
import logging
import os
import secrets
import ssl
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import typer
import uvloop
from msgspec import Struct

from .. import __version__
from ..guide.bindings import ProbeBinding, resolve
from ..kernel.errors import BindingsError, OpsguideError
from ..monitoring.probes.edge.ask import Ways
from ..monitoring.probes.edge.schedule import Schedule
from ..monitoring.probes.looks import Look
from ..monitoring.probes.reports import MOST_LOOKS, AgedLook, Plan, Report, Taken
from ..service.guarded import Guarded
from ..service.reaching import converse
from ..service.resolving import look_up

log = logging.getLogger("opsguide.probe")

MOST_WAITING = 10_000
"""So many looks wait while the service is away; the oldest are given up."""

REPORT_SECONDS = 2.0
ALIVE_SECONDS = 15.0
"""So often something is reported even if there was nothing to look at: silence means that the region is away."""

PLAN_SECONDS = 60.0
LONGEST_PAUSE = 15.0
TIMEOUT_SECONDS = 10.0

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


T = TypeVar("T")


class Waiting(Struct, frozen=True):
    """A look that was not reported yet; `at` is of the monotonic clock."""

    probe: str
    at: float
    look: Look


class Turned(OpsguideError):
    """What answers does not know this region, or is no service."""


class Prober:
    """`client` speaks to the service, with the region's token. `clock` is monotonic, in seconds."""

    def __init__(
        self, region: str, client: httpx.AsyncClient, ways: Ways, clock: Callable[[], float]
    ) -> None:
        self.region, self._client, self._clock = region, client, clock
        self.waiting: deque[Waiting] = deque()
        self.lost = 0
        self._run, self._number = secrets.token_hex(8), 0
        self._sending: tuple[Waiting, ...] | None = None
        self._tag, self._asked, self._sent = "", -PLAN_SECONDS, -ALIVE_SECONDS
        self._pause = 0.0
        self.schedule = Schedule(ways=ways, took=self._looked)

    async def run(self) -> None:
        """Until cancelled. Raises Turned where the service does not know this region."""
        looking = asyncio.create_task(self.schedule.run(), name="probe schedule")
        try:
            while True:
                await self.exchange()
                await asyncio.sleep(max(REPORT_SECONDS, self._pause))
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _looked(self, name: str, _probe: ProbeBinding, look: Look) -> None:
        self.waiting.append(Waiting(name, self._clock(), look))
        if len(self.waiting) > MOST_WAITING:
            self.waiting.popleft()
            self.lost += 1

    async def exchange(self) -> bool:
        """Ask for the plan where that is due, and hand over what waits. False while the service is away."""
        try:
            if self._clock() - self._asked >= PLAN_SECONDS or not self._tag:
                await self._ask_plan()
            while self._sending or self.waiting or self._clock() - self._sent >= ALIVE_SECONDS:
                await self._report()
        except (httpx.HTTPError, Turned) as error:
            if isinstance(error, Turned) and not self._tag:
                raise
            self._pause = min(LONGEST_PAUSE, max(REPORT_SECONDS, 2 * self._pause))
            log.warning(
                "not reported, tried again in %g s: %s", self._pause, str(error) or type(error).__name__
            )
            return False
        self._pause = 0.0
        return True

    async def _ask_plan(self) -> None:
        answer = await self._client.get(self._path("plan"))
        planned = self._read(answer, Plan)
        self._asked = self._clock()
        if planned.tag != self._tag:
            log.info("probing %d for region %s", len(planned.probes), self.region)
            self._tag = planned.tag
            self.schedule.follow(planned.probes)

    async def _report(self) -> None:
        """One report. It is the same one, with its number, until the service has said that it has it."""
        if self._sending is None:
            count = min(len(self.waiting), MOST_LOOKS)
            self._sending = tuple(self.waiting.popleft() for _ in range(count))
        now = self._clock()
        looks = tuple(AgedLook(one.probe, now - one.at, one.look) for one in self._sending)
        report = Report(self._run, self._number, looks, self.lost, __version__)
        answer = await self._client.post(self._path("looks"), content=msgspec.json.encode(report))
        taken = self._read(answer, Taken)
        self._sending, self._number, self._sent = None, self._number + 1, now
        if taken.plan != self._tag:
            await self._ask_plan()

    def _path(self, end: str) -> str:
        return f"/regions/{quote(self.region, safe='')}/{end}"

    def _read(self, answer: httpx.Response, kind: type[T]) -> T:
        if answer.status_code == 401:
            hint = f"the token must be the one that [regions.{self.region}] of the service refers to"
            raise Turned(f"the service refuses region {self.region}", hint=hint)
        if not answer.is_success:
            raise httpx.HTTPStatusError(
                f"it answered {answer.status_code}", request=answer.request, response=answer
            )
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.MsgspecError:
            hint = "is this its address? Both need versions that fit together"
            raise Turned("what answers is no opsguide service", hint=hint) from None


def _address(url: str) -> str:
    """Where the service is. Raises OpsguideError where the token would travel in the clear."""
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    except ValueError:
        scheme = host = ""
    if not host or scheme not in ("http", "https"):
        raise OpsguideError(
            f"{url} is no address", where="--report-to", hint="write https://opsguide.shop.example"
        )
    if scheme == "http" and host not in LOOPBACK:
        hint = "use https://, or forward the port: ssh -N -L 8470:127.0.0.1:8470 HOST"
        raise OpsguideError("the token would travel in the clear", where="--report-to", hint=hint)
    return url.rstrip("/")


def _trusting(authority: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority is not None:
        try:
            context.load_verify_locations(authority)
        except (OSError, ssl.SSLError):
            raise OpsguideError(f"{authority} is no certificate (PEM)", where="--authority") from None
    return context


def probe(
    region: Annotated[str, typer.Option(help="The region's name under [regions] of the service.")],
    report_to: Annotated[str, typer.Option(help="Where the service is: https://…, or http:// on loopback.")],
    token: Annotated[
        str, typer.Option(help="Where the region's token is: env:NAME or file:PATH.")
    ] = "env:OPSGUIDE_REGION_TOKEN",
    authority: Annotated[
        Path | None, typer.Option(help="A certificate (PEM) to trust beside the system's, for the service.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Probe private addresses here, where a binding allows it too.")
    ] = False,
) -> None:
    """Probe from this machine what the service is bound to probe, and report it there. Stops on Ctrl-C.

    Needs no guide, and keeps nothing on the disk.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    base, trusted = _address(report_to), _trusting(authority)
    if not token.startswith(("env:", "file:")):
        raise BindingsError(
            "a token on the command line is seen by all", where="--token", hint="write env:NAME"
        )
    secret = _found(token)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_probing(region, base, secret, trusted, private=private))


def _found(reference: str) -> str:
    return resolve(reference, os.environ, Path.cwd())


async def _probing(region: str, base: str, token: str, trusted: ssl.SSLContext, *, private: bool) -> None:
    ways = Ways(Guarded().fetch, converse, look_up, _found, private)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    async with httpx.AsyncClient(
        base_url=base, headers=headers, timeout=TIMEOUT_SECONDS, verify=trusted, trust_env=False
    ) as client:
        await Prober(region, client, ways, asyncio.get_running_loop().time).run()
