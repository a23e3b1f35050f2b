"""What can go wrong in the shop, for real: nothing here touches a metric."""

import asyncio
from enum import StrEnum
from typing import Any

from .pool import SIZE
from .stock import HELD_SECONDS, Stock

LEAKED = SIZE * 85 // 100
BETWEEN_LEAKS_SECONDS = 0.1


class Fault(StrEnum):
    """The faults that the shop can have while it runs. `down` is none of them: then there is no shop."""

    ERRORS = "errors"
    SLOW = "slow"
    CONNECTIONS = "connections"


TOLD = {
    Fault.ERRORS: "a migration renamed the orders table: every checkout (one request in five) now fails",
    Fault.SLOW: f"a stock report locks the database again and again, {HELD_SECONDS:g} s each: all pages wait",
    Fault.CONNECTIONS: f"a job never returns the connections it takes: {LEAKED} of {SIZE} leak from the pool",
}


class Faults:
    """Breaks and mends one shop. `active` are the faults in force, oldest first."""

    def __init__(self, stock: Stock) -> None:
        self.active: list[Fault] = []
        self._stock = stock
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
        else:
            self._jobs.append(asyncio.create_task(self._leak_connections()))
        self.active.append(fault)

    async def mend(self) -> None:
        """All faults end: locks are let go, connections returned, the table has its name again."""
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
