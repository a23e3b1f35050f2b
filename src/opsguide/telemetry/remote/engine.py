"""The kernel's Telemetry port over the HTTP API of Prometheus, VictoriaMetrics, Thanos, Mimir and those like them.

A batch is asked at once, a few questions at a time, and ends at one deadline. Whatever goes wrong is said: an engine
that does not answer is away (EngineAway), so that what stands on it is stale and never OK.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlencode

from opsguide.kernel.clock import Clock, Instant
from opsguide.kernel.errors import BindingsError, EngineAway, QueryError
from opsguide.kernel.ports import EngineStatus, Matrix, Sample, Vector
from opsguide.telemetry.embedded import Embedded

from . import answers
from .place import Place, Reply, Send

AT_ONCE = 8
LOOKS_AT_ONCE = 4
"""So many questions of rules, and of people, are on their way at a time."""

NAMES_SECONDS = 60.0
"""So long it is known which metrics there are. New ones come with deploys."""

NAMES_MS = 15 * 60_000
"""Metrics that had samples within this time are there."""

KEPT_SECONDS, KEPT = 10.0, 64
"""Charts that several people look at are asked for once."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_Key: TypeAlias = tuple[str, str, Instant, Instant, int]


class Remote:
    """Fulfils `kernel.ports.Telemetry`. `place` is what is bound now, raising BindingsError; `own` has our samples."""

    def __init__(self, place: Callable[[], Place], send: Send, own: Embedded, clock: Clock) -> None:
        self._place, self._send, self._own, self._clock = place, send, own, clock
        self._asking, self._looking = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(LOOKS_AT_ONCE)
        self._names: frozenset[str] | None = None
        self._known_for = ("", "")
        self._names_until = 0.0
        self._hint = self._problem = ""
        self._ranges: dict[_Key, asyncio.Task[Matrix]] = {}

    @property
    def own(self) -> Embedded:
        return self._own

    @property
    def answering(self) -> EngineStatus:
        try:
            shown = self._place().shown
        except BindingsError as error:
            return EngineStatus("prometheus", problem=f"{error.where}: {error.what}")
        return EngineStatus("prometheus", shown, self._problem or self._hint)

    def ingest(self, samples: Sequence[Sample], at: Instant, target: Mapping[str, str]) -> None:
        self._own.ingest(samples, at, target)

    def metric_names(self) -> frozenset[str]:
        """Of the environment, as last heard."""
        return self._names or frozenset()

    async def look(self) -> str:
        """Learns which metrics the environment has, where that is not known or old. Raises EngineAway.

        What was known stays known while the engine is away.
        """
        now = asyncio.get_running_loop().time()
        place = self._bound()
        if self._known_for != (place.url, place.scope):
            self._names, self._names_until, self._hint = None, 0.0, ""
            self._known_for = (place.url, place.scope)
        if now >= self._names_until:
            try:
                await self._learn(place, now)
            except QueryError as error:
                self._problem = error.what
                if self._names is None:
                    raise EngineAway(error.what, hint=error.hint) from None
        return self._hint

    async def _learn(self, place: Place, now: float) -> None:
        at = self._clock.now()
        span = {"start": (at - NAMES_MS) / 1000, "end": at / 1000}
        asked = urlencode({"match[]": "{" + place.scope + "}", **span})
        url = f"{place.url}/api/v1/label/__name__/values?{asked}"
        self._names, _ = answers.names(await self._heard(self._send(url, seconds=place.timeout)))
        self._problem = ""
        # What we sent there ourselves (telemetry.write) says nothing of the labels of others.
        theirs = self._names - self._own.metric_names()
        self._names_until = now + NAMES_SECONDS if theirs else 0.0
        self._hint = "" if theirs else _nothing(place)

    async def ask(self, expressions: Sequence[str], at: Instant) -> list[Vector | QueryError]:
        """All at one instant. The whole batch ends within the bound timeout."""
        if not expressions:
            return []
        try:
            place = self._bound()
        except EngineAway as error:
            return [error for _ in expressions]
        deadline = asyncio.get_running_loop().time() + place.timeout
        unique = dict.fromkeys(expressions)
        found = await asyncio.gather(*(self._one(place, expression, at, deadline) for expression in unique))
        answered = dict(zip(unique, found, strict=True))
        self._problem = next((one.what for one in found if isinstance(one, EngineAway)), "")
        return [answered[expression] for expression in expressions]

    async def _one(self, place: Place, expression: str, at: Instant, deadline: float) -> Vector | QueryError:
        try:
            async with asyncio.timeout_at(deadline), self._asking:
                left = deadline - asyncio.get_running_loop().time()
                asked = {"query": expression, "time": at / 1000, "timeout": f"{left:.3f}"}
                return answers.vector(await self._post(place, "query", asked, left), at)
        except TimeoutError:
            return EngineAway(f"the engine did not answer within {place.timeout:g} s")
        except QueryError as error:
            return error

    async def ask_range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> Matrix:
        """Raises QueryError. Who gives up waiting finds the answer a moment later, if it came."""
        place = self._bound()
        key = (place.url, expression, start, end, step_ms)
        task = self._ranges.get(key)
        if task is None:
            task = self._ranges[key] = asyncio.create_task(self._range(place, key))
            task.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(task)

    async def _range(self, place: Place, key: _Key) -> Matrix:
        _, expression, start, end, step_ms = key
        span = {"start": start / 1000, "end": end / 1000, "step": f"{step_ms / 1000:g}"}
        try:
            async with asyncio.timeout(place.timeout), self._looking:
                asked = {"query": expression, **span, "timeout": f"{place.timeout:g}"}
                return answers.matrix(await self._post(place, "query_range", asked, place.timeout))
        except TimeoutError:
            raise EngineAway(f"the engine did not answer within {place.timeout:g} s") from None

    def _keep(self, key: _Key, done: asyncio.Task[Matrix]) -> None:
        """A good answer for a moment, of all of them the newest; a failure is asked for anew."""
        if done.cancelled() or done.exception() is not None:
            self._ranges.pop(key, None)
            return
        while len(self._ranges) > KEPT:
            del self._ranges[next(iter(self._ranges))]
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._ranges.pop, key, None)

    async def _post(self, place: Place, what: str, asked: Mapping[str, object], seconds: float) -> Reply:
        body = urlencode(asked).encode()
        return await self._heard(
            self._send(f"{place.url}/api/v1/{what}", seconds=seconds, body=body, headers=FORM)
        )

    async def _heard(self, sending: Awaitable[Reply]) -> Reply:
        try:
            return await sending
        except BindingsError as error:
            raise EngineAway(f"{error.where}: {error.what}", hint=error.hint) from None

    def _bound(self) -> Place:
        try:
            return self._place()
        except BindingsError as error:
            raise EngineAway(f"{error.where}: {error.what}", hint=error.hint) from None


def _nothing(place: Place) -> str:
    """An engine without a series of the environment: nearly always its labels are others."""
    return f"no series there has {place.scope}: bind environments.NAME.match to the labels of the environment"
