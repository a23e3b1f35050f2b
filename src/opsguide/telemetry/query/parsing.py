"""Source text → tree, by the promql-parser package, with the places that the package does not give.

Tree and tokens run in the same order. The converter walks the tree and takes the token at which each node begins.
"""

import functools
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Literal

import promql_parser as promql

from opsguide.kernel.errors import QueryError
from opsguide.kernel.matching import Matcher, Op
from opsguide.kernel.promql import (
    EXPERIMENTAL_WORDS,
    MAX_SECONDS,
    Token,
    duration,
    error_at,
    read,
    unquoted,
    unsupported,
)

from .syntax import (
    Aggregation,
    At,
    Binary,
    Call,
    Expr,
    Matching,
    Negation,
    Number,
    Query,
    Range,
    Selector,
    Subquery,
    Text,
)

# The package's enumerations are not hashable: by their names.
_Card = Literal["one-to-one", "many-to-one", "one-to-many", "many-to-many"]
_CARDS: Final[dict[str, _Card]] = {
    "OneToOne": "one-to-one",
    "ManyToOne": "many-to-one",
    "OneToMany": "one-to-many",
    "ManyToMany": "many-to-many",
}
_OPS: Final = {"Equal": Op.EQUAL, "NotEqual": Op.NOT_EQUAL, "Re": Op.MATCHES, "NotRe": Op.NOT_MATCHES}
_EXPERIMENTAL_AGGREGATIONS = frozenset({"limitk", "limit_ratio"})
# For native histograms only: on classic ones and floats they say nothing.
_NATIVE_FUNCTIONS = frozenset(
    {"histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar"}
)


@functools.lru_cache(2048)
def parse(source: str) -> Query:
    """The tree of the source. Raises QueryError with the place of what is wrong."""
    found = read(source)
    return Query(source, _Converter(source, found.tokens, found.patterns).expr(found.tree))


class _Converter:
    """Walks the package's tree with the tokens beside it."""

    def __init__(self, source: str, found: list[Token], patterns: list[str]) -> None:
        self._source = source
        self._patterns = patterns
        self._tokens = found
        self._next = 0

    def expr(self, node: promql.Expr) -> Expr:
        match node:
            case promql.ParenExpr():
                self._take(lambda token: token.text == "(")
                inner = self.expr(node.expr)
                self._take(lambda token: token.text == ")")
                return inner
            case promql.NumberLiteral():
                start = self._peek_start()  # of the sign, which the package folds into the number
                self._take(lambda token: token.kind == "number")
                return Number(start, node.val)
            case promql.StringLiteral():
                token = self._take(lambda token: token.kind == "string")
                return Text(token.start, unquoted(token.text))
            case promql.VectorSelector():
                return self._selector(node, with_range=False)
            case promql.MatrixSelector():
                selector = self._selector(node.vector_selector, with_range=True)
                return Range(selector.start, selector, self._positive(node.range, selector.start))
            case promql.SubqueryExpr():
                return self._subquery(node)
            case promql.UnaryExpr():
                start = self._take(lambda token: token.text == "-").start
                return Negation(start, self.expr(node.expr))
            case promql.Call():
                return self._call(node)
            case promql.AggregateExpr():
                return self._aggregation(node)
            case promql.BinaryExpr():
                return self._binary(node)
        raise QueryError(f"{type(node).__name__} is not known", where="PromQL 1:1")

    def _selector(self, node: promql.VectorSelector, *, with_range: bool) -> Selector:
        token = self._take(lambda token: token.kind == "word" or token.text in ("{", "inf", "nan"))
        if token.text == "{":
            self._next -= 1
        self._skip_group("{", "}")
        if with_range:
            self._skip_group("[", "]")
        if node.matchers.or_matchers:
            raise error_at(self._source, token.start, "`or` between matchers is not PromQL")
        matchers = [self._matcher(found) for found in node.matchers.matchers]
        if node.name is not None:
            matchers.insert(0, Matcher("__name__", Op.EQUAL, node.name))
        return Selector(
            token.start, tuple(matchers), _milliseconds(node.offset), self._modifiers(token.start)
        )

    def _matcher(self, found: promql.Matcher) -> Matcher:
        op = _OPS[_member(found.op)]
        if op in (Op.MATCHES, Op.NOT_MATCHES):
            return Matcher(found.name, op, self._patterns[int(found.value.removesuffix("|"))])
        return Matcher(found.name, op, found.value)

    def _subquery(self, node: promql.SubqueryExpr) -> Subquery:
        start = self._peek_start()
        inner = self.expr(node.expr)
        self._skip_group("[", "]")
        step = None if node.step is None else self._positive(node.step, start)
        at = self._modifiers(start)
        return Subquery(start, inner, self._positive(node.range, start), step, _milliseconds(node.offset), at)

    def _positive(self, duration: timedelta | None, start: int) -> int:
        milliseconds = _milliseconds(duration)
        if milliseconds <= 0:
            raise error_at(self._source, start, "duration must be greater than 0")
        return milliseconds

    def _call(self, node: promql.Call) -> Call:
        name = node.func.name
        start = self._take(lambda token: token.text == name).start
        if node.func.experimental:
            raise unsupported(self._source, start, f"{name}() is experimental")
        if name in _NATIVE_FUNCTIONS:
            raise unsupported(self._source, start, f"{name}() is for native histograms")
        self._take(lambda token: token.text == "(")
        args = tuple(self.expr(arg) for arg in node.args)
        self._take(lambda token: token.text == ")")
        return Call(start, name, args)

    def _aggregation(self, node: promql.AggregateExpr) -> Aggregation:
        op = str(node.op)
        start = self._take(lambda token: token.lower == op).start
        if op in _EXPERIMENTAL_AGGREGATIONS:
            raise unsupported(self._source, start, f"{op} is experimental")
        self._skip_clause()
        self._take(lambda token: token.text == "(")
        param = None if node.param is None else self.expr(node.param)
        inner = self.expr(node.expr)
        self._take(lambda token: token.text == ")")
        self._skip_clause()
        grouping = tuple(node.modifier.labels) if node.modifier else ()
        without = node.modifier is not None and node.modifier.type == promql.AggModifierType.Without
        return Aggregation(start, op, inner, param, grouping, without)

    def _binary(self, node: promql.BinaryExpr) -> Binary:
        start = self._peek_start()
        lhs = self.expr(node.lhs)
        op = str(node.op)
        self._take(lambda token: token.lower == op)
        while self._peek() in ("bool", "on", "ignoring", "group_left", "group_right", *EXPERIMENTAL_WORDS):
            word = self._tokens[self._next]
            if word.lower in EXPERIMENTAL_WORDS:
                if self._peek(1) != "(":  # a metric of that name
                    break
                raise unsupported(self._source, word.start, f"{word.text} is experimental")
            self._next += 1
            if word.lower != "bool":  # no labels follow that one: its bracket opens the right side
                self._skip_group("(", ")")
        rhs = self.expr(node.rhs)
        returns_bool = node.modifier is not None and node.modifier.return_bool
        return Binary(start, op, lhs, rhs, returns_bool, _matching(node.modifier))

    def _modifiers(self, start: int) -> At:
        """Skips offset and @, of which it returns the value (the package's own fails on instants before 1970)."""
        at: At = None
        while self._peek() in ("offset", "@"):
            is_at = self._peek() == "@"
            self._next += 1
            text = ""
            while self._peek() in ("-", "+"):
                text += self._take(lambda _: True).text
            token = self._take(lambda _: True)
            if is_at:
                at = self._at(text + token.text, start)
            if token.lower in ("start", "end"):
                self._skip_group("(", ")")
        return at

    def _at(self, text: str, start: int) -> At:
        if text == "start":
            return "start"
        if text == "end":
            return "end"
        try:
            milliseconds: float | None = duration(text)
            if milliseconds is None:
                milliseconds = 1000 * (float(int(text, 0)) if "x" in text.lower() else float(text))
        except ValueError:
            milliseconds = math.nan
        if not abs(milliseconds) <= 1000 * MAX_SECONDS:
            raise error_at(self._source, start, f"{text} after @ is no instant")
        return round(milliseconds)

    def _take(self, wanted: Callable[[Token], bool]) -> Token:
        """The next token that is wanted. Signs and brackets that the package folded away lie before it."""
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._next += 1
            if wanted(token):
                return token
        raise error_at(self._source, len(self._source), "the expression cannot be located in its text")

    def _peek(self, ahead: int = 0) -> str:
        place = self._next + ahead
        return self._tokens[place].lower if place < len(self._tokens) else ""

    def _peek_start(self) -> int:
        return self._tokens[self._next].start if self._next < len(self._tokens) else 0

    def _skip_clause(self) -> None:
        if self._peek() in ("by", "without"):
            self._next += 1
            self._skip_group("(", ")")

    def _skip_group(self, opening: str, closing: str) -> None:
        if self._peek() == opening:
            self._take(lambda token: token.text == closing)


def _matching(modifier: promql.BinModifier | None) -> Matching:
    if modifier is None:
        return Matching(False, (), "one-to-one", ())
    found = modifier.matching
    on = found is not None and found.type == promql.LabelModifierType.Include
    labels = tuple(found.labels) if found is not None else ()
    return Matching(on, labels, _CARDS[_member(modifier.card)], tuple(modifier.group_labels or ()))


def _member(value: object) -> str:
    return str(value).rpartition(".")[2]


def _milliseconds(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // timedelta(milliseconds=1)
