"""HTML inside Markdown → table rows and plain lines, each with its line. Tolerates cells that nobody closed."""

from html.parser import HTMLParser

from msgspec import Struct

from ..kernel.promise import Span
from .markup import plain
from .tables import MAX_COLUMNS, Row

_MAX_TABLE_LINES = 5_000
_BREAKS = {
    "p",
    "li",
    "br",
    "div",
    "ul",
    "ol",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "summary",
    "dt",
    "dd",
}
_SILENT = {"script", "style", "svg"}


def table_end(lines: list[str], first: int) -> int:
    """The line after the `</table>` that closes the table at line `first` (0-based), blank lines included.

    A table that is never closed ends before the next heading, or where no tag has come for a while.
    """
    depth = 0
    last = first
    for n in range(first, min(len(lines), first + _MAX_TABLE_LINES)):
        low = lines[n].lower()
        if n > first and (low.startswith("#") or n - last > 40):
            break
        if "<" in low:
            last = n
        depth += low.count("<table") - low.count("</table")
        if depth <= 0:
            return n + 1
    return last + 1


def html_parts(
    lines: list[str], first_line: int
) -> tuple[list[tuple[list[str], list[Row]]], list[tuple[int, str]]]:
    """The tables (header and rows) and the lines of text outside them. `first_line` is 1-based."""
    parser = _Parser(first_line)
    parser.feed("\n".join(lines))
    parser.close()
    parser.finish()
    return [(t.header, t.rows) for t in parser.tables], [(n, s) for n, s in parser.texts if s]


class _Table(Struct):
    header: list[str]
    rows: list[Row]
    carried: dict[int, tuple[int, str]]
    """Column → how many more rows its cell reaches down, and its text (rowspan)."""
    spread: list[bool] = []
    """Which columns of the header share a cell that a second line of headers divides."""


class _Parser(HTMLParser):
    def __init__(self, first_line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.first_line = first_line
        self.tables: list[_Table] = []
        self.texts: list[tuple[int, str]] = []
        self.open = 0
        self.silent = 0
        self.row: list[tuple[str, int, int, bool]] | None = None
        self.row_line = 0
        self.cell: list[str] | None = None
        self.cell_shape = (1, 1, False)

    def _line(self) -> int:
        return self.first_line + self.getpos()[0] - 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "table":
            self.open += 1
            self.tables.append(_Table([], [], {}))
        elif tag == "tr" and self.tables:
            self._end_row()
            self.row, self.row_line = [], self._line()
        elif tag in ("td", "th") and self.tables:
            self._end_cell()
            if self.row is None:
                self.row, self.row_line = [], self._line()
            given = {name: value or "" for name, value in attrs}
            self.cell = []
            self.cell_shape = (_small(given.get("colspan")), _small(given.get("rowspan")), tag == "th")
        elif tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self.open = max(0, self.open - 1)
        elif tag in _BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.cell is not None:
            self.cell.append(" ".join(data.split("\n")))
        elif not self.open:
            for n, piece in enumerate(data.split("\n")):
                if piece.strip():
                    self.texts.append((self._line() + n, plain(piece)))

    def _break(self) -> None:
        if self.cell is not None and "".join(self.cell).strip():
            self.cell.append("; ")

    def _end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        words = " ".join("".join(self.cell).split())
        text = "; ".join(part.strip() for part in words.split(";") if part.strip())
        across, down, heading = self.cell_shape
        self.row.append((text, across, down, heading))
        self.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self.row and self.tables:
            self._add_row(self.tables[-1], self.row)
        self.row = None

    def _add_row(self, table: _Table, row: list[tuple[str, int, int, bool]]) -> None:
        width = len(table.header)
        headings = sum(heading for *_, heading in row)
        if table.header and not table.rows and headings == len(row) and (table.carried or table.spread):
            table.header = _second_line(table, row)
            return
        # A first row of one kind of cells names the columns; a heading cell beside others names its row.
        if not table.header and not table.rows and headings in (0, len(row)):
            table.header = [text for text, across, _, _ in row for _ in range(across)]
            table.spread = [across > 1 for _, across, _, _ in row for _ in range(across)]
            return
        alone = len(row) == 1 and width > 1 and row[0][1] >= width
        cells: list[str] = []
        queue = list(row)
        while (queue or len(cells) in table.carried) and len(cells) < MAX_COLUMNS:
            column = len(cells)
            if column in table.carried:
                left, text = table.carried.pop(column)
                cells.append(text)
                if left > 1:
                    table.carried[column] = (left - 1, text)
                continue
            text, across, down, _ = queue.pop(0)
            if down > 1:
                table.carried[column] = (down - 1, text)
            cells.extend([text] + [""] * (across - 1))
        table.rows.append(Row(Span(self.row_line, self._line()), cells, spans_all=alone))

    def finish(self) -> None:
        """What is still open at the end counts as closed there."""
        self._end_row()


def _second_line(table: _Table, row: list[tuple[str, int, int, bool]]) -> list[str]:
    """`Within service hours` above `Response | Resolution`: both lines name the column."""
    below = [text for text, across, _, _ in row for _ in range(across)]
    if not any(table.spread):
        return table.header
    names: list[str] = []
    for name, shared in zip(table.header, table.spread, strict=True):
        names.append(f"{name} {below.pop(0)}".strip() if shared and below else name)
    table.spread = []
    return names


def _small(text: str | None) -> int:
    return min(int(text), MAX_COLUMNS) if text and text.isdigit() and len(text) < 4 else 1
