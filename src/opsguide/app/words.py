"""A fact in a sentence, for terminals: its type, and the reason and names that it carries."""

from ..kernel.facts import Recorded

SHOWN = (
    "verdict",
    "value",
    "limit",
    "severity",
    "by",
    "to",
    "clock",
    "attempt",
    "result",
    "detail",
    "reason",
)
"""Fields that people ask about, in the order in which they are said."""


def said(recorded: Recorded) -> str:
    """`alert.firing by opsguide: severity critical; reason …`."""
    fact = recorded.fact
    parts = [
        f"{name} {value}" for name in SHOWN if (value := getattr(fact.data, name, None)) not in (None, "")
    ]
    return f"{fact.type} by {fact.actor}" + (f": {'; '.join(parts)}" if parts else "")
