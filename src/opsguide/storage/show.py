"""Rows of a ledger as people and scripts read them, as they are stored: no fact type needs to be known."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from rich.table import Table
from rich.text import Text

from ..kernel.clock import rfc3339
from ..kernel.ledger import Body, Row, parse
from .reader import Reader

LONGEST_VALUE = 60


class Wanted(Struct, frozen=True):
    """Which rows: the first `limit` after a sequence number, or the last `limit` where `after` is None."""

    subject: str | None
    type: str | None
    after: int | None
    limit: int


class Shown(Struct, frozen=True, omit_defaults=True):
    """One row for scripts: the stored fact with its place, `personal` only where it was not erased."""

    seq: int
    at: str
    type: str
    v: int
    subject: str
    actor: str
    data: msgspec.Raw
    cause: int | None = None
    personal: msgspec.Raw | None = None
    erased: bool = False


def wanted_rows(reader: Reader, wanted: Wanted) -> list[tuple[Row, Body]]:
    """The rows asked for, in order."""
    found = _matching(reader, wanted)
    if wanted.after is not None:
        return list(islice(found, wanted.limit))
    return list(deque(found, maxlen=wanted.limit))


def _matching(reader: Reader, wanted: Wanted) -> Iterator[tuple[Row, Body]]:
    after = wanted.after or 0
    if wanted.subject is not None:
        rows = reader.rows_about(wanted.subject, after)
    else:
        if wanted.after is None and wanted.type is None:
            after = max(0, reader.head().seq - wanted.limit)
        rows = reader.rows(after)
    for row in rows:
        body = parse(row.body)
        if wanted.type in (None, body.type):
            yield row, body


def as_line(row: Row, body: Body) -> bytes:
    """One JSON line."""
    shown = Shown(
        row.seq,
        rfc3339(body.at),
        body.type,
        body.v,
        body.subject,
        body.actor,
        body.data,
        body.cause,
        None if row.personal is None else msgspec.Raw(row.personal),
        erased=body.personal is not None and row.personal is None,
    )
    return msgspec.json.encode(shown)


def as_table(rows: list[tuple[Row, Body]]) -> Table:
    """One row a line; what facts say comes from anywhere, so that nothing in it is taken for markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("seq", justify="right")
    for name in ("time (UTC)", "type", "subject", "actor"):
        table.add_column(name, no_wrap=True)
    table.add_column("reason", overflow="fold")
    for row, body in rows:
        cells = (rfc3339(body.at), body.type, body.subject, body.actor, _reason(body))
        table.add_row(str(row.seq), *(Text(harmless(cell)) for cell in cells))
    return table


def _reason(body: Body) -> str:
    """The reason that the fact names, else what it says, briefly."""
    data: dict[str, Any] = msgspec.json.decode(body.data)
    reason = data.get("reason")
    if isinstance(reason, str) and reason:
        return reason
    return " ".join(f"{key}={_brief(value)}" for key, value in data.items() if value not in (None, ""))


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def harmless(text: str) -> str:
    """Nothing that a terminal would obey: control characters and the like are written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
