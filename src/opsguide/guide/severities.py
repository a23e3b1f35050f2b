"""The severities of a guide: how a piece of text names one, and which ones the guide knows."""

import re
from functools import lru_cache

from msgspec import Struct

from .lexicon import fold
from .phrases import Analyst, Phrase

RANKS = (
    ("critical", "blocker", "emergency"),
    ("severe", "urgent", "high", "major"),
    ("important", "serious", "medium", "moderate"),
    ("normal", "low", "minor"),
    ("trivial", "informational", "planned"),
)
NAMES = frozenset(name for rank in RANKS for name in rank)
_PREFIX = (
    r"(?:P|S|(?i:SEV|PRIO|Priority|Severity|Level|Stufe|Schweregrad|Priorität|Prioridad|Severidad|Nivel|Priorité|Sévérité"
    r"|Gravité|Niveau|Prioridade|Severidade|Nível|Gravidade|Gravedad|Prioritate|Prioritatea|Severitate|Severitatea|Mức|Cấp"
    r"|Ưu tiên|Class|Tier|Klasse|Kategorie|Category))"
)
_CODE = re.compile(
    rf"(?<![\w-])(?P<prefix>{_PREFIX})(?P<gap>[\s\-–_]?)(?P<digit>\d)(?P<up>\+)?(?![\w%]|[.,-]\d)"
)
# `Sev A`, `Class B`: letters count too, after a prefix that is a word.
_LETTERED = re.compile(
    rf"(?<![\w-])(?P<prefix>(?!S\b|P\b){_PREFIX})(?P<gap>[\s\-–_])(?P<digit>[A-E])(?P<up>(?!))?(?![\w'’])"
)
# Most texts have no such letter, which is quickly seen; looking for all the prefixes takes long.
_LETTER = re.compile(r"[\s\-–_][A-E](?![\w'’])")
_HAS_DIGIT = re.compile(r"\d")
_MORE = re.compile(
    r"\s*(?P<join>/|,|&|\+|-|–|—|\bto\b|\bbis\b|\bà\b|\ba\b|\baté\b|\bđến\b|\bla\b|\bthrough\b|\b(?:and|or|und|oder|y|o|et|ou|e|și|và|hoặc|sau)\b)"
    rf"\s*(?P<prefix>{_PREFIX})?[\s\-–_]?(?P<digit>\d)(?P<up>\+)?(?![\w%:]|[.-]\d|,\d|\s?(?:%|[smhdw]\b|min|hour|day|std|stund|tag|heure|jour|hora|dia))"
)
_THROUGH = {"-", "–", "—", "to", "bis", "à", "a", "até", "đến", "la", "through"}
# `T0 + 10 min`, `D+1`, `J+2`, `Q3`, `KW 12` are places in time.
_ANY_CODE = re.compile(
    r"(?<![\w-])(?P<prefix>(?!(?:[TDJQ]|[KC]W)[\s\-–_+]?\d)[A-ZĐ][A-Za-zĐđ]{0,3})(?P<gap>[\s\-–_]?)(?P<digit>\d)(?P<up>\+)?(?![\w%]|[.-]\d|,\d)"
)
WEAK_PREFIXES = {
    "level",
    "stufe",
    "nivel",
    "niveau",
    "nível",
    "mức",
    "cấp",
    "class",
    "tier",
    "klasse",
    "kategorie",
    "category",
}
_WEAK = {fold(prefix) for prefix in WEAK_PREFIXES}
_DIGIT = re.compile(r"^\s*(?P<digit>\d)(?:\s*[–—:-]\s*(?P<label>[^\d]{2,40}))?\s*$")
_SEPARATORS = " \t-–—:|/,.()[]·•="
_PAREN = re.compile(r"\s*[(\[](?P<inside>[^()\[\]]*)[)\]]\s*")
_SYMBOLS = re.compile(r"[^\w\s()\[\]:,;/&.%<>=+\-–—'’]", re.U)


class Known(Struct):
    """A severity of the guide. `key` is its code, else its name, case-folded; `label` the name as written."""

    key: str
    label: str | None
    term: str | None
    digit: int | None
    declared: bool


class Mention(Struct, frozen=True):
    """Severities named at a place of a text, as keys."""

    start: int
    end: int
    keys: tuple[str, ...]


class Named(Struct, frozen=True):
    """What a label says about a severity: its code, its name, and what is left over."""

    code: str | None
    label: str | None
    term: str | None
    rest: str
    digit: int | None = None


@lru_cache(maxsize=16_384)
def parse_named(phrase: Phrase, *, any_code: bool = False) -> Named | None:
    """`P1 - Critical`, `Sev-1 (Critical)`, `Critical (P1)`, `S1 Critical`, `Critical`; None for anything else.

    A name alone must be all there is, but for a remark in brackets. With `any_code` the code may have any prefix
    (`G1 – Bloquante`, `N2`): where it stands in a column of severities.
    """
    if phrase.of("condition"):
        # `SEV1 incident not resolved in 30 minutes` speaks of one.
        return None
    text = _SYMBOLS.sub(" ", phrase.text)
    bare = _DIGIT.match(text) if any_code else None
    if bare is not None:
        label = (bare["label"] or "").strip(_SEPARATORS)
        term = next((h.name for h in phrase.of("severity") if h.name in NAMES), None)
        return Named(code=bare["digit"], label=label or None, term=term, rest="", digit=int(bare["digit"]))
    found = _CODE.search(text) or _LETTERED.search(text) or (_ANY_CODE.search(text) if any_code else None)
    names = [h for h in phrase.of("severity") if h.name in NAMES]
    if found is None:
        return _name_alone(text, phrase, names)
    text, found = _one_code(text, found)
    before, after = text[: found.start()].strip(_SEPARATORS), text[found.end() :]
    if _MORE.match(after) or _CODE.search(after):
        return None
    if before.rstrip("( ") and after.lstrip().startswith(")") and len(before.split()) <= 4:
        # `Live-down (L1)`
        before, after = "", f" {before.rstrip('( ')}"
    rest = ""
    paren = _PAREN.match(after)
    if paren:
        label, rest = paren["inside"].strip(), after[paren.end() :].strip(_SEPARATORS)
    else:
        label = after.strip(_SEPARATORS)
        inner = _PAREN.search(label + ")" if label.count("(") > label.count(")") else label)
        if inner:
            label, rest = label[: inner.start()].strip(_SEPARATORS), inner["inside"].strip()
    if (
        before
        and not label
        and (any(h.end <= found.start() for h in names) or text != _SYMBOLS.sub(" ", phrase.text))
    ):
        label, before = before, ""
    if before:
        return None
    if label and _says_when(label, phrase):
        label = rest = ""
    elif len(label.split()) > 4:
        label, rest = "", f"{label} {rest}".strip()
    term = next((h.name for h in names), None)
    code = f"{found['prefix']}{found['gap']}{found['digit']}".strip()
    return Named(code=code, label=label or None, term=term, rest=rest, digit=severity_number(found["digit"]))


def _one_code(text: str, found: re.Match[str]) -> tuple[str, re.Match[str]]:
    """`Severity 1 - Critical (P1)`, `PRIORITÄT 1 (P1) – Critical`: two codes of one place; the short one names it."""
    second = _CODE.search(text, found.end())
    if second is None or second["digit"] != found["digit"] or _CODE.search(text, second.end()):
        return text, found
    short = second if len(second["prefix"]) <= len(found["prefix"]) else found
    long = found if short is second else second
    start, end = long.span()
    bracketed = text[start - 1 : start] == "(" and text[end : end + 1] == ")"
    cut = (start - 1, end + 1) if bracketed else (start, end)
    text = text[: cut[0]] + " " * (cut[1] - cut[0]) + text[cut[1] :]
    if (
        short is second
        and text[short.start() - 1 : short.start()] == "("
        and text[short.end() : short.end() + 1] == ")"
    ):
        # The name stands before the brackets, or after them.
        text = text[: short.start() - 1] + " " + short[0] + " " + text[short.end() + 1 :]
    again = _CODE.search(text)
    return (text, again) if again is not None else (text, short)


def _says_when(label: str, phrase: Phrase) -> bool:
    """`P1 (Page immediately)`, `P2 (within 15 minutes)`, `P0 - Update`: what to do then, and no name."""
    start = phrase.text.find(label)
    end = start + len(label)
    first = start + len(label.split(maxsplit=1)[0])
    # `Informativo` is a name, though it is also what is done when one informs somebody.
    acts = not phrase.between("severity", start, first) and (
        phrase.between("immediate", start, end) or phrase.between("moment", start, first)
    )
    return bool(acts) or any(start <= m.start < end for m in phrase.measures)


def listed_codes(text: str) -> list[tuple[str, str]]:
    """`classified as SEV-1 (full outage), SEV-2 (partial) or SEV-3 (minor)`: each code with what stands in brackets."""
    found = [(m, _PAREN.match(text, m.end())) for m in _CODE.finditer(text)]
    said = [(m[0], p["inside"].strip()) for m, p in found if p is not None and p["inside"].strip()]
    return said if len(said) > 1 and len(said) == len(found) else []


def severity_number(code: str) -> int:
    """The place that a code names: `SEV-2` → 2, `Class B` → 2."""
    digit = code[-1]
    return int(digit) if digit.isdigit() else ord(digit) - ord("A") + 1


def _name_alone(text: str, phrase: Phrase, names: list) -> Named | None:  # type: ignore[type-arg]
    if not names:
        return None
    paren = _PAREN.search(text)
    head = text[: paren.start()] if paren else text
    rest = paren["inside"].strip() if paren else ""
    first = names[0]
    left = (head[: first.start] + " " + head[first.end :]).strip(_SEPARATORS)
    filler = phrase.residue((first.start, first.end), (len(head), len(text)))
    if left and filler:
        return None
    return Named(code=None, label=phrase.text[first.start : first.end], term=first.name, rest=rest)


def begins_with_code(text: str) -> bool:
    """`S1 – Emergency`, `Gravité 1 (bloquante)`"""
    return _CODE.match(text) is not None


def weak_codes(text: str) -> list[str]:
    """Codes like `level 1` and `cấp 2`, which name a severity only where the guide says so."""
    codes = (*_CODE.finditer(text), *_LETTERED.finditer(text))
    found = (f"{m['prefix']}{m['gap']}{m['digit']}" for m in codes if fold(m["prefix"]) in _WEAK)
    return list(dict.fromkeys(found))


def code_key(code: str) -> str:
    """`SEV 1`, `sev-1`, `SEV1` and `Severity 1` are one code."""
    short = re.sub(r"[\s\-–_]", "", fold(code))
    return re.sub(r"^(?:priority|prio)(?=\d$)", "p", re.sub(r"^severity(?=\w$)", "sev", short))


class SeverityBook:
    """The severities of one guide, in the order it declares them."""

    def __init__(self, analyst: Analyst) -> None:
        self.analyst = analyst
        self.known: list[Known] = []
        self._by_code: dict[str, Known] = {}
        self._by_name: dict[str, Known] = {}
        self._by_term: dict[str, Known] = {}
        self._prefixes: set[str] = set()
        self._said: dict[tuple[str, bool], list[Mention]] = {}

    @property
    def signature(self) -> tuple[object, ...]:
        """Two books with the same one answer alike."""
        named = (self._by_code, self._by_name, self._by_term)
        places = tuple(
            tuple((name, self.known.index(known)) for name, known in each.items()) for each in named
        )
        known = tuple((k.key, k.label, k.term, k.digit, k.declared) for k in self.known)
        return known, places, tuple(sorted(self._prefixes))

    def add(self, named: Named, *, declared: bool) -> Known:
        """Notes a severity; a second mention completes the first."""
        self._said.clear()
        found = self._find(named)
        if found is None:
            key = (named.code or named.label or "").casefold()
            found = Known(
                key=" ".join(key.split()), label=None, term=None, digit=named.digit, declared=declared
            )
            self.known.append(found)
        found.declared = found.declared or declared
        if named.label and found.label is None:
            found.label, found.term = named.label, named.term
        elif found.term is None:
            found.term = named.term
        if named.code:
            self._by_code.setdefault(code_key(named.code), found)
            self._prefixes.add(re.sub(r"[\s\-–_]?[\dA-E]$", "", named.code))
        if found.label:
            self._by_name.setdefault(fold(found.label), found)
        if found.term:
            self._by_term.setdefault(found.term, found)
        return found

    def _find(self, named: Named) -> Known | None:
        if named.code:
            by_code = self._by_code.get(code_key(named.code))
            if by_code is not None:
                return by_code
            # A name that was declared alone gets its code later: `Critical` … `P1 (Critical)`.
            by_name = self._by_name.get(fold(named.label or ""))
            return by_name if by_name is not None and by_name.digit is None else None
        return self._by_name.get(fold(named.label or "")) or self._by_term.get(named.term or "")

    def known_as(self, named: Named) -> Known | None:
        """The severity of the guide that this names."""
        return self._find(named)

    def order(self, known: Known) -> int:
        """From 1, worst first: by code where there are codes, else by the rank of the name, else as declared."""
        declared = [k for k in self.known if k.declared] or self.known
        if all(k.digit is not None for k in declared):
            places = sorted(declared, key=lambda k: k.digit or 0)
        else:
            places = sorted(declared, key=lambda k: _rank(k.term))
        return places.index(known) + 1 if known in places else len(places) + 1

    def mentions(self, phrase: Phrase, *, names: bool = True) -> list[Mention]:
        """Where the text names severities, by code or (with `names`) by a name that the guide declares."""
        found = self._said.get((phrase.text, names))
        if found is None:
            found = self._said[phrase.text, names] = self._mentions(phrase, names=names)
        return found

    def _mentions(self, phrase: Phrase, *, names: bool) -> list[Mention]:
        bare = _DIGIT.match(phrase.text)
        if bare is not None and bare["digit"] in self._by_code:
            return [Mention(0, len(phrase.text), (self._by_code[bare["digit"]].key,))]
        found = [*self._codes(phrase.text), *self._letters(phrase.text)]
        if names:
            taken = [(m.start, m.end) for m in found]
            for hit in phrase.of("severity"):
                known = self._by_name.get(fold(phrase.text[hit.start : hit.end])) or self._by_term.get(
                    hit.name
                )
                if known is not None and not any(a <= hit.start < b for a, b in taken):
                    near = next(
                        (m for m in found if 0 <= hit.start - m.end <= 4 and m.keys == (known.key,)), None
                    )
                    if near is None:
                        found.append(Mention(hit.start, hit.end, (known.key,)))
        return sorted(found, key=lambda m: m.start)

    def _codes(self, text: str) -> list[Mention]:
        found: list[Mention] = []
        at = 0
        while (first := self._code_at(text, at)) is not None:
            at = first.end()
            digits, up = [int(first["digit"])], bool(first["up"])
            while (
                (more := _MORE.match(text, at)) is not None
                and (more["prefix"] or more["join"] in "/-–")
                and not up
            ):
                following = int(more["digit"])
                if more["join"] == "to" and following < digits[-1]:
                    # `SEV-3 to SEV-2`: what it becomes.
                    at = more.end()
                    break
                if more["join"] in _THROUGH and following > digits[-1]:
                    digits.extend(range(digits[-1] + 1, following + 1))
                else:
                    digits.append(following)
                up, at = bool(more["up"]), more.end()
            if up:
                digits = [
                    k.digit for k in self.known if k.digit is not None and k.digit <= digits[0]
                ] or digits
            keys = [self._key(first["prefix"], first["gap"], digit) for digit in dict.fromkeys(digits)]
            known = tuple(key for key in keys if key)
            if known:
                found.append(Mention(first.start(), at, known))
        return found

    def _letters(self, text: str) -> list[Mention]:
        if _LETTER.search(text) is None:
            return []
        known = ((m, self._by_code.get(code_key(m[0]))) for m in _LETTERED.finditer(text))
        return [Mention(m.start(), m.end(), (k.key,)) for m, k in known if k is not None]

    def _code_at(self, text: str, at: int) -> re.Match[str] | None:
        """The next code, of a usual prefix or of one that this guide has."""
        if _HAS_DIGIT.search(text, at) is None:
            return None
        usual = _CODE.search(text, at)
        own = _ANY_CODE.search(text, at)
        while own is not None and own["prefix"] not in self._prefixes:
            own = _ANY_CODE.search(text, own.end())
        if usual is None or own is None:
            return usual or own
        return min(usual, own, key=lambda m: m.start())

    def _key(self, prefix: str, gap: str, digit: int) -> str | None:
        code = f"{prefix}{gap}{digit}"
        known = self._by_code.get(code_key(code))
        if known is not None:
            return known.key
        # S3 is also a store and "level 2" many things: such codes count only where the guide declares them.
        strong = fold(prefix) in ("p", "sev", "prio", "priority", "severity")
        return code.casefold() if strong and (not self.known or prefix in self._prefixes) else None


def _rank(term: str | None) -> int:
    return next((n for n, names in enumerate(RANKS) if term in names), len(RANKS))
