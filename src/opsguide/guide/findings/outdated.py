"""What has been given up since the guide was written."""

import re
from collections.abc import Iterator

from ...kernel.promise import Span
from ..promise import Edit
from ..values import Objective
from .guide import Fact, Guide, promises
from .registry import Case, rule

_FID = re.compile(r"(?i)(?<![^\W_])(?:fid|first input delay)(?![^\W_])")
_NEW = {0.1: 200, 0.3: 500, 0.15: 500}
"""The limits of FID, and the halfway that guides alert at → those of INP in milliseconds (https://web.dev/articles/inp)."""


@rule("fid-retired", "outdated")
def fid_retired(guide: Guide) -> Iterator[Case]:
    """First Input Delay was replaced by Interaction to Next Paint in March 2024."""
    old = [fact for fact in guide.facts(Objective) if fact.values.signal == "fid"]
    if old:
        yield Case(
            message="FID is retired: INP took its place among the Core Web Vitals in March 2024,"
            " and the tools that report them have dropped FID",
            about=promises(old),
            proposal="write INP, with a target of 200 ms (above 500 ms is poor); the limits of FID do not fit it",
            edits=_renewed(guide, old),
        )


def _renewed(guide: Guide, facts: list[Fact[Objective]]) -> tuple[Edit, ...]:
    """The lines with INP and its limits; a guide that has INP already only loses them."""
    has_inp = any(fact.values.signal == "inp" for fact in guide.facts(Objective))
    edits: dict[int, Edit] = {}
    for fact in facts:
        line = fact.line
        if 0 < line <= len(guide.lines) and fact.promise.span.end_line == line and not has_inp:
            before = edits[line].text if line in edits else guide.lines[line - 1]
            edits[line] = Edit(Span(line, line), _inp(before, fact))
    return tuple(edit for edit in edits.values() if edit.text != guide.lines[edit.span.line - 1])


def _inp(line: str, fact: Fact[Objective]) -> str:
    seconds = fact.values.seconds
    new = _NEW.get(round(float(seconds), 3)) if isinstance(seconds, float | int) else None
    renamed = _FID.sub(_same_case, line)
    if new is None:
        return renamed
    return re.sub(rf"(?<![\w.]){float(seconds) * 1000:g}(?=\s?ms|\D|$)", str(new), renamed, count=1)  # type: ignore[arg-type]


def _same_case(match: re.Match[str]) -> str:
    word = match[0]
    if len(word) > 3:
        return "Interaction to Next Paint" if word[0].isupper() else "interaction to next paint"
    return "INP" if word.isupper() else "inp" if word.islower() else "Inp"
