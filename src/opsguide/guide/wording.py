"""Small phrases that messages share."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean `x`?`, or an empty text where nothing is near."""
    names = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f"did you mean `{names[near[0]]}`?" if near else ""


def listed(known: Iterable[str]) -> str:
    """`a`, `b`, `c`."""
    return ", ".join(f"`{name}`" for name in known)


def plural(count: int, noun: str) -> str:
    """`1 gap`, `2 gaps`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed_in_words(names: Iterable[str]) -> str:
    """`the guide, the bindings and the reader`."""
    *before, last = [*names] or [""]
    return f"{', '.join(before)} and {last}" if before else last
