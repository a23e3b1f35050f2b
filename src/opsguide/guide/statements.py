"""What a document is made of: blocks (a list, a table, a paragraph, a mapping, a chart) of statements."""

from typing import Literal, TypeAlias

from msgspec import Struct

from ..kernel.promise import Span
from .promise import Diagnostic

BlockKind: TypeAlias = Literal["list", "ordered", "table", "paragraph", "heading", "data", "chart"]


class Cell(Struct, frozen=True):
    """A cell of a table row under its column's header; both without markup."""

    header: str
    text: str
    line: int


class Statement(Struct, frozen=True, kw_only=True):
    """The smallest piece that a promise is read from. `text` is what stands there, without markup.

    `label` and `body` split `text` where it has the form `label: body`; a row has `cells`, of which the first
    that names the row is its label; an entry of data has its key as label and its value as body. `task` marks
    a checkbox: something to tick off, not something promised.
    """

    span: Span
    text: str
    label: str = ""
    body: str = ""
    cells: tuple[Cell, ...] = ()
    task: bool = False
    number: int = 0


class Node(Struct, frozen=True, kw_only=True):
    """A value of fenced data with its key and lines: a scalar has `value`, a mapping or list its `children`."""

    key: str
    span: Span
    kind: Literal["scalar", "mapping", "list"]
    value: str = ""
    children: tuple["Node", ...] = ()

    def get(self, *keys: str) -> "Node | None":
        """The first child under one of the keys, whatever their case."""
        wanted = {key.casefold() for key in keys}
        return next((child for child in self.children if child.key.casefold() in wanted), None)


class Edge(Struct, frozen=True):
    """An arrow of a chart between two labels, with what stands on it."""

    source: str
    target: str
    text: str


class Block(Struct, frozen=True, kw_only=True):
    """Statements that stand together. `headings` lead to it, from the outermost; `labels` are the bold lines,
    parent bullets and keys between the last heading and it. `node` is there for data, `edges` for a chart.
    """

    kind: BlockKind
    headings: tuple[str, ...]
    labels: tuple[str, ...]
    statements: tuple[Statement, ...]
    language: str = ""
    node: Node | None = None
    edges: tuple[Edge, ...] = ()

    @property
    def section(self) -> str:
        return " / ".join(self.headings)

    @property
    def span(self) -> Span:
        return Span(self.statements[0].span.line, max(s.span.end_line for s in self.statements))


class Document(Struct, frozen=True, kw_only=True):
    title: str
    blocks: tuple[Block, ...]
    diagnostics: tuple[Diagnostic, ...]
    lines: tuple[str, ...]
