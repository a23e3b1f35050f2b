"""Fenced YAML, read as its author meant it. Strict YAML refuses `team: @core`, `limit: >5%` and a stray tab; a guide
says such things, so a line that is refused is quoted and tried again, with a note that says what to write."""

import re
from collections.abc import Iterator

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as YamlNode

from ..kernel.promise import Span
from .promise import Diagnostic
from .statements import Node

_MAX_DEPTH = 60
_MAX_NODES = 50_000
_MAX_REPAIRS = 40
_LINE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<dash>(?:- +)*)(?P<key>(?:[^\s#:'\"{\[-][^:#]*?|-[^\s:][^:#]*?): +)?(?P<value>\S.*?)\s*$"
)
# What strict YAML would take for an indicator, or read as something else than the text that stands there.
_MEANT_AS_TEXT = re.compile(r"^(?:[@`%]|>\s*=?\s*\d|[<>]=?\s|\{\{|\[\[|#\w|\*\S|&\S|!\S*\s)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(content: str, line: int) -> tuple[Node, list[Diagnostic]]:
    """The tree of a YAML fence that opens on `line`, with a note for every line that strict YAML refuses."""
    empty = Node(key="", span=Span(line, line), kind="mapping")
    if _depth(content) > _MAX_DEPTH:
        return empty, [_unreadable(line, f"the block nests deeper than {_MAX_DEPTH} levels")]
    lines = content.split("\n")
    diagnostics = [note for n in range(len(lines)) for note in _quote_meant(lines, n, line)]
    for _ in range(_MAX_REPAIRS):
        try:
            nodes = list(yaml.compose_all("\n".join(lines), _LOADER))
        except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as problem:
            at = _problem_line(problem, len(lines))
            diagnostics.append(_repair(lines, at, line, problem))
            continue
        reader = _Reader(line, lines)
        return reader.root(nodes), diagnostics
    return empty, [_unreadable(line, "too many lines of this block are not YAML")]


def _depth(content: str) -> int:
    deepest = depth = 0
    for char in content:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth = max(0, depth - 1)
        elif char == "\n" and deepest <= _MAX_DEPTH:
            pass
    longest = max((len(x) - len(x.lstrip(" -")) for x in content.split("\n")), default=0)
    return max(deepest, longest // 4)


def _quote_meant(lines: list[str], n: int, first: int) -> Iterator[Diagnostic]:
    """Quotes a value that is plainly meant as text, before YAML reads it as something else."""
    lines[n] = lines[n].replace("\t", "  ")
    matched = _LINE.match(lines[n])
    if not matched or not _MEANT_AS_TEXT.match(matched["value"]):
        return
    # Without a key only a list item can hold text that starts like an indicator.
    if not matched["key"] and not matched["dash"]:
        return
    value = matched["value"]
    _quote(lines, n)
    yield Diagnostic(
        level="note",
        code="yaml-unquoted",
        message=f"strict YAML refuses `{value}` without quotes; it is read as text",
        line=first + 1 + n,
        column=matched.start("value") + 1,
        end_column=matched.end("value") + 1,
        hint=f'write "{value}"',
    )


def _quote(lines: list[str], n: int) -> bool:
    matched = _LINE.match(lines[n])
    if not matched or matched["value"].startswith("'"):
        return False
    value = matched["value"].replace("'", "''")
    lines[n] = f"{matched['indent']}{matched['dash']}{matched['key'] or ''}'{value}'"
    return True


def _problem_line(problem: yaml.YAMLError, count: int) -> int:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    return min(mark.line, count - 1) if mark is not None else 0


def _repair(lines: list[str], at: int, first: int, problem: yaml.YAMLError) -> Diagnostic:
    """Quotes the refused line; one that is refused again (or the last one before it) is left out."""
    while at > 0 and not lines[at].strip():
        at -= 1
    said = getattr(problem, "problem", None) or "not YAML"
    source = lines[at]
    if _quote(lines, at):
        level, code, outcome = "note", "yaml-unquoted", "it is read as text"
    else:
        lines[at] = ""
        level, code, outcome = "warning", "yaml-line", "the line is left out"
    return Diagnostic(
        level="note" if level == "note" else "warning",
        code=code,
        message=f"strict YAML refuses this line ({said}); {outcome}",
        line=first + 1 + at,
        end_column=len(source) + 1,
        hint="quote the value" if level == "note" else "check the indentation and the colon",
    )


def _unreadable(line: int, why: str) -> Diagnostic:
    return Diagnostic(level="warning", code="fence-unreadable", message=f"{why}: it is not read", line=line)


class _Reader:
    """YAML's nodes → ours, keeping lines. Anchors may make a small text huge: nodes are counted."""

    def __init__(self, line: int, lines: list[str]) -> None:
        self.line, self.lines, self.count = line, lines, 0

    def root(self, nodes: list[YamlNode]) -> Node:
        made = [self._node("", node) for node in nodes]
        mappings = [node for node in made if node.kind != "scalar"]
        if len(mappings) == 1:
            return mappings[0]
        children = tuple(child for node in mappings for child in node.children)
        last = self.line + len(self.lines)
        return Node(key="", span=Span(self.line, last), kind="mapping", children=children)

    def _node(self, key: str, node: YamlNode, at: int | None = None) -> Node:
        self.count += 1
        first = node.start_mark.line if at is None else at
        if isinstance(node, ScalarNode):
            last = max(first, node.end_mark.line - (1 if node.end_mark.column == 0 else 0))
            value = self._with_unit(" ".join(str(node.value).split()), first)
            return Node(key=key, span=self._span(first, last), kind="scalar", value=value)
        children: list[Node] = []
        if isinstance(node, MappingNode):
            for name, value in node.value:
                if self.count < _MAX_NODES:
                    said = str(name.value) if isinstance(name, ScalarNode) else ""
                    children.append(self._node(said, value, name.start_mark.line))
        elif isinstance(node, SequenceNode):
            for value in node.value:
                if self.count < _MAX_NODES:
                    children.append(self._node("", value))
        last = max((child.span.end_line - self.line - 1 for child in children), default=first)
        kind = "mapping" if isinstance(node, MappingNode) else "list"
        return Node(
            key=key,
            span=self._span(first, max(first, last)),
            kind="mapping" if kind == "mapping" else "list",
            children=tuple(children),
        )

    def _span(self, first: int, last: int) -> Span:
        return Span(self.line + 1 + first, self.line + 1 + last)

    def _with_unit(self, value: str, at: int) -> str:
        """`ack: 15  # minutes` says its unit in the comment."""
        if not re.fullmatch(r"\d+(?:\.\d+)?", value):
            return value
        comment = (
            re.search(r"\s#\s*(?:in\s+)?([a-zA-Zµ%]+)\.?\s*$", self.lines[at])
            if at < len(self.lines)
            else None
        )
        return f"{value} {comment[1]}" if comment else value
