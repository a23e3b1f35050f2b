"""What looks like a value and is none: placeholders, examples, what was so once, addresses, dates and versions.

Such text is blanked, letter for letter, so that nothing reads a number from it and all places stay true.
"""

import re
from functools import cache

from ..lexicon import Lexicon, fold

BLANK = "\x00"
"""In place of a placeholder, an example, what was so once."""
VOID = "\x01"
"""In place of an address, a date or a version: no value, but nothing that is left open either."""

_PLACEHOLDER = re.compile(
    r"\{\{.*?(?:\}\}|$)|\{%.*?%\}|\[\[.*?(?:\]\]|$)|\$\{[^}]*\}|\$\([^)]*\)|\[[^\[\]]*\]|<[A-Za-z_][^<>\n]{0,60}>"
    r"|\b(?:TODO|TBD|TBA|TBC|FIXME|XX+|NN+|YYYY\S*)\b(?:\s*:[^,;|)]*)?|\?{2,}|_{3,}|\.{4,}|@@[^@]+@@|%[A-Z_]{2,}%|\$[A-Z_]{2,}\b"
    r"|\b[XYN](?=\s*(?:%|min|hour|hr|h\b|day|std|stunden|tage|minut|hora|heure|jour|dia|giờ|phút|ngày|ore|zile))"
)
_ADDRESS = re.compile(
    r"(?:https?|ftp|ssh|postgres(?:ql)?)://\S+|\bwww\.\S+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b"
    r"|(?<![\d+])\+\d[\d ()/-]{6,}\d|\b(?:port|porta|puerto)\s+\d+"
)
_DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b(?!\s?-?(?:%|[a-zA-Z]))"
    r"|\ba doua zi\b(?! lucr)|\b[QT][1-4][\s/-]*(?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d-(?:19|20)?\d\d\b|\b\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b"
    r"|\b(?:ISO|IEC|RFC|DIN|NIST|PCI|SOC|CVE|HTTP|TLS|SSL|DSGVO|BSI|ITIL|COBIT|EN|UTF)"
    r"(?:[/ -](?:IEC|DSS|EN))?[\s/-]*\d[\d./:-]*",
)
_UNTIL_YEAR = r"(?:19|20)\d\d\b"
_CLAUSE_END = re.compile(r"[;()]|,(?!\d)|[.!?](?:\s|$)|\s[–—|]\s")
_SENTENCE_END = re.compile(r";|[.!?](?:\s|$)")
# A year that is named is past, and so is what happened in it: `In 2025 the uptime was …`, `MTTR 2025: 52 min`.
_PAST = re.compile(
    r"\b(?:in|im|jahr|en|em|ano|anul|nam|year|mttr|mtta)\s+(?:jahr |year |ano |anul )?20[0-3]\d\b"
    r"|\b20[0-3]\d\s*(?::|was|war|lag|fue|foi|etait|a fost|dat)\b"
    r"|\b(?:before|vor|antes de|avant|inainte de|truoc nam)\s+20[0-3]\d\b"
)
_IF = re.compile(r"\b(?:if|when|whether|si|wenn|falls|se|daca|neu|quando|quand|cuando)\s+(?:\w+\s){0,2}$")
# Suppliers by name: `AWS Support answers within an hour` is its time, not the team's.
_BRANDS = (
    r"(?:aws|azure|google cloud|gcp|cloudflare|stripe|adyen|paypal|twilio|hetzner|ovh\w*|oracle|microsoft|telekom"
    r"|vodafone|telefonica|movistar|orange|viettel|vnpt|roedunet|digi)"
)
_DESK = re.compile(rf"\b{_BRANDS}\b")
_BEFORE = re.compile(r"\s+(?:de|da|d)\s+(?:las\s+)?\d+\s?(?!de\b)[a-z]")
_EXAMPLE_END = re.compile(r"[;)]|[.!?](?:\s|$)")


def mask(text: str, lexicon: Lexicon) -> str:
    """The text, folded, with all that holds no value blanked."""
    folded = fold(text)
    cells = list(folded)
    for pattern in (_ADDRESS, _DATE):
        for found in pattern.finditer(text):
            _blank(cells, found.start(), found.end(), VOID)
    for found in _PLACEHOLDER.finditer(text):
        _blank(cells, found.start(), found.end())
    example, history, until, measured, supposed, outsider, promises = _words(lexicon)
    for found in example.finditer(folded):
        _blank(cells, found.start(), _end(_EXAMPLE_END, folded, found.end()))
    for found in history.finditer(folded):
        if _IF.search(folded, max(0, found.start() - 24), found.start()):
            # `if it was critical`
            continue
        if _BEFORE.match(folded, found.end()):
            # `antes de 4 horas` is a limit, though `antes` alone is history.
            continue
        _blank(cells, found.start(), _end(_CLAUSE_END, folded, found.end()))
    for found in (*measured.finditer(folded), *_PAST.finditer(folded), *supposed.finditer(folded)):
        _blank(cells, _sentence_start(folded, found.start()), _end(_SENTENCE_END, folded, found.end()))
    for found in (*outsider.finditer(folded), *_DESK.finditer(folded)):
        # What a supplier promises is in its contract, and nothing that the team does.
        start, end = _sentence_start(folded, found.start()), _end(_SENTENCE_END, folded, found.end())
        if promises.search(folded, start, end):
            _blank(cells, start, end)
    for found in until.finditer(folded):
        _blank(cells, _clause_start(folded, found.start()), _end(_CLAUSE_END, folded, found.end()))
    return "".join(cells)


def _blank(cells: list[str], start: int, end: int, mark: str = BLANK) -> None:
    cells[start:end] = mark * (end - start)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.search(text, start)
    return found.start() if found else len(text)


def _sentence_start(text: str, end: int) -> int:
    starts = [m.end() for m in _SENTENCE_END.finditer(text, 0, end)]
    return starts[-1] if starts else 0


def _clause_start(text: str, end: int) -> int:
    starts = [m.end() for m in _CLAUSE_END.finditer(text, 0, end)]
    return starts[-1] if starts else 0


@cache
def _words(lexicon: Lexicon) -> tuple[re.Pattern[str], ...]:
    return (
        _any(lexicon.words("example", "eg")),
        _any(lexicon.words("history", "was")),
        re.compile(_any(lexicon.words("history", "until")).pattern + r"\s+(?:\w+\s+){0,2}" + _UNTIL_YEAR),
        _any(lexicon.words("history", "measured")),
        _any(lexicon.words("example", "supposed")),
        _any(lexicon.words("outsider", "who")),
        _any(lexicon.words("outsider", "says")),
    )


def _any(words: list[str]) -> re.Pattern[str]:
    """One of the words, whole; a space in a word is any white space."""
    if not words:
        return re.compile(r"(?!)")
    said = sorted({word.replace("*", r"\w*") for word in words}, key=len, reverse=True)
    alternatives = "|".join(
        re.escape(word).replace(r"\\w\*", r"\w*").replace(r"\ ", r"[\s-]*") for word in said
    )
    return re.compile(rf"(?<![\w])(?:{alternatives})(?!\w)")
