"""Clocks whose limit the guide does not state in numbers: `Response: immediate`, `next business day`."""

from collections.abc import Iterator
from typing import Literal, cast

from ..guide.claims import Claim, hours_in, inherited
from ..guide.phrases import Phrase
from ..guide.reader import Column, Draft, Item
from ..guide.values import ClockValues

ClockName = Literal["acknowledge", "respond", "resolve", "escalate", "update", "postmortem"]
CLOCKS = {"acknowledge", "respond", "resolve", "escalate", "update", "postmortem"}


def without_amount(item: Item) -> Iterator[Draft]:
    """`Response: immediate`, `business hours response`: a promise whose limit the guide does not state."""
    scene = item.scene
    for column in item.values:
        text = column.text
        if text.measures or text.placeholder or not text.text or text.of("negation"):
            continue
        text = _clause_without_amount(item, text)
        name = _plain_name(column, text)
        if name is None:
            continue
        mentioned = Claim.__new__(Claim)
        mentioned.column, mentioned.clause = column, (0, len(text.text))
        severities = (
            tuple(dict.fromkeys(k for m in scene.mentions(item.label) for k in m.keys))
            or scene.severities_around()
        )
        if not severities:
            continue
        values: dict[str, object] = {"seconds": 0} if name == "escalate" and text.has("immediate") else {}
        if text.has("hours", "next_day"):
            values = {"business_days": 1}
        for severity in severities:
            yield Draft(
                keeper="incidents",
                control="deadline",
                name=("clock", severity, name),
                values=ClockValues(
                    severity=severity,
                    clock=cast(ClockName, name),
                    hours=hours_in(text),
                    **values,  # type: ignore[arg-type]
                ),
                items=(item,),
            )


def _clause_without_amount(item: Item, text: Phrase) -> Phrase:
    """`… a few users. Response within next business day.`: the one sentence that says how fast."""
    if item.row or len(text.text.split()) <= 6:
        return text
    parts = [item.scene.analyst.phrase(text.text[a:b].strip()) for a, b in text.clauses()]
    told = [p for p in parts if p.of("moment") and (p.has("immediate") or p.has("hours"))]
    return told[0] if len(told) == 1 else text


def _plain_name(column: Column, text: Phrase) -> str | None:
    """The clock that a cell or body without a number speaks of: it must say how fast or when."""
    if not (text.has("immediate") or text.has("hours")):
        return None
    inside = [h.name for h in text.of("moment") if h.name in CLOCKS]
    if text.of("role") and not column.item.row:
        # `On-call engineer (immediately)`: who is told, and no clock.
        return None
    if len(set(inside)) == 1 and len(text.text.split()) <= 6:
        return inside[0]
    if inside or column.item.label.of("aside"):
        return None
    name = inherited(column, "moment")
    return name if name in CLOCKS else None
