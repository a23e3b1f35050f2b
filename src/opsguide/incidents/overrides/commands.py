"""What can be wanted of overrides and swaps."""

from ...kernel.clock import Instant
from ...kernel.part import Command
from .facts import Span


class MakeOverride(Command, frozen=True):
    """`person` is on call from `start` (earliest now) until `end`; with `replaces` only in that person's turns."""

    team: str
    person: str
    start: Instant
    end: Instant
    by: str
    replaces: str = ""
    reason: str = ""


class WithdrawOverride(Command, frozen=True):
    """`despite_hole`: also where nobody would be on call then."""

    override: str
    by: str
    despite_hole: bool = False


class AskSwap(Command, frozen=True):
    """`asker` asks `other` to take over `theirs`, and offers `back` in return."""

    team: str
    asker: str
    other: str
    theirs: Span
    by: str
    back: Span | None = None
    reason: str = ""


class AnswerSwap(Command, frozen=True):
    swap: str
    accept: bool
    by: str


class WithdrawSwap(Command, frozen=True):
    swap: str
    by: str
