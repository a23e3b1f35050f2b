"""Words that only findings look for, by language (words.toml); the lexicon has those that are read."""

import re
from functools import cache
from importlib import resources
from typing import Any

import tomli

from ..lexicon import fold

_ENDS_OPEN = re.escape("*")
_PARTS = re.compile(r"[*\s]+")


def found(word: str, text: str, languages: tuple[str, ...]) -> str | None:
    """The first of the words of this name as it stands in the text; None if there is none."""
    match = search(word, fold(text), languages)
    return text[match.start() : match.end()] if match else None


def search(word: str, folded: str, languages: tuple[str, ...]) -> re.Match[str] | None:
    """Where the first of them stands. Only those are compiled of which some part is there: most texts have none."""
    near = tuple(pattern for part, pattern in _patterns(word, languages) if part in folded)
    return _any(near).search(folded) if near else None


@cache
def _words() -> dict[str, Any]:
    with resources.files(__package__).joinpath("words.toml").open("rb") as file:
        return tomli.load(file)


@cache
def _patterns(word: str, languages: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The longest part of each of the words, and its pattern; `exclu*` stands for all that start so, a space for any
    white space or hyphen.
    """
    those = _words()[word]
    every = sorted({fold(one) for code in languages for one in those.get(code, ())}, key=len, reverse=True)
    return tuple((max(_PARTS.split(one), key=len), _pattern(one)) for one in every)


def _pattern(word: str) -> str:
    return re.escape(word).replace(_ENDS_OPEN, r"\w*").replace(r"\ ", r"[\s\-–'’]+")


@cache
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def written(name: str, language: str) -> str:
    """A piece of text for edits, in the guide's language; English where it has none."""
    texts: dict[str, str] = _words()["write"][name]
    return texts.get(language, texts["en"])
