"""A Mermaid flowchart as a pipeline: its stages in ranks, each with a place for its promise's mark."""

from collections.abc import Iterator
from html import escape

from msgspec import Struct, field

from ...guide.mermaid import read_chart
from ...kernel.promise import Span
from . import code
from .page import Piece, Place, Shown


class Node(Struct):
    """A stage: `line` is where it is named, `label` what it is called, `onward` where it leads and when."""

    key: str
    label: str
    line: int
    rank: int = 0
    onward: list[tuple[str, str]] = field(default_factory=list)


Chart = dict[str, Node]


def parse(content: str, fence: int) -> Chart | None:
    """The stages of a flowchart that stands in the fence at line `fence`; None for any other diagram."""
    blocks = read_chart(content, fence, (), ())
    if not blocks:
        return None
    stages = [(one.label, one.span.line) for one in blocks[0].statements]
    chart = {label: Node(f"{line}-{place}", label, line) for place, (label, line) in enumerate(stages)}
    for edge in blocks[0].edges:
        if edge.source in chart and edge.target in chart:
            chart[edge.source].onward.append((edge.target, edge.text))
    _rank(chart)
    return chart


def _rank(chart: Chart) -> None:
    """Each stage one rank after the last that leads to it; edges that lead back are left out of account."""
    for start in chart:
        stack: list[tuple[str, Iterator[tuple[str, str]]]] = [(start, iter(chart[start].onward))]
        path = {start}
        while stack:
            name, onward = stack[-1]
            following = next((target for target, _ in onward if _leads(chart, name, target, path)), None)
            if following is None:
                path.discard(stack.pop()[0])
            else:
                chart[following].rank = chart[name].rank + 1
                path.add(following)
                stack.append((following, iter(chart[following].onward)))


def _leads(chart: Chart, name: str, target: str, path: set[str]) -> bool:
    return target not in path and chart[target].rank <= chart[name].rank


def pieces(chart: Chart, span: Span, label: str, content: str) -> list[Piece]:
    """The drawing and, folded away, the source."""
    found: list[Piece] = ['<figure class="flow"', Shown(span), '><ol class="ranks">']
    for rank in range(max(node.rank for node in chart.values()) + 1):
        found.append('<li class="rank">')
        for node in chart.values():
            if node.rank == rank:
                found += _stage(node, chart)
        found.append("</li>")
    source = "".join(piece for piece in code.lines(content, span.line + 1) if isinstance(piece, str))
    source = source.replace(' id="L', ' data-line="')
    return [
        *found,
        f'</ol><details class="source"><summary>{escape(label)}</summary>{source}</details></figure>',
    ]


def _stage(node: Node, chart: Chart) -> list[Piece]:
    place = Place(node.key, Span(line=node.line, end_line=node.line), "stage", node.label.casefold())
    only = len(node.onward) == 1 and not node.onward[0][1] and chart[node.onward[0][0]].rank == node.rank + 1
    onward = [] if only else [_onward(chart[target].label, label) for target, label in node.onward]
    return [
        f'<div class="stage" id="L{place.key}"><span class="name">{escape(node.label)}</span>',
        place,
        *onward,
        "</div>",
    ]


def _onward(target: str, label: str) -> str:
    said = f" <em>{escape(label)}</em>" if label else ""
    return f'<span class="onward">→ {escape(target)}{said}</span>'
