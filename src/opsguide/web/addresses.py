"""Addresses that a request names, to go on to."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection


def local_path(asked: str) -> str:
    """An address of this service, else "/": browsers take `\\` for `/`, and drop tabs and newlines."""
    plain = asked.startswith("/") and asked.isprintable() and "\\" not in asked
    return asked if plain and not asked.startswith("//") else "/"


def came_from(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The page of this service on which a button was pressed, else "/"."""
    page = urlsplit(connection.headers.get("referer", ""))
    own = page.netloc and page.netloc.casefold() == connection.headers.get("host", "").casefold()
    return local_path(f"{page.path}?{page.query}" if page.query else page.path) if own else "/"
