"""What can go wrong in the shop, for real: nothing here touches a metric."""

import asyncio
import ssl
from enum import StrEnum
from typing import Any

from .certificates import EXPIRED, GOOD, Certificates
from .pool import SIZE
from .stock import HELD_SECONDS, Stock

LEAKED = SIZE * 85 // 100
BETWEEN_LEAKS_SECONDS = 0.1


class Fault(StrEnum):
    """The faults that the shop can have while it runs. `down` is none of them: then there is no shop."""

    ERRORS = "errors"
    SLOW = "slow"
    CONNECTIONS = "connections"
    CERT = "cert"


TOLD = {
    Fault.ERRORS: "a migration renamed the orders table: every checkout (one request in five) now fails",
    Fault.SLOW: f"a stock report locks the database again and again, {HELD_SECONDS:g} s each: all pages wait",
    Fault.CONNECTIONS: f"a job never returns the connections it takes: {LEAKED} of {SIZE} leak from the pool",
    Fault.CERT: "the certificate of the shop's https address has run out: browsers and probes refuse it",
}


class Faults:
    """Breaks and mends one shop. `active` are the faults in force, oldest first."""

    def __init__(self, stock: Stock, certificates: Certificates, tls: ssl.SSLContext) -> None:
        self.active: list[Fault] = []
        self._stock, self._certificates, self._tls = stock, certificates, tls
        self._jobs: list[asyncio.Task[None]] = []
        self._leaked: list[Any] = []

    async def cause(self, fault: Fault) -> None:
        """Bring the fault about; nothing happens if it is there already. Raises DatabaseFailed."""
        if fault in self.active:
            return
        if fault is Fault.ERRORS:
            await self._stock.hide_orders()
        elif fault is Fault.SLOW:
            self._jobs.append(asyncio.create_task(self._stock.report()))
        elif fault is Fault.CERT:
            self._certificates.show(self._tls, EXPIRED)
        else:
            self._jobs.append(asyncio.create_task(self._leak_connections()))
        self.active.append(fault)

    async def mend(self) -> None:
        """All faults end: locks are let go, connections returned, the table has its name, the certificate is good."""
        self._certificates.show(self._tls, GOOD)
        while self._jobs:
            job = self._jobs.pop()
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
        while self._leaked:
            self._stock.pool.give_back(self._leaked.pop())
        await self._stock.bring_orders_back()
        self.active.clear()

    async def _leak_connections(self) -> None:
        while len(self._leaked) < LEAKED:
            self._leaked.append(await self._stock.pool.take())
            await asyncio.sleep(BETWEEN_LEAKS_SECONDS)
