"""All rules over one guide, and what the guide itself silences."""

from ..bindings import Bindings
from ..memory import Memory
from ..promise import Finding, Reading
from .guide import Guide
from .registry import RULES
from .silences import settle


def find(
    reading: Reading, bindings: Bindings | None = None, text: str = "", memory: Memory | None = None
) -> tuple[Finding, ...]:
    """What all rules find, in the order of the document; the reading's own findings included.

    `text` is the document: without it nothing is silenced, and no finding has edits. What the guide silences is in
    the result too, with its reason in `silenced`. `memory` is that of the reading, where it is at hand.
    """
    guide = Guide(reading, bindings, text, memory)
    every = [*reading.findings, *(found for rule in RULES.values() for found in rule.findings(guide))]
    once = {(found.rule, found.spans, found.message): found for found in every}
    settled = settle(list(once.values()), guide.lines, tuple(RULES))
    return tuple(sorted(settled, key=lambda found: (found.spans, found.rule, found.message)))
