"""Tables: the column where marks stand, and tables written in HTML, rebuilt from safe parts."""

from html import escape
from html.parser import HTMLParser

from ...kernel.promise import Span
from .page import Piece, Place, Shown

HEAD_CELL = '<th class="standing"><span class="sr">Standing</span></th>'

# What a table's cell may hold. Attributes are dropped, but for spans and a link's address.
_KEPT = frozenset(
    {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "br", "ul", "ol", "li"}
    | {"b", "strong", "i", "em", "code", "pre", "kbd", "s", "del", "sub", "sup"}
)
_VOID = frozenset({"br"})
_SAFE_LINKS = ("http://", "https://", "mailto:", "#", "/")


def cell(place: Place) -> list[Piece]:
    return ['<td class="standing">', place, "</td>"]


def rebuilt(content: str, span: Span) -> list[Piece] | None:
    """An HTML block with a table in it; None where there is none, or it does not nest."""
    if "<table" not in content.casefold():
        return None
    builder = _Builder(span.line)
    builder.feed(content)
    builder.close()
    return builder.finished(span)


class _Builder(HTMLParser):
    """Balanced by construction: only what was opened is closed, and all that was opened is."""

    def __init__(self, first: int) -> None:
        super().__init__(convert_charrefs=True)
        self._first = first
        self._open: list[str] = []
        self._pieces: list[Piece] = []
        self._row: Place | None = None
        self._head = True
        self._rows: set[int] = set()

    def finished(self, span: Span) -> list[Piece]:
        while self._open:
            self._close(self._open[-1])
        return ['<div class="table"', Shown(span), ">", *self._pieces, "</div>"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            href = dict(attrs).get("href") or ""
            safe = href.startswith(_SAFE_LINKS)
            self._start(tag, f' href="{escape(href)}" rel="noopener noreferrer"' if safe else "")
        elif tag == "tr":
            self._start_row()
        elif tag in _VOID:
            self._pieces.append(f"<{tag}>")
        elif tag in _KEPT:
            self._head = self._head and tag != "td"
            spans = [(k, v) for k, v in attrs if k in ("colspan", "rowspan") and v and v.isdecimal()]
            self._start(tag, "".join(f' {name}="{value}"' for name, value in spans))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open[-1] != tag:
                self._close(self._open[-1])
            self._close(tag)

    def handle_data(self, data: str) -> None:
        self._pieces.append(escape(data))

    def handle_comment(self, data: str) -> None:
        self._pieces.append(f'<span class="comment">&lt;!--{escape(data)}--&gt;</span>')

    def _start(self, tag: str, attributes: str) -> None:
        self._open.append(tag)
        self._pieces.append(f"<{tag}{attributes}>")

    def _start_row(self) -> None:
        if "tr" in self._open:
            self.handle_endtag("tr")
        line = self._first + self.getpos()[0] - 1
        key = str(line) if line not in self._rows else f"{line}-{len(self._rows)}"
        self._rows.add(line)
        self._row, self._head = Place(key, Span(line=line, end_line=line), "row"), True
        self._open.append("tr")
        self._pieces += [f'<tr id="L{key}"', Shown(self._row.span), ">"]

    def _close(self, tag: str) -> None:
        if tag == "tr":
            self._close_row()
        self._open.pop()
        self._pieces.append(f"</{tag}>")

    def _close_row(self) -> None:
        """A row of head cells only gets an empty cell. A row's lines end where its tag does."""
        row, last = self._row, self._first + self.getpos()[0] - 1
        if row is None or self._head:
            self._pieces.append(HEAD_CELL)
        else:
            whole = Span(line=row.span.line, end_line=max(row.span.line, last))
            self._pieces += cell(Place(row.key, whole, "row"))
        self._row = None
