"""Rules by name: one function a rule, which is given the guide and yields what it has to say."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct

from ...kernel.promise import Span
from ..promise import Edit, Finding, Kind, Promise
from ..values import Amount
from .guide import Guide


class Case(Struct, frozen=True, kw_only=True):
    """What a rule says about some promises. `kind` is there where it differs from the rule's."""

    message: str
    about: tuple[Promise, ...]
    proposal: str
    edits: tuple[Edit, ...] = ()
    kind: Kind | None = None


Judge: TypeAlias = Callable[[Guide], Iterable[Case]]


class Rule(Struct, frozen=True):
    """`name` is the finding's `rule` and the name of its page in docs/findings/; `says` is one line about it."""

    name: str
    kind: Kind
    says: str
    judge: Judge

    def findings(self, guide: Guide) -> list[Finding]:
        return [self._finding(case) for case in self.judge(guide)]

    def _finding(self, case: Case) -> Finding:
        return Finding(
            rule=self.name,
            kind=case.kind or self.kind,
            message=case.message,
            spans=tuple(sorted({span for promise in case.about for span in _lines(promise)})),
            promises=tuple(dict.fromkeys(promise.id for promise in case.about)),
            proposal=case.proposal,
            edits=_apart(case.edits),
        )


def _apart(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Without those that would change a line that another one changes: the next check finds what they are about."""
    kept: list[Edit] = []
    for edit in edits:
        if edit in kept or not any(
            edit.span.line <= one.span.end_line and one.span.line <= edit.span.end_line for one in kept
        ):
            kept.append(edit)
    return tuple(dict.fromkeys(kept))


def _lines(promise: Promise) -> tuple[Span, ...]:
    """Where the promise stands, and every other line that states its amount: all of them would have to change."""
    return (promise.span, *promise.also) if isinstance(promise.values, Amount) else (promise.span,)


RULES: dict[str, Rule] = {}
"""All rules by name."""


def rule(name: str, kind: Kind) -> Callable[[Judge], Judge]:
    """Decorator: the function below is the rule of this name; its docstring begins with one line about it."""

    def add(judge: Judge) -> Judge:
        if name in RULES:
            raise ValueError(f"two rules are called {name}")
        RULES[name] = Rule(name, kind, (judge.__doc__ or "").split("\n")[0], judge)
        return judge

    return add
