"""The shop's tables in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from .pool import Pool
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

_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
  id integer PRIMARY KEY, picture text, name text, about text, cents integer, stock integer
);
CREATE TABLE IF NOT EXISTS orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, product integer NOT NULL REFERENCES products (id),
  at timestamptz NOT NULL DEFAULT now()
);
"""
_FILL = "INSERT INTO products VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
_SELL = "UPDATE products SET stock = CASE WHEN stock > 0 THEN stock - 1 ELSE $2 END WHERE id = $1"


class PostgresStock:
    """Fulfils `Stock`. `url` is a libpq URL with its password."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.pool = Pool(self._connect, lambda connection: not connection.is_closed())

    async def create(self) -> None:
        async with self._aside("create") as connection:
            # Before the tables are made: a hidden one counts as there.
            await _rename(connection, "orders_before_migration", "orders")
            await connection.execute(_SCHEMA)
            rows = [(number, *product, FULL_SHELF) for number, product in enumerate(PRODUCTS, start=1)]
            await connection.executemany(_FILL, rows)

    async def close(self) -> None:
        """Nothing to do: connections end with the process."""

    async def products(self) -> list[Product]:
        sql = "SELECT id, picture, name, about, cents, stock FROM products ORDER BY id"
        async with self._pooled() as connection:
            return [Product(*row) for row in await connection.fetch(sql)]

    async def order(self, product: int) -> int:
        async with self._pooled() as connection, connection.transaction():
            if await connection.execute(_SELL, product, FULL_SHELF) == "UPDATE 0":
                raise NoSuchProduct(f"there is no product {product}")
            number = await connection.fetchval(
                "INSERT INTO orders (product) VALUES ($1) RETURNING id", product
            )
            await connection.execute("DELETE FROM orders WHERE id <= $1", number - KEPT_ORDERS)
            return int(number)

    async def hide_orders(self) -> None:
        async with self._aside("migration") as connection:
            await _rename(connection, "orders", "orders_before_migration")

    async def bring_orders_back(self) -> None:
        async with self._aside("migration") as connection:
            await _rename(connection, "orders_before_migration", "orders")

    async def report(self) -> None:
        async with self._aside("stock report") as connection:
            while True:
                await asyncio.sleep(FREE_SECONDS)
                async with connection.transaction():
                    await connection.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
                    await connection.fetchval("SELECT sum(stock * cents) FROM products")
                    await asyncio.sleep(HELD_SECONDS)

    async def _connect(self, name: str = "shop") -> "asyncpg.Connection[asyncpg.Record]":
        try:
            return await asyncpg.connect(
                self._url, timeout=5, server_settings={"application_name": f"harbour {name}"}
            )
        except _FAILURES as error:
            raise DatabaseFailed(f"no connection: {error}") from None

    @asynccontextmanager
    async def _pooled(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        async with self.pool.connection() as connection:
            with _told():
                yield connection

    @asynccontextmanager
    async def _aside(self, name: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """A connection of its own, beside the pool."""
        connection = await self._connect(name)
        try:
            with _told():
                yield connection
        finally:
            connection.terminate()


@contextmanager
def _told() -> Iterator[None]:
    """What PostgreSQL or the way to it says, as the shop's own error."""
    try:
        yield
    except _FAILURES as error:
        raise DatabaseFailed(str(error)) from None


async def _rename(connection: "asyncpg.Connection[asyncpg.Record]", old: str, new: str) -> None:
    if await connection.fetchval("SELECT to_regclass($1)", old) is not None:
        await connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
