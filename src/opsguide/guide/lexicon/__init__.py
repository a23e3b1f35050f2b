"""Words → terms, one data file a language (docs/reference/lexicon.md). Adding a language is adding a file.

A file lists under `[kind]` for each term the words that say it. Accents and case do not matter. `acknowledg*` stands
for every word that starts so, `*zeit` for every word that ends so; several words must stand next to each other.
A document is read in all the languages that it uses, since teams mix them; where two claim the same word, its own
wins. A language that it does not use counts for nothing: `completing` is not the Spanish `complet*`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import tomli

LANGUAGES = ("en", "ro", "de", "es", "fr", "pt", "vi")
_SHORT = 3
_LONG = 6
# Letters that only one of the languages has; Vietnamese has all from ạ to ỹ to itself.
_LETTERS = dict.fromkeys(LANGUAGES, frozenset[str]()) | {
    "ro": frozenset("șțşţ"),
    "de": frozenset("ß"),
    "es": frozenset("ñ"),
    "pt": frozenset("ãõ"),
    "vi": frozenset({"ơ", "ư", *map(chr, range(0x1EA0, 0x1EFA))}),
}
_REMEMBERED = 20_000
_DIGITS = str.maketrans("123456789", "000000000")
_ADDRESS = re.compile(r"\bTL;DR\b|\b(?:https?://|www\.)\S+|(?<![\w.-])[\w.-]{1,64}\.(?:com|org|net|io|os)\b")
_UNIT = re.compile(r"\d\s?([^\W\d_]{3,})")
# `2FA` (digits are read as 0 here) is a word like MFA; no other that guides use begins with a digit.
_WORD = re.compile(r"(?<!\w)0fa(?!\w)|[^\W\d_]+")
# `apiResponse` holds two words; only in names without a space, since CamelCase in prose is a brand.
_CAMEL = re.compile(r"[A-Z]{2,}s(?![^\W\d_])|[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_NAME = re.compile(r"^[\w.\-/]+$")
_BETWEEN = re.compile(r"[\s\-–‑_/'’.&]*")
_FOLD_FROM = [*range(0x41, 0x250), *range(0x1E00, 0x1F00)]
_SINGLE = {"ß": "s", "đ": "d", "ð": "d", "ø": "o", "ł": "l", "œ": "o", "æ": "a", "ı": "i", "þ": "t"}


class Hit(NamedTuple):
    """A term in a text: `kind` and `name` (`clock`, `acknowledge`), and where its words stand."""

    kind: str
    name: str
    start: int
    end: int


class _Pattern(NamedTuple):
    words: tuple[str, ...]
    kind: str
    name: str
    language: str


class Language(NamedTuple):
    code: str
    name: str
    common: frozenset[str]
    shared: frozenset[str]
    terms: dict[str, dict[str, tuple[str, ...]]]


@cache
def _fold_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in _FOLD_FROM:
        char = chr(code).lower()
        folded = _SINGLE.get(char) or unicodedata.normalize("NFD", char)[0]
        table[code] = folded if len(folded) == 1 else chr(code)
    return table


def fold(text: str) -> str:
    """The text in lower case without accents, letter for letter as long as before."""
    return text.translate(_fold_table())


@cache
def language(code: str) -> Language:
    """One language's file, its words folded."""
    data = _file(code)
    terms = {
        kind: {term: tuple(fold(word) for word in words) for term, words in given.items()}
        for kind, given in data.items()
        if isinstance(given, dict)
    }
    common, shared = (frozenset(data.get(key, "").split()) for key in ("common", "shared"))
    return Language(data["code"], data["name"], common, shared, terms)


def spelt(code: str, kind: str) -> dict[str, list[str]]:
    """Term → its words as people write them, to be shown."""
    found: dict[str, list[str]] = _file(code).get(kind, {})
    return found


def _file(code: str) -> dict[str, Any]:
    with resources.files(__package__).joinpath(f"{code}.toml").open("rb") as file:
        return tomli.load(file)


@cache
def _own_words(code: str) -> frozenset[str]:
    """The single words of a language's terms that no other language here shares, but for their wildcards."""
    mine = _single_words(code)
    return frozenset(mine.difference(*(_single_words(other) for other in LANGUAGES if other != code)))


@cache
def _single_words(code: str) -> frozenset[str]:
    terms = language(code).terms.values()
    words = (word for kind in terms for said in kind.values() for word in said)
    return frozenset(word.strip("*") for word in words if " " not in word and len(word.strip("*")) > _SHORT)


@cache
def _telling_words(code: str) -> tuple[frozenset[str], dict[str, list[str]]]:
    """The words of a language that do not look English, and the beginnings of words by their first four letters."""
    english = {word[:5] for word in (*_single_words("en"), *language("en").shared)}
    beginnings: dict[str, list[str]] = {}
    whole: set[str] = set()
    for kind in language(code).terms.values():
        for word in (w for said in kind.values() for w in said if " " not in w and not w.startswith("*")):
            bare = word.rstrip("*")
            if len(bare) <= _SHORT or bare[:5] in english:
                continue
            whole.add(bare)
            if word.endswith("*") and len(bare) > _LONG:
                beginnings.setdefault(bare[:4], []).append(bare)
    return frozenset(whole), beginnings


def _telling(code: str, words: Iterable[str]) -> set[str]:
    """The words (folded) that speak for a language."""
    whole, beginnings = _telling_words(code)
    return {w for w in words if w in whole or any(w.startswith(b) for b in beginnings.get(w[:4], ()))}


@cache
def _units(code: str) -> frozenset[str]:
    """A language's units of time that are no English ones: right after a number `Std` and `ore` can be nothing else."""
    words = {w for said in language(code).terms["unit"].values() for w in said if len(w) >= _SHORT}
    english = {w for said in language("en").terms["unit"].values() for w in said}
    return frozenset(words - english)


def detect(text: str) -> tuple[str, ...]:
    """The languages of a text, its own first. English is always among them: operations is full of it."""
    sample = _ADDRESS.sub(" ", text[:200_000].lower())
    counts, folded = Counter(_WORD.findall(sample)), Counter(_WORD.findall(fold(sample)))
    small = {c: sum(counts[w] for w in language(c).common if len(w) > 1) for c in LANGUAGES}
    units = set(_UNIT.findall(fold(sample)))
    told = {c: [word for word in _own_words(c) if folded[word]] for c in LANGUAGES}
    # Where as many words speak for each: English, else the longer words.
    score = {c: (3 * small[c] + len(told[c]), c == "en", sum(map(len, told[c]))) for c in LANGUAGES}
    own = max(LANGUAGES, key=score.__getitem__)
    telling = {c: _telling(c, folded) | (units & _units(c)) for c in LANGUAGES}
    for word in counts if not sample.isascii() else ():
        for c in (c for c in LANGUAGES if not _LETTERS[c].isdisjoint(word)):
            telling[c].add(word)
    return (own, *_others(own, counts, telling, max(3, sum(small.values()) * 0.04)))


def _others(own: str, counts: Counter[str], telling: dict[str, set[str]], limit: float) -> list[str]:
    """English, and the languages that the words of those before them do not explain, the strongest first."""
    others = [] if own == "en" else ["en"]
    known = {w for c in (own, "en") for w in language(c).common}
    explained = set(telling[own]) | _single_words(own)
    while len(others) < len(LANGUAGES) - 1:
        left = [c for c in LANGUAGES if c not in (own, *others)]
        c = max(left, key=lambda c: len(telling[c] - explained))
        said = {w for w in language(c).common if len(w) > 1 and counts[w]} - known
        spoken = len(said) > 1 and sum(counts[w] for w in said) >= limit
        told = len(telling[c] - explained)
        # One word such as `Wartungsfenster` is enough in English; Romance languages share too many for that.
        if not (spoken or told > 1 or (told and (own == "en" or len(said) > 1))):
            return others
        others.append(c)
        known |= language(c).common
        explained |= telling[c]
    return others


class Lexicon:
    """The words of a document's languages, its own first."""

    def __init__(self, present: tuple[str, ...]) -> None:
        self.present = present
        self._exact: dict[str, list[_Pattern]] = {}
        self._prefix: dict[str, list[_Pattern]] = {}
        self._suffix: dict[str, list[_Pattern]] = {}
        self._known: dict[str, list[_Pattern]] = {}
        self._found: dict[str, tuple[Hit, ...]] = {}
        for code in present:
            for kind, terms in language(code).terms.items():
                for name, words in terms.items():
                    for word in words:
                        self._add(_Pattern(tuple(word.translate(_DIGITS).split()), kind, name, code))

    def _add(self, pattern: _Pattern) -> None:
        first = pattern.words[0]
        if first.startswith("*"):
            self._suffix.setdefault(first.strip("*")[-3:], []).append(pattern)
        elif first.endswith("*"):
            self._prefix.setdefault(first[:3], []).append(pattern)
        else:
            self._exact.setdefault(first, []).append(pattern)

    def words(self, kind: str, name: str) -> list[str]:
        """All words of a term, the document's own language first."""
        return [w for code in self.present for w in language(code).terms.get(kind, {}).get(name, ())]

    def names(self, kind: str) -> list[str]:
        return list(dict.fromkeys(n for code in self.present for n in language(code).terms.get(kind, {})))

    def find(self, text: str) -> tuple[Hit, ...]:
        """The terms in a text by place. Of one kind the longest words win; `[ignore]` hides what it covers."""
        # Digits say nothing here: lines that differ in a number alone are looked at once.
        shape = text.translate(_DIGITS)
        hits = self._found.get(shape)
        if hits is None:
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            hits = self._found[shape] = self._find(shape)
        return hits

    def _find(self, text: str) -> tuple[Hit, ...]:
        folded = fold(text)
        if _NAME.match(text):
            tokens = [(folded[m.start() : m.end()], m.start(), m.end()) for m in _CAMEL.finditer(text)]
        else:
            tokens = [(m[0], m.start(), m.end()) for m in _WORD.finditer(folded)]
        best: dict[str, list[Hit]] = {}
        reach: dict[str, int] = {}
        for i, (word, start, _) in enumerate(tokens):
            for kind, (end, _, names) in self._longest(word, tokens, i, folded).items():
                if end > reach.get(kind, 0):
                    reach[kind] = end
                    best.setdefault(kind, []).extend(Hit(kind, name, start, end) for name in names)
        hidden = best.pop("ignore", [])
        hits = [hit for hits in best.values() for hit in hits if not any(_inside(hit, h) for h in hidden)]
        return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.kind)))

    def _longest(
        self, word: str, tokens: list[tuple[str, int, int]], i: int, text: str
    ) -> dict[str, tuple[int, str, list[str]]]:
        """By kind the longest match from token `i`: its end, its language, and the terms that claim the same words."""
        found: dict[str, tuple[int, str, list[str]]] = {}
        following = tokens[i + 1][0] if i + 1 < len(tokens) else ""
        alone = tokens[i][2]
        for pattern in self._starting(word):
            if len(pattern.words) == 1:
                end = alone
            elif following.startswith(pattern.words[1].rstrip("*")):
                end = _match(pattern.words, tokens, i, text)
            else:
                continue
            known = found.get(pattern.kind)
            if end and (known is None or end > known[0]):
                found[pattern.kind] = (end, pattern.language, [pattern.name])
            elif (
                end
                and known is not None
                and (end, pattern.language) == known[:2]
                and pattern.name not in known[2]
            ):
                known[2].append(pattern.name)
        return found

    def _starting(self, word: str) -> list[_Pattern]:
        known = self._known.get(word)
        if known is None:
            known = list(self._exact.get(word, ()))
            known += [p for p in self._prefix.get(word[:3], ()) if word.startswith(p.words[0][:-1])]
            known += [p for p in self._suffix.get(word[-3:], ()) if word.endswith(p.words[0][1:])]
            self._known[word] = known
        return known


def _inside(hit: Hit, idiom: Hit) -> bool:
    """Is the hit a smaller part of the idiom? One that covers as much was meant as it stands."""
    return idiom.start <= hit.start and hit.end <= idiom.end and hit.end - hit.start < idiom.end - idiom.start


def _match(words: tuple[str, ...], tokens: list[tuple[str, int, int]], i: int, text: str) -> int:
    """Where the words end if they stand at token `i`, else 0. The first word is known to match."""
    if i + len(words) > len(tokens):
        return 0
    for n, wanted in enumerate(words[1:], 1):
        token, start, _ = tokens[i + n]
        between = text[tokens[i + n - 1][2] : start]
        if not _BETWEEN.fullmatch(between):
            return 0
        if wanted.endswith("*"):
            if not token.startswith(wanted[:-1]):
                return 0
        elif token != wanted:
            return 0
    return tokens[i + len(words) - 1][2]


@cache
def lexicon(present: tuple[str, ...]) -> Lexicon:
    """The lexicon for a document in these languages, built once."""
    return Lexicon(present)
