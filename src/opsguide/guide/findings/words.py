"""Words that only findings look for, by language (words.toml); the lexicon has those that are read."""

import re
from functools import cache
from importlib import resources
from typing import Any

import tomli

from ..lexicon import fold

_ENDS_OPEN = re.escape("*")


def found(word: str, text: str, languages: tuple[str, ...]) -> str | None:
    """The first of the words of this name as it stands in the text; None if there is none."""
    match = pattern(word, languages).search(fold(text))
    return text[match.start() : match.end()] if match else None


@cache
def _words() -> dict[str, Any]:
    with resources.files(__package__).joinpath("words.toml").open("rb") as file:
        return tomli.load(file)


@cache
def pattern(word: str, languages: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole; `exclu*` stands for all that start so, a space for any white space or hyphen."""
    those = _words()[word]
    every = sorted({fold(one) for code in languages for one in those.get(code, ())}, key=len, reverse=True)
    parts = [re.escape(one).replace(_ENDS_OPEN, r"\w*").replace(r"\ ", r"[\s\-–'’]+") for one in every]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)")


def written(name: str, language: str) -> str:
    """A piece of text for edits, in the guide's language; English where it has none."""
    texts: dict[str, str] = _words()["write"][name]
    return texts.get(language, texts["en"])
