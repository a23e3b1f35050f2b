"""What running the rule files reports to the chapter."""

from collections.abc import Collection

from msgspec import Struct

from ...kernel.clock import Instant
from ...kernel.part import Command
from .facts import Change


class Moved(Struct, frozen=True):
    """One alert of a rule takes another phase. `title` and `runbook` are given where it fires."""

    change: Change
    id: str
    labels: dict[str, str]
    title: str = ""
    runbook: str = ""


class RuleMoved(Struct, frozen=True):
    """What became of the alerts of one rule; `where` is file:line, `held_seconds` its `for`."""

    rule: str
    alert: str
    where: str
    held_seconds: float
    moved: tuple[Moved, ...]


class RuleFailed(Struct, frozen=True):
    """A rule could not be evaluated."""

    rule: str
    name: str
    problem: str


class RulesRan(Command, frozen=True):
    """One evaluation at `at`; only rules of whose alerts something changed.

    `failed` could not be evaluated, `well` could: those of which the ledger does not say so yet.
    """

    at: Instant
    rules: tuple[RuleMoved, ...]
    failed: tuple[RuleFailed, ...] = ()
    well: tuple[str, ...] = ()


class RulesKnown(Command, frozen=True):
    """The rules there are now: alerts of all others end, and nobody misses what they said."""

    at: Instant
    rules: Collection[str]
