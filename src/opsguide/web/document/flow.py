"""A Mermaid flowchart as a pipeline: its stages in ranks, each with a place for its promise's mark."""

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
    """Each stage one rank after the last one that leads to it, arrows that lead back left out of account."""
    forward = _forward(chart)
    waiting = dict.fromkeys(chart, 0)
    for targets in forward.values():
        for target in targets:
            waiting[target] += 1
    ready = [name for name, before in waiting.items() if not before]
    for name in ready:
        for target in forward[name]:
            chart[target].rank = max(chart[target].rank, chart[name].rank + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)


def _forward(chart: Chart) -> dict[str, list[str]]:
    """The arrows without those that close a circle, found by walking in the order of the source."""
    forward: dict[str, list[str]] = {}
    for start in chart:
        if start in forward:
            continue
        walk, path = [(start, iter(_targets(chart, start)))], {start}
        while walk:
            name, targets = walk[-1]
            kept = forward.setdefault(name, [])
            target = next((one for one in targets if one not in path), None)
            if target is None:
                path.discard(walk.pop()[0])
                continue
            kept.append(target)
            if target not in forward:
                path.add(target)
                walk.append((target, iter(_targets(chart, target))))
    return forward


def _targets(chart: Chart, name: str) -> dict[str, None]:
    return dict.fromkeys(target for target, _ in chart[name].onward)


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
