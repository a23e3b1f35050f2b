"""A promise: one typed obligation read from the guide. The kinds of values stand in `guide.values`."""

from typing import Literal, TypeAlias

from msgspec import Struct

Control: TypeAlias = Literal["threshold", "deadline", "duty", "gate", "route", "invariant", "declaration"]
"""What kind of promise it is; see docs/words.md."""

Keeper: TypeAlias = Literal[
    "delivery", "monitoring", "incidents", "recovery", "security", "performance", "maintenance"
]
"""The chapter package that keeps it."""


class Values(Struct, frozen=True):
    """Base of all kinds of values (guide/values.py). Its tag field is `fact`: clock, alert, objective …"""


class Span(Struct, frozen=True, order=True):
    """Whole lines of the document, 1-based, both inclusive."""

    line: int
    end_line: int

    def __str__(self) -> str:
        return str(self.line) if self.line == self.end_line else f"{self.line}-{self.end_line}"
