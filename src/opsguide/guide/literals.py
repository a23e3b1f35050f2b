"""Object literals of TypeScript, JavaScript and JSON, and TOML: the same values with other punctuation.

Reads what stands between braces and skips the program around them, so `const x = { … } as const;` is the mapping
`x`. Never fails: what is no literal is passed over, and a block that holds none says so.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from ..kernel.promise import Span
from .promise import Diagnostic
from .statements import Node

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|(?<![^\s])\#[^\n]*)"
    r"|(?P<text>\"\"\".*?(?:\"\"\"|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"
    r"|(?P<open>[{\[(])|(?P<close>[}\])])|(?P<sep>[,;])|(?P<is>[:=](?![=>]))|(?P<line>\n)"
    r"|(?P<word>[^\s{}\[\](),;:=\"'`#]+(?:#[^\s,;\])}]*)?)|(?P<other>.)",
    re.S,
)
_TABLE = re.compile(r"^\s*\[\[?\s*([^\[\]\n]+?)\s*\]\]?\s*(?:#.*)?$")
_MAX_DEPTH = 60
_MAX_TOKENS = 200_000
_UNIT_COMMENT = re.compile(r"(?://|#|/\*)\s*(?:in\s+)?([a-zA-Zµ%]+)\.?\s*(?:\*/)?\s*$")
_NOT_A_NAME = {"const", "let", "var", "export", "default", "return", "as", "type", "interface", "readonly"}


class _Token(Struct, frozen=True):
    kind: str
    text: str
    line: int


def read_literals(content: str, line: int, *, toml: bool = False) -> tuple[Node, list[Diagnostic]]:
    """The tree of a fence that opens on `line`; a warning when it holds no value at all."""
    reader = _Reader(list(_tokens(content, line + 1)), toml=toml)
    children = reader.members(top=True)
    last = line + content.count("\n")
    root = Node(key="", span=Span(line, max(line, last)), kind="mapping", children=tuple(children))
    if children or not content.strip():
        return root, []
    return root, [
        Diagnostic(
            level="warning",
            code="fence-unreadable",
            message="no value was found in this block: it is not read",
            line=line,
            hint="write `name: value` or `name = { … }`",
        )
    ]


def _tokens(content: str, line: int) -> Iterator[_Token]:
    for n, matched in enumerate(_TOKEN.finditer(content)):
        kind = matched.lastgroup or "other"
        text = matched[0]
        if n > _MAX_TOKENS:
            return
        if not text.isspace() or kind == "line":
            yield _Token(kind, text, line)
        line += text.count("\n")


class _Reader:
    def __init__(self, tokens: list[_Token], *, toml: bool) -> None:
        self.tokens, self.toml, self.at, self.depth = tokens, toml, 0, 0

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def members(self, *, top: bool = False) -> list[Node]:
        """`key: value` pairs up to the closing bracket; at the top up to the end, TOML's tables nested."""
        found: list[Node] = []
        table: tuple[str, list[Node], int] | None = None
        name: _Token | None = None
        while (token := self._peek()) is not None:
            self.at += 1
            if self.toml and top and token.kind == "open" and token.text == "[" and name is None:
                found.extend(_table_node(table))
                table = self._table_head(token)
            elif token.kind == "close":
                if not top:
                    break
            elif token.kind == "is" and name is not None:
                (table[1] if table else found).append(self._value(_unquoted(name.text), name.line))
                name = None
            elif token.kind in ("word", "text") and token.text not in _NOT_A_NAME:
                # `const x: Config = {`: the type between the name and the value is not the name.
                name = token if name is None or token.line != name.line or name.kind == "text" else name
            elif token.kind == "open":
                nested = self._nested(token)
                if name is None:
                    (table[1] if table else found).extend(nested.children if top else (nested,))
            elif token.kind in ("sep", "line"):
                name = None if token.kind == "sep" else name
        found.extend(_table_node(table))
        return found

    def _table_head(self, opened: _Token) -> tuple[str, list[Node], int]:
        words: list[str] = []
        while (token := self._peek()) is not None and token.kind != "line":
            self.at += 1
            if token.kind in ("word", "text"):
                words.append(_unquoted(token.text))
        return " ".join(words), [], opened.line

    def _value(self, key: str, first: int) -> Node:
        """The value after `key:`; a plain one goes on to the end of its line or a separator."""
        parts: list[str] = []
        last = first
        while (token := self._peek()) is not None:
            if token.kind == "open" and not parts and token.text in "{[":
                self.at += 1
                nested = self._nested(token)
                return Node(
                    key=key,
                    span=Span(first, nested.span.end_line),
                    kind=nested.kind,
                    children=nested.children,
                )
            if token.kind == "is" and parts and not self.toml and _opens_next(self.tokens, self.at):
                # `x: Config = {`: what was read so far is a type.
                parts = []
            elif token.kind in ("sep", "close") or (token.kind == "line" and parts):
                break
            elif token.kind not in ("line", "comment"):
                parts.append(_unquoted(token.text))
                last = token.line
            self.at += 1
        return Node(key=key, span=Span(first, last), kind="scalar", value=self._with_unit(" ".join(parts)))

    def _nested(self, opened: _Token) -> Node:
        self.depth += 1
        start = self.at
        if self.depth > _MAX_DEPTH:
            children: list[Node] = []
            self.at = len(self.tokens)
        elif opened.text in {"[", "("}:
            children = self._items()
        else:
            children = self.members()
        self.depth -= 1
        last = (
            self.tokens[max(start, min(self.at, len(self.tokens)) - 1)].line if self.tokens else opened.line
        )
        kind = "list" if opened.text == "[" else "mapping"
        return Node(
            key="",
            span=Span(opened.line, max(opened.line, last)),
            kind="list" if kind == "list" else "mapping",
            children=tuple(children),
        )

    def _items(self) -> list[Node]:
        found: list[Node] = []
        while (token := self._peek()) is not None:
            self.at += 1
            if token.kind == "close":
                break
            if token.kind == "open":
                found.append(self._nested(token))
            elif token.kind in ("word", "text"):
                value = _unquoted(token.text)
                found.append(Node(key="", span=Span(token.line, token.line), kind="scalar", value=value))
        return found

    def _with_unit(self, value: str) -> str:
        """`ack: 15, // minutes` says its unit in the comment at the end of the line."""
        if not re.fullmatch(r"\d+(?:\.\d+)?", value):
            return value
        for token in self.tokens[self.at : self.at + 2]:
            if token.kind == "comment" and (matched := _UNIT_COMMENT.match(token.text)):
                return f"{value} {matched[1]}"
        return value


def _table_node(table: tuple[str, list[Node], int] | None) -> list[Node]:
    if table is None:
        return []
    name, members, line = table
    last = max((m.span.end_line for m in members), default=line)
    return [Node(key=name, span=Span(line, last), kind="mapping", children=tuple(members))]


def _opens_next(tokens: list[_Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].kind == "open"


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        return text.strip(text[0]).replace("\\" + text[0], text[0])
    return text
