"""The guide as the rules see it: its promises by what they say, and its words where a promise leaves them out."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar, cast

from msgspec import Struct

from ..bindings import Bindings, severities
from ..lexicon import fold
from ..memory import Memory
from ..phrases import Analyst, Phrase
from ..promise import Promise, Reading, StatementOutcome
from ..values import Severity
from .downtime import said_excluded
from .lines import fences
from .words import found, search

V = TypeVar("V", bound=Struct)
T = TypeVar("T")


class Fact(NamedTuple, Generic[V]):
    """A promise with its values, whose kind is known."""

    promise: Promise
    values: V

    @property
    def line(self) -> int:
        return self.promise.span.line


class Guide:
    """A reading with its bindings and, where it is at hand, the text that it was read from."""

    def __init__(
        self,
        reading: Reading,
        bindings: Bindings | None = None,
        text: str = "",
        memory: Memory | None = None,
    ) -> None:
        self._memory = memory or Memory()
        self.reading = reading
        self.bindings = bindings or Bindings()
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []
        self.promises = sorted(reading.promises, key=lambda promise: (promise.span, promise.id))
        self.languages = (
            self._memory.languages(text) if text else tuple(dict.fromkeys((reading.language, "en")))
        )
        self._made: dict[Callable[[Guide], Any], Any] = {}
        self._sayings: dict[str, tuple[StatementOutcome, ...]] = {}

    def once(self, make: Callable[["Guide"], T]) -> T:
        """What a function makes of this guide, made once for all rules."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(T, self._made[make])

    @cached_property
    def _facts(self) -> dict[type[Struct], list[Promise]]:
        found: dict[type[Struct], list[Promise]] = {}
        for promise in self.promises:
            found.setdefault(type(promise.values), []).append(promise)
        return found

    def facts(self, kind: type[V]) -> tuple[Fact[V], ...]:
        """All promises of a kind, in the order of the document."""
        return tuple(Fact(p, p.values) for p in self._facts.get(kind, ()))  # type: ignore[arg-type]

    @cached_property
    def severities(self) -> tuple[Severity, ...]:
        """The severities that the guide defines, worst first."""
        return severities(self.promises)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Severity → its place, 0 is the worst."""
        return {severity.severity: place for place, severity in enumerate(self.severities)}

    @cached_property
    def worst(self) -> str | None:
        return self.severities[0].severity if self.severities else None

    @cached_property
    def _analyst(self) -> Analyst:
        return self._memory.analyst(self.languages)

    @property
    def language(self) -> str:
        return self.reading.language

    @cached_property
    def maintenance_excluded(self) -> bool:
        """Does a line say that maintenance does not count as downtime?"""
        return said_excluded(self.reading.statements, self._analyst)

    def phrase(self, text: str) -> Phrase:
        """The text with its terms and quantities, worked out once."""
        return self._analyst.phrase(text)

    def has(self, text: str, kind: str, *names: str) -> bool:
        """Do the words of the text say this term of the lexicon?"""
        return self.phrase(text).has(kind, *names)

    def found(self, word: str, text: str) -> str | None:
        """The first of our own words of this name (words.toml) in the text."""
        return found(word, text, self.languages)

    def said(self, word: str, text: str) -> bool:
        return self.found(word, text) is not None

    @cached_property
    def _folded(self) -> tuple[tuple[StatementOutcome, str], ...]:
        return tuple((one, fold(one.text)) for one in self.reading.statements)

    def saying(self, word: str) -> tuple[StatementOutcome, ...]:
        """The statements that hold one of our own words (words.toml)."""
        if word not in self._sayings:
            said = (one for one, folded in self._folded if search(word, folded, self.languages))
            self._sayings[word] = tuple(said)
        return self._sayings[word]

    def meaning(self, kind: str, *names: str) -> Iterator[StatementOutcome]:
        """The statements that say one of these terms of the lexicon."""
        hint = self._hint(kind, names)
        return (
            one for one, folded in self._folded if hint.search(folded) and self.has(one.text, kind, *names)
        )

    def _hint(self, kind: str, names: tuple[str, ...]) -> re.Pattern[str]:
        """Finds a part of every word of these terms: most statements have none, and need not be looked at closely."""
        words = self._analyst.lexicon
        each = {word for name in names or words.names(kind) for word in words.words(kind, name)}
        parts = {max(re.split(r"[\W_]+", word), key=len) for word in each}
        return re.compile("|".join(map(re.escape, sorted(parts))) if parts else r"(?!)")

    def within(self, section: str) -> tuple[StatementOutcome, ...]:
        """The statements that stand directly in a section."""
        return self._sections.get(section, ())

    @property
    def sections(self) -> Iterable[str]:
        return self._sections

    @cached_property
    def _sections(self) -> dict[str, tuple[StatementOutcome, ...]]:
        found: dict[str, list[StatementOutcome]] = {}
        for one in self.reading.statements:
            found.setdefault(one.section, []).append(one)
        return {section: tuple(those) for section, those in found.items()}

    @cached_property
    def _sources(self) -> dict[str, tuple[StatementOutcome, ...]]:
        found: dict[str, list[StatementOutcome]] = {}
        for one in self.reading.statements:
            for promise in one.promises:
                found.setdefault(promise, []).append(one)
        return {promise: tuple(those) for promise, those in found.items()}

    def words(self, promise: Promise) -> str:
        """All that the guide says where it says this promise: its statements, and the heading above."""
        texts = [one.text for one in self._sources.get(promise.id, ())]
        return "\n".join((promise.text, *texts, heading(promise.section), self.header(promise)))

    @cached_property
    def fenced(self) -> frozenset[int]:
        """The lines of fenced blocks, their markers included."""
        return frozenset(line for first, last in fences(self.lines) for line in range(first, last + 1))

    def header(self, promise: Promise) -> str:
        """The first row of the pipe table that the promise stands in; empty where there is none."""
        at = min(promise.span.line, len(self.lines)) - 1
        if at < 0 or not self.lines[at].lstrip().startswith("|"):
            return ""
        while at > 0 and self.lines[at - 1].lstrip().startswith("|"):
            at -= 1
        return self.lines[at]


def heading(section: str) -> str:
    """The innermost heading of a section."""
    return section.rpartition(" / ")[2]


def promises(facts: Iterable[Fact[Any]]) -> tuple[Promise, ...]:
    return tuple(fact.promise for fact in facts)


def same(one: str | None, other: str | None) -> bool:
    """The same scope, whatever its case and accents; None only equals None."""
    return one == other or (one is not None and other is not None and fold(one) == fold(other))
