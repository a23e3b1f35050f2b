"""What Harbour sells, and what it asks of the database that keeps it: SQLite or PostgreSQL."""

from typing import Any, NamedTuple, Protocol

from .pool import Pool

PRODUCTS = (
    ("mug", "Harbour mug", "Stoneware, glazed in the blue of the quay", 1400),
    ("scarf", "Wool watch scarf", "For the hours between two and six", 3900),
    ("torch", "Pocket torch", "Charges over USB, floats, forgives", 2600),
    ("log", "Deck log", "Numbered pages; nothing can be torn out unseen", 1800),
    ("knot", "Rope keyring", "A bowline, tied by hand", 900),
    ("compass", "Brass compass", "Points north; what you do with it is up to you", 5200),
)
FULL_SHELF = 200
"""An empty shelf is filled again with so many."""

KEPT_ORDERS = 2000
"""Older orders are deleted, so that a demo left running does not grow."""

HELD_SECONDS, FREE_SECONDS = 0.8, 0.15
"""How long the stock report locks the products, and how long it lets them go in between."""


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


class DatabaseFailed(Exception):
    """The database refused a statement, or is not there."""


class Stock(Protocol):
    """The shop's tables, products and orders. Every method raises DatabaseFailed and PoolExhausted."""

    @property
    def pool(self) -> Pool[Any]: ...

    async def create(self) -> None:
        """Make the tables and fill the shelves, unless they are there; a shop that was stopped broken is whole."""
        ...

    async def close(self) -> None: ...

    async def products(self) -> list[Product]: ...

    async def order(self, product: int) -> int:
        """Buy one, and return the order's number. Raises NoSuchProduct."""
        ...

    async def hide_orders(self) -> None:
        """The fault `errors`: the table gets another name."""
        ...

    async def bring_orders_back(self) -> None: ...

    async def report(self) -> None:
        """The fault `slow`: count stock in transactions that shut everybody else out, until cancelled."""
        ...
