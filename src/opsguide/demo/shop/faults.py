"""What can go wrong in the shop, for real: nothing here touches a metric."""

import asyncio
import threading
from enum import StrEnum
from pathlib import Path

import apsw

from .pool import SIZE, Pool, connect

HELD_SECONDS, FREE_SECONDS = 0.8, 0.15
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

    def __init__(self, path: Path, pool: Pool) -> None:
        self.active: list[Fault] = []
        self._path = path
        self._pool = pool
        self._report: StockReport | None = None
        self._leak: asyncio.Task[None] | None = None
        self._leaked: list[apsw.Connection] = []

    async def cause(self, fault: Fault) -> None:
        """Bring the fault about; nothing happens if it is there already."""
        if fault in self.active:
            return
        self.active.append(fault)
        if fault is Fault.ERRORS:
            await asyncio.to_thread(hide_orders, self._path)
        elif fault is Fault.SLOW:
            self._report = StockReport(self._path)
            self._report.start()
        else:
            self._leak = asyncio.create_task(self._leak_connections())

    async def mend(self) -> None:
        """All faults end: locks are let go, connections returned, the table has its name again."""
        if self._report is not None:
            self._report.over.set()
            await asyncio.to_thread(self._report.join)
            self._report = None
        if self._leak is not None:
            self._leak.cancel()
            await asyncio.gather(self._leak, return_exceptions=True)
            self._leak = None
        while self._leaked:
            self._pool.give_back(self._leaked.pop())
        await asyncio.to_thread(bring_orders_back, self._path)
        self.active.clear()

    async def _leak_connections(self) -> None:
        while len(self._leaked) < LEAKED:
            self._leaked.append(await self._pool.take())
            await asyncio.sleep(BETWEEN_LEAKS_SECONDS)


class StockReport(threading.Thread):
    """A job that counts stock inside a transaction which shuts everybody else out, over and over."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="stock report", daemon=True)
        self.over = threading.Event()
        self._path = path

    def run(self) -> None:
        connection = connect(self._path)
        while not self.over.wait(FREE_SECONDS):
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except apsw.BusyError:
                continue
            connection.execute("SELECT sum(stock * cents) FROM products").fetchall()
            self.over.wait(HELD_SECONDS)
            connection.execute("COMMIT")
        connection.close()


def hide_orders(path: Path) -> None:
    _rename(path, "orders", "orders_before_migration")


def bring_orders_back(path: Path) -> None:
    _rename(path, "orders_before_migration", "orders")


def _rename(path: Path, old: str, new: str) -> None:
    connection = connect(path)
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (old,)).fetchall():
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
    connection.close()
