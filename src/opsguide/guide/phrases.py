"""A piece of text with what it means: the terms in it and its quantities, worked out once and when asked for."""

import re

from .lexicon import Hit, Lexicon, fold
from .quantities import BLANK, Measure, Quantities, mask, quantities

_WORDS = re.compile(r"[^\W\d_]+")
_CLAUSE = re.compile(r"[;|•]|,(?!\d)|(?<=[^\s.\d])\.(?=\s|$)|(?<=\d)\.(?=\s+[A-ZÀ-Þ]|$)|\s(?:->|→|=>|➜|⇒)\s|\n")


class Phrase:
    """Text and its meaning. Equal texts of one document share one phrase."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.hits: tuple[Hit, ...] = lexicon.find(text)
        self._masked: str | None = None
        self._quantities: Quantities | None = None

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

    def of(self, kind: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.kind == kind]

    def names(self, kind: str) -> list[str]:
        return [hit.name for hit in self.hits if hit.kind == kind]

    def has(self, kind: str, *names: str) -> bool:
        return any(hit.kind == kind and (not names or hit.name in names) for hit in self.hits)

    def between(self, kind: str, start: int, end: int) -> list[Hit]:
        return [hit for hit in self.hits if hit.kind == kind and start <= hit.start and hit.end <= end]

    def clauses(self) -> list[tuple[int, int]]:
        """The parts between commas, semicolons, full stops and arrows; what stands in brackets is not divided."""
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
        inner = [start, *(m.start() for m in re.finditer(r"[,;](?!\d)", self.text[:end]) if m.start() > start), end]
        return next((a + 1, b) for a, b in zip(inner, inner[1:], strict=False) if b >= at)

    def residue(self, *covered: tuple[int, int], kinds: tuple[str, ...] = ()) -> list[str]:
        """The words that neither the spans, nor terms of these kinds, nor filler words account for."""
        spans = [*covered, *((h.start, h.end) for h in self.hits if h.kind in kinds or h.kind == "generic")]
        masked = self.masked
        return [
            m[0]
            for m in _WORDS.finditer(masked)
            if len(m[0]) > 1 and not any(a <= m.start() and m.end() <= b for a, b in spans)
        ]


class Analyst:
    """Makes phrases for one document."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._phrases: dict[str, Phrase] = {}

    def phrase(self, text: str) -> Phrase:
        found = self._phrases.get(text)
        if found is None:
            found = self._phrases[text] = Phrase(text, self.lexicon)
        return found


def slug(text: str, words: int = 6) -> str:
    """`Failed login attempts` → failed_login_attempts: how the guide's own names enter an id."""
    return "_".join(re.findall(r"[^\W_]+", fold(text))[:words])
