"""The tree of an expression. Each node knows where its text starts, so that messages can point at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from opsguide.kernel.clock import Instant
from opsguide.kernel.matching import Matcher
from opsguide.kernel.promql import place

At: TypeAlias = Instant | Literal["start", "end"] | None
"""The @ modifier: an instant, the start or end of the query, or none."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """`start` counts characters from the beginning of the source."""

    start: int


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Selector(Node):
    """An instant vector: the newest sample of each series that fulfils the matchers."""

    matchers: tuple[Matcher, ...]
    offset_ms: int
    at: At


@dataclass(frozen=True, slots=True, eq=False)
class Range(Node):
    """A range vector: all samples of the selector's last `range_ms`."""

    selector: Selector
    range_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Subquery(Node):
    """A range vector: the expression at each step of the last `range_ms`. Without a step, the default one."""

    expr: "Expr"
    range_ms: int
    step_ms: int | None
    offset_ms: int
    at: At


@dataclass(frozen=True, slots=True, eq=False)
class Negation(Node):
    expr: "Expr"


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    function: str
    args: tuple["Expr", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation(Node):
    """`grouping` are the labels of `by`, or of `without` where that is true."""

    op: str
    expr: "Expr"
    param: "Expr | None"
    grouping: tuple[str, ...]
    without: bool


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """How the sides of a binary operation find each other."""

    on: bool
    labels: tuple[str, ...]
    card: Literal["one-to-one", "many-to-one", "one-to-many", "many-to-many"]
    include: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    op: str
    lhs: "Expr"
    rhs: "Expr"
    returns_bool: bool
    matching: Matching


Expr: TypeAlias = Number | Text | Selector | Range | Subquery | Negation | Call | Aggregation | Binary


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """An expression with its source. The source is kept: a printed tree loses what was written (`[5m:]`)."""

    source: str
    expr: Expr

    def place(self, node: Node) -> str:
        return place(self.source, node.start)


def children(node: Expr) -> tuple[Expr, ...]:
    match node:
        case Number() | Text() | Selector():
            return ()
        case Range():
            return (node.selector,)
        case Subquery() | Negation():
            return (node.expr,)
        case Call():
            return node.args
        case Aggregation():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case Binary():
            return (node.lhs, node.rhs)


def walk(node: Expr) -> Iterator[Expr]:
    """The node and all below it, in the order of the source."""
    yield node
    for child in children(node):
        yield from walk(child)
