"""The shop's tables in one SQLite file, where no PostgreSQL is at hand."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

import apsw

from .pool import SIZE, Pool
from .stock import (
    FREE_SECONDS,
    FULL_SHELF,
    HELD_SECONDS,
    KEPT_ORDERS,
    PRODUCTS,
    DatabaseFailed,
    NoSuchProduct,
    Product,
)

R = TypeVar("R")

BUSY_SECONDS = 5.0
"""How long a statement waits for another one's lock before it gives up."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
  id INTEGER PRIMARY KEY, picture TEXT, name TEXT, about TEXT, cents INTEGER, stock INTEGER
);
CREATE TABLE IF NOT EXISTS orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL REFERENCES products (id),
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
"""


class SqliteStock:
    """Fulfils `Stock`. Statements run in threads, one a connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(SIZE + 1, thread_name_prefix="database")
        self.pool = Pool(self._connect, lambda _: True)

    async def create(self) -> None:
        # Before the tables are made: a hidden one counts as there.
        await self.bring_orders_back()
        await self._aside(self._create)

    async def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def products(self) -> list[Product]:
        sql = "SELECT id, picture, name, about, cents, stock FROM products ORDER BY id"
        async with self.pool.connection() as connection:
            rows = await self._in_thread(lambda: connection.execute(sql).fetchall())
        return [Product(*cast("tuple[int, str, str, str, int, int]", row)) for row in rows]

    async def order(self, product: int) -> int:
        async with self.pool.connection() as connection:
            return await self._in_thread(lambda: _order(connection, product))

    async def hide_orders(self) -> None:
        await self._aside(lambda connection: _rename(connection, "orders", "orders_before_migration"))

    async def bring_orders_back(self) -> None:
        await self._aside(lambda connection: _rename(connection, "orders_before_migration", "orders"))

    async def report(self) -> None:
        connection = await self._connect()
        try:
            while True:
                await asyncio.sleep(FREE_SECONDS)
                with suppress(DatabaseFailed):
                    await self._in_thread(lambda: connection.execute("BEGIN EXCLUSIVE"))
                    connection.execute("SELECT sum(stock * cents) FROM products").fetchall()
                    await asyncio.sleep(HELD_SECONDS)
                    connection.execute("COMMIT")
        finally:
            connection.close()

    async def _connect(self) -> apsw.Connection:
        return await self._in_thread(lambda: connect(self._path))

    async def _aside(self, work: Callable[[apsw.Connection], None]) -> None:
        """`work` on a connection of its own, beside the pool."""
        connection = await self._connect()
        try:
            await self._in_thread(lambda: work(connection))
        finally:
            connection.close()

    async def _in_thread(self, work: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except apsw.Error as error:
            raise DatabaseFailed(str(error)) from None

    def _create(self, connection: apsw.Connection) -> None:
        with connection:
            connection.execute(_SCHEMA)
            for number, product in enumerate(PRODUCTS, start=1):
                connection.execute(
                    "INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?, ?, ?)", (number, *product, FULL_SHELF)
                )


def connect(path: Path) -> apsw.Connection:
    """One connection as the shop uses it.

    The rollback journal, not WAL: its locks make readers wait for a writer, and that is the fault `slow`.
    The file is worth nothing after the demo, so nothing waits for the disk.
    """
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(round(BUSY_SECONDS * 1000))
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _order(connection: apsw.Connection, product: int) -> int:
    # IMMEDIATE: two orders that both read first could otherwise each wait for the other.
    connection.execute("BEGIN IMMEDIATE")
    try:
        number = _ordered(connection, product)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return number


def _ordered(connection: apsw.Connection, product: int) -> int:
    connection.execute(
        "UPDATE products SET stock = iif(stock > 0, stock - 1, ?) WHERE id = ?", (FULL_SHELF, product)
    )
    if not connection.changes():
        raise NoSuchProduct(f"there is no product {product}")
    connection.execute("INSERT INTO orders (product) VALUES (?)", (product,))
    number = connection.last_insert_rowid()
    connection.execute("DELETE FROM orders WHERE id <= ?", (number - KEPT_ORDERS,))
    return number


def _rename(connection: apsw.Connection, old: str, new: str) -> None:
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (old,)).fetchall():
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
