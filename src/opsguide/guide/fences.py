"""Fenced blocks → data or a chart, by the language they name. Commands, logs, templates and drawings are not read."""

from .literals import read_literals
from .mermaid import read_chart
from .promise import Diagnostic
from .statements import Block, Node, Statement
from .yamlish import read_yaml

YAML = {"yaml", "yml"}
LITERALS = {"json", "json5", "jsonc", "toml", "ts", "typescript", "tsx", "js", "javascript", "jsx", "mjs"}
_NAMING_KEYS = ("name", "alert", "id", "title", "severity", "level", "priority", "code", "service", "system")

Read = tuple[list[Block], list[Diagnostic]]


def read_fence(
    info: str, content: str, line: int, headings: tuple[str, ...], labels: tuple[str, ...]
) -> Read:
    """The blocks of a fence whose opening marker stands on `line`, and what is to be said about it."""
    language = info.strip().split(" ")[0].split("{")[0].strip(":.").casefold()
    if language == "mermaid":
        return read_chart(content, line, headings, labels), []
    if language in YAML:
        root, diagnostics = read_yaml(content, line)
    elif language in LITERALS:
        root, diagnostics = read_literals(content, line, toml=language == "toml")
    else:
        return [], []
    lines = content.split("\n")
    blocks = _Flattener(language, line, lines, headings).blocks(root, labels)
    return blocks, diagnostics


class _Flattener:
    """A tree of data → one block a mapping, its scalars as statements under the keys that lead to it."""

    def __init__(self, language: str, line: int, lines: list[str], headings: tuple[str, ...]) -> None:
        self.language, self.line, self.lines, self.headings = language, line, lines, headings
        self.found: list[Block] = []

    def blocks(self, root: Node, labels: tuple[str, ...]) -> list[Block]:
        self._visit(root, labels)
        return self.found

    def _visit(self, node: Node, labels: tuple[str, ...]) -> None:
        if node.kind == "list" and _is_list_of_pairs(node):
            # `- Page: …` / `- Escalation: …`: a mapping that somebody wrote as a list.
            pairs = tuple(pair for item in node.children for pair in item.children)
            node = Node(key=node.key, span=node.span, kind="mapping", children=pairs)
        scalars = tuple(self._statement(child) for child in node.children if child.kind == "scalar")
        if scalars:
            block = Block(
                kind="data",
                headings=self.headings,
                labels=labels,
                statements=scalars,
                language=self.language,
                node=node,
            )
            self.found.append(block)
        for child in node.children:
            if child.kind != "scalar":
                self._visit(child, (*labels, *_names(child)))

    def _statement(self, node: Node) -> Statement:
        at = node.span.line - self.line - 1
        shown = self.lines[at].strip() if 0 <= at < len(self.lines) else node.value
        return Statement(span=node.span, text=shown, label=node.key, body=node.value)


def _is_list_of_pairs(node: Node) -> bool:
    items = node.children
    return len(items) > 1 and all(
        item.kind == "mapping" and len(item.children) == 1 and item.children[0].kind == "scalar"
        for item in items
    )


def _names(node: Node) -> tuple[str, ...]:
    """How a nested value is called: its key, or in a list what its `name:` says."""
    if node.key:
        return (node.key,)
    named = node.get(*_NAMING_KEYS)
    if named is not None and named.kind == "scalar" and named.value:
        return (named.value,)
    # A record that begins with a word and goes on with figures: `{"servico": "pix", "p99": "1,5 s"}`
    first = node.children[0] if node.children else None
    plain = first is not None and first.kind == "scalar" and not any(c.isdigit() for c in first.value)
    return (first.value,) if first is not None and plain and first.value and len(node.children) > 1 else ()
