"""A paragraph's lines → its sentences, each with the lines it stands on."""

import re
from bisect import bisect_right

from ..kernel.promise import Span
from .markup import plain, split_label
from .statements import Statement

_END = re.compile(r"[.!?](?:[)\"'»”*_]*)\s+(?=[\"'(«“¿¡]?[A-Z0-9À-ÞĐƯƠĂÂÊÔ])")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|z\.\s?b|d\.\s?h|bzw|ca|u\.\s?a|usw|ggf|inkl|p\.\s?ej|ej|p\.\s?ex|ex|vs|etc|cf|approx|incl"
    r"|min|max|mind|std|tgl|nr|no|núm|art|abb|fig|sec|mr|ms|dr|st|dvs|nº|[A-Za-z])\.$",
    re.I,
)


def sentences(lines: list[tuple[int, str]]) -> list[Statement]:
    """One statement a sentence, with its span. Abbreviations (`e.g.`, `z. B.`, `max.`) end none."""
    text, starts = "", list[int]()
    for _, line in lines:
        starts.append(len(text))
        text += line.strip() + " "
    found: list[Statement] = []
    begin = 0
    for end in [*_ends(text), len(text)]:
        raw = text[begin:end].strip()
        if raw:
            first = lines[bisect_right(starts, begin) - 1][0]
            last = lines[bisect_right(starts, max(begin, end - 2)) - 1][0]
            label, body = split_label(raw)
            shown = plain(raw)
            if shown:
                found.append(
                    Statement(span=Span(first, last), text=shown, label=label, body=body if label else shown)
                )
        begin = end
    return found


def _ends(text: str) -> list[int]:
    return [
        m.end()
        for m in _END.finditer(text)
        if not _ABBREVIATED.search(text[max(0, m.start() - 12) : m.start() + 1])
    ]
