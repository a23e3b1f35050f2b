"""Severities: which are defined, and whether everything that names them fits."""

import re
from collections.abc import Callable, Iterable, Iterator

from ...kernel.promise import Span
from ..bindings import severity_of
from ..bindings.problems import quoted
from ..phrases import slug
from ..promise import Edit, Promise, StatementOutcome
from ..values import Alert, ClockValues, Recovery, Severity, Step
from ..wording import did_you_mean, listed
from .amounts import limit
from .edits import swap_within
from .guide import Fact, Guide, heading, promises
from .registry import Case, rule

_FIRST = ("acknowledge", "respond")
_REACTIONS = {"a first reaction": _FIRST, "a resolution": ("resolve",)}


@rule("unknown-severity", "conflict")
def unknown_severity(guide: Guide) -> Iterator[Case]:
    """An alert's severity that the guide does not define and no binding maps: at which severity would it page?"""
    strays: dict[str, list[Fact[Alert]]] = {}
    for fact in guide.facts(Alert):
        word = fact.values.severity
        if word is not None and severity_of(word, guide.severities, guide.bindings) is None and _own(fact):
            if _introduced(guide, word):
                continue
            strays.setdefault(word, []).append(fact)
    known = [severity.severity for severity in guide.severities]
    if not known and strays:
        yield _none_defined(strays)
        return
    for word, facts in strays.items():
        yield Case(
            message=f"{_have(facts)} the severity `{word}`, but this guide defines {listed(known)}",
            about=promises(facts),
            proposal=_choice(word, known),
            edits=_nearest(guide, word, facts, known),
        )


def _own(fact: Fact[Alert]) -> bool:
    """Is it the alert that says it? A column `Warning` names a level, not a severity."""
    return slug(fact.values.severity or "") in slug(fact.promise.text, words=10_000)


def _introduced(guide: Guide, word: str) -> bool:
    """Does a line or heading begin with the word, and so perhaps define it?"""
    whole = re.compile(rf"{re.escape(word.casefold())}(?!\w)")
    return any(
        begins.startswith(word.casefold()) and whole.match(begins) for begins in guide.once(_beginnings)
    )


def _beginnings(guide: Guide) -> frozenset[str]:
    texts = (*(one.text for one in guide.reading.statements), *map(heading, guide.sections))
    return frozenset(re.sub(r"^\W+", "", text[:80]).casefold() for text in texts)


def _none_defined(strays: dict[str, list[Fact[Alert]]]) -> Case:
    facts = [fact for those in strays.values() for fact in those]
    return Case(
        kind="missing",
        message=f"{_have(facts)} the severity {listed(strays)}, but this guide defines no severities",
        about=promises(facts),
        proposal=f"define {listed(strays)} in a section on severities: what it means, and how soon it is answered",
    )


def _have(facts: list[Fact[Alert]]) -> str:
    alerts = listed(dict.fromkeys(fact.values.alert or fact.promise.id for fact in facts))
    return f"{alerts} {'has' if len(facts) == 1 else 'have'}"


def _choice(word: str, known: list[str]) -> str:
    choice = ", ".join(known)
    return f'write one of {choice}; or bind the word in opsguide.toml: [severities] {quoted(word)} = "…"'


def _nearest(guide: Guide, word: str, facts: list[Fact[Alert]], known: list[str]) -> tuple[Edit, ...]:
    """A slip of the pen is corrected; any other word is the team's to choose, since it decides who is woken."""
    near = did_you_mean(word, known)
    if not near:
        return ()
    right = near.split("`")[1]
    each = [swap_within(guide, fact.promise.span, rf"(?i)(?<!\w){word}(?!\w)", right) for fact in facts]
    return tuple(edit for edits in each for edit in edits)


@rule("clock-without-severity", "missing")
def clock_without_severity(guide: Guide) -> Iterator[Case]:
    """A severity that has clocks, while the list of severities does not say what it is."""
    severities = guide.facts(Severity)
    defined = [fact for fact in severities if fact.values.definition]
    timed = _lines(promises(guide.facts(ClockValues)))
    # `L1 → L2`: the levels of those who are told are no severities.
    levels = _lines(promises(guide.facts(Step)))
    strays = [
        fact
        for fact in severities
        if not fact.values.definition
        and _all_in(fact.promise, timed)
        and not _all_in(fact.promise, levels)
        and _clocks(guide, fact.values.severity)
    ]
    if len(defined) < 2 or not strays:
        return
    names = listed(fact.values.severity for fact in strays)
    clocks = [clock for fact in strays for clock in _clocks(guide, fact.values.severity)]
    defines = listed(fact.values.severity for fact in defined)
    yield Case(
        message=f"{names} {'has' if len(strays) == 1 else 'have'} clocks, but the definitions are of {defines}",
        about=(*promises(clocks), *promises(strays)),
        proposal=f"say in the list of severities what {names} means, or use the names that stand there",
    )


def _clocks(guide: Guide, severity: str) -> list[Fact[ClockValues]]:
    return [fact for fact in guide.facts(ClockValues) if fact.values.severity == severity]


def _lines(found: Iterable[Promise]) -> set[int]:
    spans = [span for promise in found for span in (promise.span, *promise.also)]
    return {line for span in spans for line in range(span.line, span.end_line + 1)}


def _all_in(promise: Promise, lines: set[int]) -> bool:
    spans: tuple[Span, ...] = (promise.span, *promise.also)
    return all(line in lines for span in spans for line in range(span.line, span.end_line + 1))


@rule("severity-without-clock", "missing")
def severity_without_clock(guide: Guide) -> Iterator[Case]:
    """A severity without a clock that milder ones have: the worse incident is the one that may wait for ever."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for name, kinds in _REACTIONS.items():
        lacking = _lacking(guide, kinds)
        if lacking:
            missing.setdefault(tuple(fact.values.severity for fact in lacking), []).append(name)
    for severities, reactions in missing.items():
        lacking = [fact for fact in guide.facts(Severity) if fact.values.severity in severities]
        clocks = [clock for name in reactions for clock in _of(guide, _REACTIONS[name])]
        names, what = listed(severities), " and ".join(reactions)
        yield Case(
            message=f"{names} {'has' if len(severities) == 1 else 'have'} no time for {what}, but milder ones have",
            about=(*promises(lacking), *promises(clocks)),
            proposal=f"say within which time {names} {'gets' if len(severities) == 1 else 'get'} {what}",
        )


def _lacking(guide: Guide, kinds: tuple[str, ...]) -> list[Fact[Severity]]:
    """The severities without such a clock, of which a milder one has one, and no line says why."""
    has = _timed(guide, kinds)
    if has(""):
        return []
    found = [
        fact
        for fact in guide.facts(Severity)
        if has(fact.values.severity) is None
        and _milder(guide, fact, has)
        and not _timed_elsewhere(guide, fact)
    ]
    return [] if _left_open(guide, kinds, found) else found


def _of(guide: Guide, kinds: tuple[str, ...]) -> list[Fact[ClockValues]]:
    return [fact for fact in guide.facts(ClockValues) if fact.values.clock in kinds]


def _timed(guide: Guide, kinds: tuple[str, ...]) -> Callable[[str], bool | None]:
    """Severity (`""` for all at once) → has it a clock of these kinds with a time? None: it has none at all."""
    found: dict[str, bool] = {}
    for fact in _of(guide, kinds):
        name = fact.values.severity or ""
        found[name] = found.get(name, False) or limit(fact.values) is not None
    if kinds == ("resolve",):
        found |= {fact.values.severity: True for fact in guide.facts(Recovery) if fact.values.severity}
    return found.get


def _milder(guide: Guide, fact: Fact[Severity], has: Callable[[str], bool | None]) -> bool:
    """Is there one below it that has a time?"""
    place = guide.ranks[fact.values.severity]
    return any(has(severity.severity) for severity in guide.severities[place + 1 :])


def _timed_elsewhere(guide: Guide, fact: Fact[Severity]) -> bool:
    """Is there a time beside its name that was not understood as one of its clocks?"""
    own = {clock.promise.id for clock in _clocks(guide, fact.values.severity)} | {fact.promise.id}
    names = {fact.values.severity, (fact.values.label or fact.values.severity).casefold()} - {""}
    near = (one for one, text in guide.once(_casefolded) if any(_holds(text, name) for name in names))
    return any(guide.phrase(one.text).measures for one in near if not own & set(one.promises))


def _casefolded(guide: Guide) -> list[tuple[StatementOutcome, str]]:
    return [(one, one.text.casefold()) for one in guide.reading.statements]


def _holds(text: str, name: str) -> bool:
    """As a word of its own; nearly all texts do not hold it at all, which is quickly seen."""
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _left_open(guide: Guide, kinds: tuple[str, ...], lacking: list[Fact[Severity]]) -> bool:
    """Does something near say that there is no time, or was something near not understood?"""
    sections = {promise.section for promise in (*promises(_of(guide, kinds)), *promises(lacking))}
    unread = {gap.section for gap in guide.reading.gaps}
    near = [one for section in sections for one in guide.within(section)]
    return bool(sections & unread) or any(guide.said("open_ended", one.text) for one in near)
