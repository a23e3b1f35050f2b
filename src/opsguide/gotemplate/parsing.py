"""Template text → tree. What is not supported is refused here, with its line: a rule is refused when it loads."""

from collections.abc import Collection, Iterator

from .lexing import Piece, Word, pieces
from .tree import (
    Branch,
    Command,
    Dot,
    Function,
    Inner,
    Literal,
    Node,
    Operand,
    Output,
    Pipeline,
    Template,
    TemplateError,
    Text,
    Variable,
)

MAX_DEPTH = 30
_BRANCHES = ("if", "with", "range")
_NOT_SUPPORTED = ("define", "template", "block", "break", "continue")
_WORDS = {"true": True, "false": False, "nil": None}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def parse(text: str, variables: Collection[str] = (), functions: Collection[str] = ()) -> Template:
    """`variables` (with their `$`) and `functions` are those there are. Raises TemplateError."""
    reader = _Reader(pieces(text), functions)
    nodes, ended = reader.body(("$", *variables), 0)
    if ended is not None:
        raise TemplateError(
            f"`{ended[0]}` closes nothing", line=ended[2], hint="delete it, or open an if, with or range"
        )
    return Template(nodes)


_Ended = tuple[str, tuple[Word, ...], int]
"""`end`, or `else` with the words behind it, and its line."""


class _Reader:
    def __init__(self, found: Iterator[Piece], functions: Collection[str]) -> None:
        self._pieces, self._functions = found, functions

    def body(self, known: tuple[str, ...], depth: int) -> tuple[tuple[Node, ...], _Ended | None]:
        """The nodes up to `end`, `else` or the end of the text. Variables hold until the end of their block."""
        if depth > MAX_DEPTH:
            raise TemplateError(f"the template nests deeper than {MAX_DEPTH} levels")
        nodes: list[Node] = []
        for piece in self._pieces:
            if piece.words is None:
                nodes.append(Text(piece.text))
                continue
            first = piece.words[0].text if piece.words and piece.words[0].kind == "name" else ""
            if first in ("end", "else"):
                return tuple(nodes), (first, piece.words[1:], piece.line)
            if first in _NOT_SUPPORTED:
                hint = "write what it would give in its place"
                raise TemplateError(f"`{first}` is not supported", line=piece.line, hint=hint)
            if first in _BRANCHES:
                nodes.append(self._branch(first, piece.words[1:], piece.line, known, depth))
                continue
            pipeline = _Words(piece.words, piece.line, known, self._functions).whole()
            known = _with(known, pipeline)
            nodes.append(Output(pipeline))
        return tuple(nodes), None

    def _branch(
        self, kind: str, words: tuple[Word, ...], line: int, known: tuple[str, ...], depth: int
    ) -> Branch:
        pipeline = _Words(words, line, known, self._functions, in_range=kind == "range").whole()
        inside = _with(known, pipeline)
        body, ended = self.body(inside, depth + 1)
        if ended is None:
            raise TemplateError(f"`{kind}` is not closed", line=line, hint="write {{ end }} where it ends")
        word, rest, where = ended
        if word == "end":
            _nothing_behind(rest, "end", where)
            return Branch(kind, pipeline, body)
        if rest:
            other = rest[0].text
            if other not in ("if", "with") or kind == "range":
                raise TemplateError(f"unexpected `{other}` behind else", line=where)
            return Branch(kind, pipeline, body, (self._branch(other, rest[1:], where, inside, depth + 1),))
        others, closed = self.body(inside, depth + 1)
        if closed is None or closed[0] != "end":
            raise TemplateError(
                f"the else of `{kind}` is not closed", line=where, hint="write {{ end }} where it ends"
            )
        _nothing_behind(closed[1], "end", closed[2])
        return Branch(kind, pipeline, body, others)


def _nothing_behind(rest: tuple[Word, ...], word: str, line: int) -> None:
    if rest:
        raise TemplateError(f"unexpected {rest[0].text!r} behind {word}", line=line)


def _with(known: tuple[str, ...], pipeline: Pipeline) -> tuple[str, ...]:
    return (*known, *pipeline.names) if pipeline.declares else known


class _Words:
    """The words of one action, read from the left."""

    def __init__(
        self,
        words: tuple[Word, ...],
        line: int,
        known: Collection[str],
        functions: Collection[str],
        *,
        in_range: bool = False,
    ) -> None:
        self._words, self._line, self._known, self._functions = words, line, known, functions
        self._in_range = in_range
        self._at = 0
        self._depth = 0

    def whole(self) -> Pipeline:
        names, declares = self._names()
        pipeline = self._pipeline()
        if (word := self._peek()) is not None:
            raise self._wrong(f"unexpected {word.text!r}")
        return Pipeline(pipeline.commands, self._line, names, declares)

    def _names(self) -> tuple[tuple[str, ...], bool]:
        """`$a :=`, `$i, $a :=` (of a range) or `$a =` before a pipeline."""
        texts = [word.text for word in self._words[:4]]
        variable = bool(self._words) and self._words[0].kind == "variable"
        if variable and texts[1:2] in ([":="], ["="]):
            self._at = 2
            if texts[1] == "=" and texts[0] not in self._known:
                raise self._wrong(f"the variable {texts[0]} is not declared")
            return (texts[0],), texts[1] == ":="
        if variable and self._in_range and len(texts) == 4 and texts[1] == "," and texts[3] == ":=":
            self._at = 4
            return (texts[0], texts[2]), True
        return (), True

    def _pipeline(self) -> Pipeline:
        commands = [self._command()]
        while (word := self._peek()) is not None and word.text == "|" and word.kind == "sign":
            self._at += 1
            commands.append(self._command())
            if not isinstance(commands[-1].operands[0], Function):
                raise self._wrong("what stands behind | must be a function")
        return Pipeline(tuple(commands), self._line)

    def _command(self) -> Command:
        operands: list[Operand] = []
        while (word := self._peek()) is not None and not (word.kind == "sign" and word.text in "|)"):
            if operands and not word.spaced and word.text != "(":
                raise self._wrong(f"unexpected {word.text!r}: leave a blank before it")
            operands.append(self._operand())
        if not operands:
            raise self._wrong("a value is missing")
        if len(operands) > 1 and not isinstance(operands[0], Function):
            raise self._wrong("only a function can have arguments", "write a function, or | between them")
        return Command(tuple(operands))

    def _operand(self) -> Operand:
        word = self._words[self._at]
        self._at += 1
        match word.kind:
            case "dot":
                return Dot()
            case "field":
                return Dot((word.text[1:], *self._fields()))
            case "variable":
                if word.text not in self._known:
                    raise self._wrong(f"the variable {word.text} is not declared")
                return Variable(word.text, self._fields())
            case "text":
                return Literal(_said(word.text))
            case "number":
                return Literal(self._number(word.text))
            case "char":
                return Literal(ord(_said(word.text)[:1] or "\0"))
            case "name":
                return self._named(word.text)
        if word.text == "(":
            return self._inner()
        raise self._wrong(f"unexpected {word.text!r}")

    def _named(self, name: str) -> Operand:
        if name in _WORDS:
            return Literal(_WORDS[name])
        if name not in self._functions:
            raise self._wrong(
                f"the function {name} is not known", f"known are {', '.join(sorted(self._functions))}"
            )
        return Function(name)

    def _inner(self) -> Operand:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"the parentheses nest deeper than {MAX_DEPTH} levels")
        pipeline = self._pipeline()
        word = self._peek()
        if word is None or word.text != ")":
            raise self._wrong("a parenthesis is not closed")
        self._at += 1
        self._depth -= 1
        return Inner(pipeline, self._fields())

    def _fields(self) -> tuple[str, ...]:
        found = []
        while (word := self._peek()) is not None and word.kind == "field" and not word.spaced:
            found.append(word.text[1:])
            self._at += 1
        return tuple(found)

    def _number(self, text: str) -> int | float:
        plain = text.replace("_", "")
        try:
            return (
                int(plain, 16 if "x" in plain.lower() else 10)
                if not set(plain) & set(".eE")
                else float(plain)
            )
        except ValueError:
            try:
                return int(plain, 16)
            except ValueError:
                raise self._wrong(f"{text!r} is no number") from None

    def _peek(self) -> Word | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _wrong(self, what: str, hint: str = "") -> TemplateError:
        return TemplateError(what, line=self._line, hint=hint)


def _said(literal: str) -> str:
    """What a quoted text says."""
    if literal[0] == "`":
        return literal[1:-1]
    said, at, inside = [], 0, literal[1:-1]
    while at < len(inside):
        if inside[at] != "\\":
            said.append(inside[at])
            at += 1
            continue
        kind = inside[at + 1]
        digits = {"x": 2, "u": 4, "U": 8}.get(kind, 0)
        if digits:
            said.append(_character(inside[at + 2 : at + 2 + digits], 16, digits))
            at += 2 + digits
        elif kind in "01234567":
            said.append(_character(inside[at + 1 : at + 4], 8, 3))
            at += 4
        else:
            said.append(_ESCAPES.get(kind, kind))
            at += 2
    return "".join(said)


def _character(digits: str, base: int, count: int) -> str:
    try:
        if len(digits) == count:
            return chr(int(digits, base))
    except (ValueError, OverflowError):
        pass
    raise TemplateError(f"{digits!r} is no character")
