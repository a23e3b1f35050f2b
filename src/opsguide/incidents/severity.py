"""Severities as the guide defines them: which one a word means, which definition covers a condition."""

from msgspec import Struct

from ..guide.bindings import Bindings, severity_of
from ..guide.keeping import Line
from ..guide.promise import Promise
from ..guide.values import Severity
from .conditions import CONDITIONS, Condition
from .facts import Proposal
from .state import Incident, State

WARNING = "warning"
UNSPECIFIED = "unspecified"
"""The word for an alert to which the guide gives no severity; `[severities]` may bind it like any other."""


class Chosen(Struct, frozen=True):
    """The severity of an incident and why. `known` is false where the guide does not define it."""

    severity: str
    known: bool
    reason: str


def severities(state: State) -> list[tuple[Promise, Severity]]:
    """The guide's severities, worst first."""
    found = [(p, p.values) for p in state.promises.values() if isinstance(p.values, Severity)]
    return sorted(found, key=lambda pair: (pair[1].order or 99, pair[0].span))


def ticket(state: State) -> str:
    """The word for what waits in the inbox: `warning` where that is known, else what `[severities]` says of it."""
    return WARNING if named(state, WARNING) is not None else UNSPECIFIED


def rank(state: State, severity: str) -> int:
    """0 is the worst; what the guide does not define comes last."""
    places = [values.severity for _, values in severities(state)]
    return places.index(severity) if severity in places else len(places)


def named(state: State, word: str) -> str | None:
    """The defined severity that `word` means: its code, its label, or what `[severities]` says it is."""
    return severity_of(word, [values for _, values in severities(state)], state.bindings)


def proposal(state: State, condition: str | None) -> Proposal | None:
    """The definition that covers what is so, the worst severity first."""
    for promise, values in severities(state):
        if condition is not None and condition in (values.conditions or ()):
            return Proposal(severity=values.severity, promise=promise.id, condition=condition)
    return None


def covered(state: State) -> dict[Condition, str]:
    """The conditions that the guide's definitions name, each with the severity that it makes."""
    found = ((condition, proposal(state, condition)) for condition in CONDITIONS)
    return {condition: proposed.severity for condition, proposed in found if proposed is not None}


def choose(state: State, word: str | None, condition: str | None, says: str = "") -> Chosen:
    """The severity for a word of the guide, or for a condition that a definition names: it says more than no word, and
    than one that the guide does not know.

    `says` is who says the word, where it is no alert of the guide.
    """
    proposed = proposal(state, condition)
    known = named(state, word) if word is not None else None
    if word is not None and known is not None and not (word == UNSPECIFIED and proposed is not None):
        return Chosen(known, True, _said(state, word, known, says))
    if word is not None and proposed is None:
        hint = f"the guide defines no severity {word!r}: bind it under [severities]"
        return Chosen(word.casefold(), False, hint)
    if proposed is not None:
        return Chosen(proposed.severity, True, defined(state, proposed))
    worst = severities(state)
    if worst:
        return Chosen(
            worst[0][1].severity, True, f"no definition covers {condition}: the worst severity is taken"
        )
    return Chosen("unclassified", False, "the guide defines no severities")


def _said(state: State, word: str, known: str, says: str) -> str:
    """Who says so; and the definition, which nothing else cites where it is no alert of the guide."""
    who = says or "the guide's alert"
    said = f"{who} says so"
    if word.casefold() in state.bindings.severities:
        maps = f"[severities] maps {word!r} to it"
        said = maps if not says or word == UNSPECIFIED else f"{who} says {word!r}, and {maps}"
    definition = definition_of(state, known)
    return f"{said}; {_defines(definition)}" if says and definition is not None else said


def defined(state: State, proposed: Proposal) -> str:
    """`line 10 defines critical as “System down”`; without the line where the guide no longer has it."""
    promise = state.promises.get(proposed.promise)
    if promise is None or not isinstance(promise.values, Severity):
        return f"the guide of then defined {proposed.severity} so"
    return _defines(promise)


def definition_of(state: State, severity: str) -> Promise | None:
    """Where the guide defines it."""
    return next((promise for promise, values in severities(state) if values.severity == severity), None)


def _defines(promise: Promise) -> str:
    """Where the guide says no more than its name, that."""
    assert isinstance(promise.values, Severity)
    values, line = promise.values, f"line {promise.span.line}"
    said = values.definition or values.label
    return f"{line} defines {values.severity} as “{said}”" if said else f"{line} names {values.severity}"


def line_of(state: State, incident: Incident) -> Line | None:
    """What the guide says of it: the promise that broke, else what its severity is there."""
    line = state.everything.get(incident.promise or "")
    definition = definition_of(state, incident.severity) if line is None else None
    return state.everything.get(definition.id) if definition is not None else line


def pages(state: State, bindings: Bindings, severity: str) -> bool:
    """Does this severity page people? `[paging] severities`, else the two worst of the guide."""
    chosen = bindings.paging.severities
    if chosen:
        return severity in {named(state, word) for word in chosen}
    return severity in {values.severity for _, values in severities(state)[:2]}


def ever_paged(state: State, incident: Incident) -> bool:
    """Had it a severity that pages? What that asked for stays asked for, however low it is now."""
    return incident.pages or any(pages(state, state.bindings, name) for name in incident.had)
