"""A Mermaid flowchart → its labelled nodes in order of appearance, and the arrows between them."""

import re

from ..kernel.promise import Span
from .markup import plain
from .statements import Block, Edge, Statement

_HEAD = re.compile(r"^\s*(?:graph|flowchart)\b", re.I)
_NODE = re.compile(
    r"(?P<id>[A-Za-z0-9_À-ɏ]+(?:-(?![-.>])[A-Za-z0-9_]+)*)"
    r"(?P<shape>\[\[.*?\]\]|\(\(.*?\)\)|\[\(.*?\)\]|\(\[.*?\]\)|\{\{.*?\}\}|\[.*?\]|\(.*?\)|\{.*?\}|>.*?\])?"
)
_ARROW = re.compile(
    r"\s*(?:--\s+(?P<middle>[^-|>][^|>]*?)\s+-->|==\s+(?P<thick>[^=|>][^|>]*?)\s+==>|-\.\s*(?P<dots>[^|>.]*?)\s*\.->"
    r"|<?(?:-{2,}|={2,}|-\.+-?)[>xo]?)\s*(?:\|(?P<text>[^|]*)\|)?\s*"
)
_SKIP = re.compile(
    r"^\s*(?:%%|subgraph\b|end\b|style\b|classDef\b|class\b|click\b|linkStyle\b|direction\b|---)"
)
_MAX_EDGES = 5_000


def read_chart(content: str, line: int, headings: tuple[str, ...], labels: tuple[str, ...]) -> list[Block]:
    """One block: a statement a node, on the line that first gives its label; other diagrams are not read."""
    lines = content.split("\n")
    head = next((n for n, text in enumerate(lines) if text.strip() and not _SKIP.match(text)), None)
    if head is None or not _HEAD.match(lines[head]):
        return []
    chart = _Chart()
    for n, text in enumerate(lines[head + 1 :], head + 1):
        if not _SKIP.match(text):
            for part in text.split(";"):
                chart.line(part, line + 1 + n)
    return chart.blocks(headings, labels)


class _Chart:
    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.lines: dict[str, tuple[int, str]] = {}
        self.arrows: list[tuple[str, str, str]] = []

    def line(self, text: str, number: int) -> None:
        """`A[One] --> B & C -->|when| D`: nodes with an arrow between each two groups."""
        at, before, said = 0, list[str](), ""
        while (node := _NODE.match(text, at + len(text[at:]) - len(text[at:].lstrip()))) is not None:
            group = [self._node(node, number, text)]
            at = node.end()
            while (more := re.compile(r"\s*&\s*").match(text, at)) and (
                node := _NODE.match(text, more.end())
            ):
                group.append(self._node(node, number, text))
                at = node.end()
            if len(self.arrows) < _MAX_EDGES:
                self.arrows.extend((source, target, said) for source in before for target in group)
            arrow = _ARROW.match(text, at)
            if arrow is None or arrow.end() == at:
                return
            said = plain(arrow["middle"] or arrow["thick"] or arrow["dots"] or arrow["text"] or "").strip(
                '" '
            )
            before, at = group, arrow.end()

    def _node(self, node: re.Match[str], number: int, text: str) -> str:
        name, shape = node["id"], node["shape"]
        if shape:
            self.names[name] = plain(shape.strip("[](){}>").strip().strip('"'))
            if not self.lines.get(name, (0, ""))[1]:
                self.lines[name] = (number, text.strip())
        elif name not in self.lines:
            self.names[name] = name
            self.lines[name] = (number, "")
        return name

    def blocks(self, headings: tuple[str, ...], labels: tuple[str, ...]) -> list[Block]:
        statements = tuple(
            Statement(
                span=Span(line, line),
                text=text or self.names[name],
                label=self.names[name],
                body=self.names[name],
            )
            for name, (line, text) in self.lines.items()
        )
        edges = tuple(Edge(self.names[a], self.names[b], said) for a, b, said in self.arrows)
        if not statements:
            return []
        return [Block(kind="chart", headings=headings, labels=labels, statements=statements, edges=edges)]
