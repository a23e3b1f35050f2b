"""Of which part of the service a line is said: `Error rate for checkout`, `Uptime of staging`, or of all of it.

A part is never judged by the whole service: who says where it is, says `[scopes]` (bindings/parts.py).
"""

import re
from functools import cache

from .lexicon import LANGUAGES, Hit, lexicon
from .values import Alert, Objective

_USUAL = frozenset({"traffic", "comparator", "purpose", "conjunction", "generic"})
_LEADS = frozenset({"purpose", "conjunction", "article", "range"})
_PERCENTILE = re.compile(
    r"\bp\d+(?:[.,]\d+)?\b|\b\d+(?:[.,]\d+)?(?:st|nd|rd|th|\.)?(?=\s*per[cz]entil)", re.I
)
_SHORT = 3
"""Words that say nothing of their own and have so few letters are articles and prepositions."""


def part_named(values: Alert | Objective) -> str | None:
    """The part as the guide calls it, case-folded; None where the whole service is meant.

    `Error rate for checkout` is said of `checkout`. Traffic as it usually is and the signal itself (`apiResponse`) are
    no parts.
    """
    return _named(values.scope, values.signal) if values.scope is not None else None


@cache
def environment_meant(named: str) -> str:
    """`prod` and `Production environment` are `production`; what is no word for an environment, as it is."""
    hits = _hits(named)
    meant = {hit.name for hit in hits if hit.kind == "environment"}
    rest = _bare(_without(named, [hit for hit in hits if hit.kind in ("environment", "column")]))
    return meant.pop() if len(meant) == 1 and not rest else named.casefold()


@cache
def _named(scope: str, signal: str) -> str | None:
    hits = _hits(scope)
    usual = any(hit.kind == "traffic" for hit in hits)
    if usual and not _bare(_without(scope, [hit for hit in hits if hit.kind in _USUAL])):
        return None
    if scope.casefold() == signal.casefold():
        return None
    itself = [hit for hit in hits if (hit.kind, hit.name) == ("signal", signal)]
    if not itself:
        return " ".join(scope.casefold().split()) or None
    spans = [*itself, *(hit for hit in hits if hit.kind == "percentile")]
    left = _without(_PERCENTILE.sub(lambda said: " " * len(said[0]), scope), spans)
    return _without_edges(" ".join(left.casefold().split()))


def _without_edges(words: str) -> str | None:
    """`for the checkout` → checkout."""
    words = words.strip(" ()[]:,;.–—-_")
    for hit in _hits(words):
        leads = hit.kind in _LEADS or (hit.kind == "generic" and hit.end - hit.start <= _SHORT)
        if leads and 0 in (hit.start, len(words) - hit.end):
            rest = words[hit.end :] if hit.start == 0 else words[: hit.start]
            return _without_edges(rest) or words
    return words or None


def _hits(text: str) -> tuple[Hit, ...]:
    return tuple(lexicon(LANGUAGES).find(text))


def _without(text: str, hits: list[Hit]) -> str:
    for hit in hits:
        text = text[: hit.start] + " " * (hit.end - hit.start) + text[hit.end :]
    return text


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
