"""Findings: what a guide says that cannot be so, is missing, or has aged. One function a rule.

A rule takes the reading and the bindings (None where none are given) and yields findings. Its name is the finding's
`rule` and the name of its page in docs/findings/.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from .bindings import Bindings, severities, severity_of
from .bindings.problems import quoted
from .promise import Finding, Promise, Reading
from .values import Alert
from .wording import listed

Rule: TypeAlias = Callable[[Reading, Bindings | None], Iterable[Finding]]

RULES: dict[str, Rule] = {}
"""All rules by name."""


def rule(name: str) -> Callable[[Rule], Rule]:
    """Decorator: the function below is the rule of this name."""

    def add(function: Rule) -> Rule:
        if name in RULES:
            raise ValueError(f"two rules are called {name}")
        RULES[name] = function
        return function

    return add


def find(reading: Reading, bindings: Bindings | None = None) -> tuple[Finding, ...]:
    """What all rules find, in the order of the document; the reading's own findings included."""
    every = [*reading.findings, *(found for judge in RULES.values() for found in judge(reading, bindings))]
    once = {(found.rule, found.spans, found.message): found for found in every}
    return tuple(sorted(once.values(), key=lambda found: (found.spans, found.rule)))


@rule("unknown-severity")
def unknown_severity(reading: Reading, bindings: Bindings | None) -> Iterator[Finding]:
    """An alert's severity that the guide does not define and no binding maps: at which severity would it page?"""
    defined, bound = severities(reading.promises), bindings or Bindings()
    strays: dict[str, list[Promise]] = {}
    for promise in reading.promises:
        word = promise.values.severity if isinstance(promise.values, Alert) else None
        if word is not None and severity_of(word, defined, bound) is None:
            strays.setdefault(word, []).append(promise)
    known = [severity.severity for severity in defined]
    for word, promises in strays.items():
        yield Finding(
            rule="unknown-severity",
            kind="conflict" if known else "missing",
            message=_stray(word, promises, known),
            spans=tuple(promise.span for promise in promises),
            promises=tuple(promise.id for promise in promises),
            proposal=_proposal(word, known),
        )


def _stray(word: str, promises: list[Promise], known: list[str]) -> str:
    alerts = listed(
        promise.values.alert or promise.id for promise in promises if isinstance(promise.values, Alert)
    )
    verb = "has" if len(promises) == 1 else "have"
    defines = f"this guide defines {listed(known)}" if known else "this guide defines no severities"
    return f"{alerts} {verb} the severity `{word}`, but {defines}"


def _proposal(word: str, known: list[str]) -> str:
    if not known:
        return f"define `{word}` in a section on severities"
    choice = ", ".join(known)
    return f'write one of {choice}; or bind the word in opsguide.toml: [severities] {quoted(word)} = "…"'
