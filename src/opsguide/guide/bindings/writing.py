"""Pieces of opsguide.toml as text: values, lines, heads of tables."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeAlias

from .problems import quoted

Written: TypeAlias = "str | bool | int | date | datetime | tuple[Written, ...]"


def toml(value: Written) -> str:
    """The value as TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    # PromQL is full of quotes: it stands in single ones where it can.
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def line(key: str, value: Written) -> str:
    return f"{quoted(key)} = {toml(value)}"


def header(*path: str, many: bool = False) -> Iterator[str]:
    """The head of a table, or of one of several (`many`)."""
    name = ".".join(map(quoted, path))
    yield f"[[{name}]]" if many else f"[{name}]"
