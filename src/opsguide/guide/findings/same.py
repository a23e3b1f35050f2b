"""One fact, said in two places with two values."""

from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import combinations

from ..lexicon import fold
from ..promise import Promise
from ..values import Amount, ClockValues, Objective, Recovery, Retention
from .amounts import limit, told
from .guide import Fact, Guide
from .registry import Case, rule

_SIGNALS = ("availability", "response_time", "error_rate", "query_time", "lcp", "cls", "inp")
_KINDS_OF_TARGET = (
    "slo",
    "sla",
    "internal",
    "external",
    "contract",
    "intern",
    "extern",
    "vertrag",
    "contrat",
    "contract",
)
_MANY = 12

Said = Fact[Amount]


@rule("two-values", "conflict")
def two_values(guide: Guide) -> Iterator[Case]:
    """The same fact with different values in two sections: nobody knows which one holds."""
    groups = _groups(guide)
    differing = _differing(groups)
    for facts in groups.values():
        for one, other in combinations(facts[:_MANY], 2):
            sections = (one.promise.section, other.promise.section)
            if limit(one.values) == limit(other.values) or not _one_subject(
                guide, one.promise, other.promise
            ):
                continue
            # Where much differs, these are two tables for two things; a slip is alone.
            if differing[frozenset(sections)] == 1:
                yield _two(one, other)


def _groups(guide: Guide) -> dict[Hashable, list[Said]]:
    """What is said of the same thing."""
    groups: dict[Hashable, list[Said]] = {}
    for promise in guide.promises:
        values = promise.values
        key = _thing(values) if isinstance(values, Amount) else None
        if key is not None and isinstance(values, Amount) and limit(values) is not None:
            groups.setdefault((type(values), key), []).append(Fact(promise, values))
    return groups


def _thing(values: Amount) -> Hashable:
    scope = fold(getattr(values, "scope", None) or "")
    match values:
        case ClockValues():
            return (values.severity, values.clock, scope, str(values.hours))
        case Recovery():
            return (values.objective, values.severity, fold(values.scenario or ""), scope)
        case Retention():
            return (fold(values.retain), values.tier)
        case Objective(level="target") if values.signal in _SIGNALS:
            return (values.signal, values.percentile, scope, values.window)
        case _:
            return None


def _differing(groups: dict[Hashable, list[Said]]) -> Counter[frozenset[str]]:
    """Two sections → in how many facts they differ."""
    count: Counter[frozenset[str]] = Counter()
    for facts in groups.values():
        for one, other in combinations(facts[:_MANY], 2):
            if limit(one.values) != limit(other.values):
                count[frozenset((one.promise.section, other.promise.section))] += 1
    return count


def _one_subject(guide: Guide, one: Promise, other: Promise) -> bool:
    """Do they stand in two sections whose headings tell no two things apart?"""
    mine, theirs = one.section.split(" / "), other.section.split(" / ")
    while mine and theirs and mine[0] == theirs[0]:
        mine, theirs = mine[1:], theirs[1:]
    # A section inside the other, or the same heading below two others, may be a variant of it.
    if not mine or not theirs or mine[-1] == theirs[-1]:
        return False
    return _kinds(one) == _kinds(other) and not any(_own_words(guide, title) for title in (*mine, *theirs))


def _kinds(promise: Promise) -> set[str]:
    """SLA and SLO, internal and external: two targets on purpose."""
    words = f"{promise.section} {promise.text}".casefold()
    return {kind for kind in _KINDS_OF_TARGET if kind in words}


def _own_words(guide: Guide, title: str) -> bool:
    """Does a heading name something of the guide's own: a service, a customer, a plan? Or what was, or might be?"""
    phrase = guide.phrase(title)
    aside = phrase.has("aside", "history", "example", "glossary", "roadmap", "review")
    kinds = tuple({hit.kind for hit in phrase.hits})
    return aside or bool(phrase.of("environment")) or bool(phrase.residue(kinds=kinds))


def _two(one: Said, other: Said) -> Case:
    lines = f"line {one.line} says {told(one.values)}, line {other.line} {told(other.values)}"
    return Case(
        message=f"two values for {_called(one)}: {lines}",
        about=(one.promise, other.promise),
        proposal="keep the one that holds, and drop the other line or say what it is for",
    )


def _called(fact: Said) -> str:
    """`critical acknowledge`, `availability`, `rto`."""
    values = fact.values
    match values:
        case ClockValues():
            return f"`{values.severity or 'any'}` {values.clock}"
        case Recovery():
            return f"the {values.objective.upper()} {values.scenario or values.scope or ''}".strip()
        case Retention():
            return f"the retention of {values.tier + ' ' if values.tier else ''}{values.retain}"
        case Objective():
            percentile = "" if values.percentile is None else f"p{values.percentile:g} "
            return f"{percentile}{values.signal.replace('_', ' ')}"
        case _:
            return fact.promise.id
