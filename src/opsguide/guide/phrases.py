"""A piece of text with what it means: the terms in it and its quantities, worked out once and when asked for."""

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, pairwise

from .lexicon import Hit, Lexicon, fold
from .quantities import BLANK, Measure, Quantities, mask, quantities

_WORDS = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(
    r"[;|•]|,(?!\d)|(?<=[^\s.\d])\.(?=\s|$)|(?<=\d)\.(?=\s+(?!Perzentil)[A-ZÀ-Þ]|$)|\s(?:->|→|=>|➜|⇒)\s|\n"
)


class Phrase:
    """Text and its meaning. Equal texts of one document share one phrase."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self._masked: str | None = None
        self._quantities: Quantities | None = None

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        return self.lexicon.find(self.text)

    @property
    def masked(self) -> str:
        if self._masked is None:
            self._masked = mask(self.text, self.lexicon)
        return self._masked

    @property
    def quantities(self) -> Quantities:
        if self._quantities is None:
            self._quantities = quantities(self.text, self.hits, self.masked, self.lexicon)
        return self._quantities

    @property
    def measures(self) -> tuple[Measure, ...]:
        return self.quantities.measures

    @property
    def placeholder(self) -> bool:
        """Nothing is left of it but blanks: `[TODO]`, `{{ owner }}`, `-`."""
        return not re.search(r"[^\W_]", self.masked.replace(BLANK, ""))

    @property
    def blanked(self) -> bool:
        """Some of it is a placeholder."""
        return BLANK in self.masked

    @cached_property
    def _by_kind(self) -> dict[str, list[Hit]]:
        """Readers ask for kinds again and again, and a pasted line has thousands of hits."""
        found: dict[str, list[Hit]] = {}
        for hit in self.hits:
            found.setdefault(hit.kind, []).append(hit)
        return found

    def of(self, kind: str) -> list[Hit]:
        return list(self._by_kind.get(kind, ()))

    def names(self, kind: str) -> list[str]:
        return [hit.name for hit in self._by_kind.get(kind, ())]

    def has(self, kind: str, *names: str) -> bool:
        return any(not names or hit.name in names for hit in self._by_kind.get(kind, ()))

    def between(self, kind: str, start: int, end: int) -> list[Hit]:
        return [hit for hit in self._by_kind.get(kind, ()) if start <= hit.start and hit.end <= end]

    def clauses(self) -> list[tuple[int, int]]:
        """The parts between commas, semicolons, full stops and arrows; what stands in brackets is not divided."""
        return self._clauses

    @cached_property
    def _clauses(self) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        begin = 0
        for found in _CLAUSE.finditer(self.text):
            inside = self.text.count("(", begin, found.start()) > self.text.count(")", begin, found.start())
            if not inside:
                spans.append((begin, found.start()))
                begin = found.end()
        spans.append((begin, len(self.text)))
        return [(a, b) for a, b in spans if self.text[a:b].strip()]

    def clause_of(self, at: int) -> tuple[int, int]:
        return next(((a, b) for a, b in self.clauses() if a <= at < max(b, a + 1)), (0, len(self.text)))

    def bracket_of(self, at: int) -> tuple[int, int] | None:
        """The part between commas of the brackets that a place stands in."""
        start = self.text.rfind("(", 0, at)
        if start < 0 or ")" in self.text[start:at]:
            return None
        end = self.text.find(")", at)
        end = len(self.text) if end < 0 else end
        if self.text[start + 1 : end].strip().isdigit():
            # `within four (4) hours`: the number once more, and no remark.
            return None
        inner = [
            start,
            *(m.start() for m in re.finditer(r"[,;](?!\d)", self.text[:end]) if m.start() > start),
            end,
        ]
        return next((a + 1, b) for a, b in pairwise(inner) if b >= at)

    def residue_in(self, start: int, end: int, *, kinds: tuple[str, ...] = ()) -> list[str]:
        """What is left over between two places."""
        return self.residue((0, start), (end, len(self.text)), kinds=kinds)

    def residue(self, *covered: tuple[int, int], kinds: tuple[str, ...] = ()) -> list[str]:
        """The words that neither the spans, nor terms of these kinds, nor filler words account for."""
        terms = (hit for kind in {*kinds, "generic"} for hit in self._by_kind.get(kind, ()))
        spans = sorted([*covered, *((hit.start, hit.end) for hit in terms)])
        starts, reach = [a for a, _ in spans], list(accumulate((b for _, b in spans), max))
        return [
            m[0]
            for m in _WORDS.finditer(self.masked)
            if len(m[0]) > 1 and not _covers(starts, reach, m.start(), m.end())
        ]


def _covers(starts: list[int], reach: list[int], start: int, end: int) -> bool:
    """Does one of the spans hold this one? `reach` is the furthest end among the spans up to each start."""
    before = bisect_right(starts, start)
    return before > 0 and reach[before - 1] >= end


class Analyst:
    """Makes phrases for one document."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._phrases: dict[str, Phrase] = {}

    @property
    def size(self) -> int:
        return len(self._phrases)

    def phrase(self, text: str) -> Phrase:
        found = self._phrases.get(text)
        if found is None:
            found = self._phrases[text] = Phrase(text, self.lexicon)
        return found


def slug(text: str, words: int = 6) -> str:
    """`Failed login attempts` → failed_login_attempts: how the guide's own names enter an id."""
    return "_".join(re.findall(r"[^\W_]+", fold(text))[:words])
