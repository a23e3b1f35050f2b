"""What Harbour sells, and its orders: two tables."""

from pathlib import Path
from typing import NamedTuple, cast

import apsw

from .pool import Pool, connect

PRODUCTS = (
    ("mug", "Harbour mug", "Stoneware, glazed in the blue of the quay", 1400),
    ("scarf", "Wool watch scarf", "For the hours between two and six", 3900),
    ("torch", "Pocket torch", "Charges over USB, floats, forgives", 2600),
    ("log", "Deck log", "Numbered pages; nothing can be torn out unseen", 1800),
    ("knot", "Rope keyring", "A bowline, tied by hand", 900),
    ("compass", "Brass compass", "Points north; what you do with it is up to you", 5200),
)
KEPT_ORDERS = 2000
"""Older orders are deleted, so that a demo left running does not grow."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
  id INTEGER PRIMARY KEY, picture TEXT, name TEXT, about TEXT, cents INTEGER, stock INTEGER
);
CREATE TABLE IF NOT EXISTS orders (
  id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL REFERENCES products (id),
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
"""


class Product(NamedTuple):
    """One thing to buy. `picture` names a drawing of `pages`; `cents` is the price in euro cents."""

    id: int
    picture: str
    name: str
    about: str
    cents: int
    stock: int


class NoSuchProduct(Exception):
    """An order for something that Harbour does not sell."""


def create(path: Path) -> None:
    """Make the tables and fill the shelves, unless they are there."""
    connection = connect(path)
    with connection:
        connection.execute(_SCHEMA)
        for number, product in enumerate(PRODUCTS, start=1):
            connection.execute(
                "INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?, ?, 200)", (number, *product)
            )
    connection.close()


async def products(pool: Pool) -> list[Product]:
    rows = await pool.rows("SELECT id, picture, name, about, cents, stock FROM products ORDER BY id")
    return [Product(*cast("tuple[int, str, str, str, int, int]", row)) for row in rows]


async def order(pool: Pool, product: int) -> int:
    """Buy one, and return the order's number. An empty shelf is filled again. Raises NoSuchProduct."""

    def work(connection: apsw.Connection) -> int:
        # IMMEDIATE: two orders that both read first could otherwise each wait for the other.
        connection.execute("BEGIN IMMEDIATE")
        try:
            number = _order(connection, product)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return number

    return await pool.run(work)


def _order(connection: apsw.Connection, product: int) -> int:
    connection.execute("UPDATE products SET stock = iif(stock > 0, stock - 1, 200) WHERE id = ?", (product,))
    if not connection.changes():
        raise NoSuchProduct(f"there is no product {product}")
    connection.execute("INSERT INTO orders (product) VALUES (?)", (product,))
    number = connection.last_insert_rowid()
    connection.execute("DELETE FROM orders WHERE id <= ?", (number - KEPT_ORDERS,))
    return number
