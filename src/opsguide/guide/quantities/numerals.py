"""What the lexicon's numbers and units look like in a text: the patterns by which amounts are found."""

import re
from collections.abc import Sequence
from functools import cache

from ..lexicon import Lexicon
from .numbers import BEFORE, DIGITS

_SIZE_UNIT = r"[kmgt]i?b(?:ytes?)?(?![\w])|(?:kilo|mega|giga|tera)?bytes?(?!\w)|[kmgt]o(?!\w)"
# From where a word begins: trying every letter of a long one takes its square.
_SPELT = re.compile(r"(?<![a-z])(?P<word>[a-z]+(?:[\s-][a-z]+)?)\s?\((?P<digits>\d+)\)")


def said_once(text: str, lexicon: Lexicon) -> str:
    """Contracts write a number twice, `four (4) hours`: the word goes, `\x02` stands where the bracket closed."""
    for found in _SPELT.finditer(text):
        words = flat(found["word"]).split(" ")
        if any(" ".join(words[n:]) in word_values(lexicon) for n in range(len(words))):
            start, end = found.start("digits"), found.end("digits")
            text = (
                text[: found.start()]
                + " " * (start - found.start())
                + text[start:end]
                + "\x02"
                + text[end + 1 :]
            )
    return text


def flat(text: str) -> str:
    return re.sub(r"[\s-]+", " ", text)


@cache
def half_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    """`two hours and a half`, `2 giờ rưỡi`"""
    return re.compile(rf"\s+(?:{_alternatives(lexicon.words('half', 'after'))})(?!\w)")


@cache
def unit_of(lexicon: Lexicon) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in lexicon.names("unit"):
        for word in lexicon.words("unit", name):
            names.setdefault(word, name)
    return names


@cache
def word_values(lexicon: Lexicon) -> dict[str, str]:
    values = {flat(w): name for name in lexicon.names("number") for w in lexicon.words("number", name)}
    return {**dict.fromkeys(map(flat, lexicon.words("article", "one")), "1"), **values}


@cache
def span_seconds(lexicon: Lexicon) -> dict[str, str]:
    return {flat(word): name for name in lexicon.names("span") for word in lexicon.words("span", name)}


def _alternatives(words: Sequence[str]) -> str:
    ordered = sorted(set(words), key=len, reverse=True)
    return (
        "|".join(re.escape(w).replace(r"\ ", r"[\s\-]+").replace(" ", r"[\s\-]+") for w in ordered) or "(?!)"
    )


@cache
def unit_pattern(lexicon: Lexicon) -> str:
    """The units of several letters; single letters need a number right before them."""
    return _alternatives([word for word in unit_of(lexicon) if len(word) > 1])


@cache
def number_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    letters = "".join(sorted(word for word in unit_of(lexicon) if len(word) == 1))
    unit = unit_pattern(lexicon)
    return re.compile(
        rf"(?<!\w)(?P<span>{_alternatives(list(span_seconds(lexicon)))})(?!\w)"
        rf"|(?:(?:{BEFORE}|(?<=\d[hm]))(?:(?P<many>\d+(?:[.,]\d+)?(?:/\d+(?:[.,]\d+)?)+)|(?P<digits>{DIGITS})(?P<fraction>[½¼¾])?)(?!\d)|(?<!\w)(?P<word>{_alternatives(list(word_values(lexicon)))})(?=[\s\-]))"
        rf"(?:(?:\+(?!\d)|\x02)?(?:(?!\sy)\s?(?P<letter>[{letters}])(?![^\W\d_]|\.[^\W\d_])|[\s\u00a0\-]?(?P<unit>%|[x×](?![a-z])|k(?!\w)|(?:{unit})(?![^\W\d_])|{_SIZE_UNIT})))?"
        rf"(?![^\W\d_]|[.,]\d)"
    )


@cache
def period_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    letters = "".join(sorted(word for word in unit_of(lexicon) if len(word) == 1))
    return re.compile(rf"(?:{unit_pattern(lexicon)}|[{letters}])(?!\w)")
