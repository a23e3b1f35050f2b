"""Rows of a pipe or HTML table → one block, each row a statement with its cells under their headers."""

from msgspec import Struct

from ..kernel.promise import Span
from .statements import Block, Cell, Statement

_MAX_DIVIDER_WORDS = 6
MAX_COLUMNS = 40


class Row(Struct):
    """A row as it stands: `spans_all` is a row of one cell across all columns."""

    span: Span
    cells: list[str]
    spans_all: bool = False


def table_block(
    header: list[str], rows: list[Row], headings: tuple[str, ...], labels: tuple[str, ...]
) -> list[Block]:
    """The table as blocks: a row that is only a short title divides it, and labels the rows below it."""
    blocks: list[Block] = []
    found: list[Statement] = []
    divider: tuple[str, ...] = ()
    above = ""

    def close() -> None:
        if found:
            blocks.append(
                Block(kind="table", headings=headings, labels=labels + divider, statements=tuple(found))
            )
            found.clear()

    for row in rows:
        filled = [text for text in row.cells if text]
        if (len(filled) == 1 and len(row.cells) > 1 and row.cells[0] == filled[0]) or row.spans_all:
            close()
            if len(filled[0].split()) <= _MAX_DIVIDER_WORDS if filled else False:
                divider = (filled[0],)
            elif filled:
                said = Statement(span=row.span, text=filled[0], body=filled[0])
                blocks.append(Block(kind="paragraph", headings=headings, labels=labels, statements=(said,)))
            continue
        if filled:
            above = row.cells[0] or above
            found.append(_statement(row, header, above))
    close()
    return blocks


def _statement(row: Row, header: list[str], above: str) -> Statement:
    """A row whose first cell is empty goes on with the name of the row above it."""
    texts = [above or row.cells[0], *row.cells[1:MAX_COLUMNS]]
    names = [*header, *[""] * len(texts)]
    cells = tuple(
        Cell(header=name, text=text, line=row.span.line) for name, text in zip(names, texts, strict=False)
    )
    shown = " | ".join(text for text in row.cells[:MAX_COLUMNS])
    return Statement(span=row.span, text=shown, label=texts[0], body=" | ".join(texts[1:]), cells=cells)
