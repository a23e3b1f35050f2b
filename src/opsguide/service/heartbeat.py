"""A sign of life outside: while the engine decides, a bound URL is pinged, so that our own death pages."""

import asyncio
import logging
from collections.abc import Callable

from ..guide.bindings import Bindings
from ..kernel.clock import Clock, Instant, seconds_between
from ..kernel.errors import BindingsError
from .guarded import Guarded, OutboundError

log = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
ALIVE_WITHIN_SECONDS = 120.0
"""The decider wakes at least every minute; twice that without a decision is no life."""


class Heartbeat:
    """`decided_at` is when the engine last decided. A ping that fails is logged, and tried again when next due."""

    def __init__(
        self,
        bindings: Callable[[], Bindings],
        resolve: Callable[[str], str],
        decided_at: Callable[[], Instant],
        clock: Clock,
        client: Guarded,
    ) -> None:
        self._bindings, self._resolve, self._decided_at = bindings, resolve, decided_at
        self._clock, self._client = clock, client
        self._pinged: Instant = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(CHECK_SECONDS)

    async def beat(self) -> bool:
        """Ping if it is due and the engine is alive. True where the ping was answered."""
        bound, now = self._bindings().heartbeat, self._clock.now()
        if bound is None or seconds_between(self._pinged, now) < bound.every:
            return False
        if seconds_between(self._decided_at(), now) > max(ALIVE_WITHIN_SECONDS, 2 * bound.every):
            return False
        self._pinged = now
        try:
            answer = await self._client.fetch(self._resolve(bound.url), private=True, timeout=10.0)
        except (OutboundError, BindingsError) as error:
            log.warning("heartbeat not delivered: %s", error.what)
            return False
        return answer.status < 400
