"""Severities in label matchers: `severity` is the guide's here, and its words need not be those of the alerts."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..guide.bindings import Bindings, severities, severity_of
from ..guide.promise import Reading
from ..kernel.matching import Matcher, Op, parse_matcher

Meaning: TypeAlias = Callable[[str], str | None]
"""The guide's severity that a word means; None where nothing says which."""

_WORDS = re.compile(r"[\w-]+(\|[\w-]+)*")


def meaning_of(bindings: Bindings, reading: Reading | None) -> Meaning:
    """By the guide and `[severities]`; without a guide by `[severities]` alone."""
    if reading is None:
        return lambda word: bindings.severities.get(word.casefold())
    defined = severities(reading.promises)
    return lambda word: severity_of(word, defined, bindings)


def in_the_guides_words(matchers: Sequence[str], meaning: Meaning) -> tuple[tuple[str, ...], list[str]]:
    """The matchers with the guide's severities, and the words whose meaning is not known: they stay as they are."""
    found, unknown = [], []
    for written in matchers:
        matcher = parse_matcher(written)
        if matcher.name != "severity" or not matcher.value:
            found.append(written)
            continue
        is_words = matcher.op in (Op.MATCHES, Op.NOT_MATCHES) and _WORDS.fullmatch(matcher.value)
        meant = {word: meaning(word) for word in (matcher.value.split("|") if is_words else [matcher.value])}
        unknown += [word for word, known in meant.items() if known is None]
        value = "|".join(dict.fromkeys(known or word for word, known in meant.items()))
        found.append(str(Matcher(matcher.name, matcher.op, value)))
    return tuple(found), unknown
