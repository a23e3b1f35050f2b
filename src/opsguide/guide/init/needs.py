"""What the promises of a guide still need, key by key, and how its lines are told."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from ..bindings import Bindings, unbound
from ..diagnostics import printable
from ..promise import Promise, Reading

Value: TypeAlias = str | bool | tuple[str, ...]
Key: TypeAlias = tuple[str, ...]

MAX_SHOWN = 3
MAX_WORDS = 68


class Need(Struct, frozen=True, kw_only=True):
    """A key that would bind promises. `example` is what it looks like, with … for what is to be filled in."""

    key: Key
    reason: str
    example: Value
    promises: tuple[Promise, ...]


def needs(reading: Reading, bindings: Bindings) -> tuple[Need, ...]:
    """Most useful first."""
    by_id = {promise.id: promise for promise in reading.promises}
    found: dict[str, Need] = {}
    for missing in unbound(reading, bindings):
        if missing.key:
            key, example = _only(tomllib.loads(missing.toml))
            before = found[missing.key].promises if missing.key in found else ()
            promises = (*before, by_id[missing.promise])
            found[missing.key] = Need(key=key, reason=missing.reason, example=example, promises=promises)
    return tuple(found.values())


def _only(table: dict[str, Any]) -> tuple[Key, Value]:
    """The one key of a snippet, and its value."""
    path: Key = ()
    inner: Any = table
    while isinstance(inner, dict):
        ((key, inner),) = inner.items()
        path = (*path, key)
    return path, tuple(inner) if isinstance(inner, list) else inner


def told_lines(promises: Sequence[Promise]) -> Iterator[str]:
    """`  27  - **Uptime**: 99.9%`: the first lines of the guide that these promises stand on, and which others."""
    at: dict[int, Promise] = {}
    for promise in sorted(promises, key=lambda promise: promise.span):
        at.setdefault(promise.span.line, promise)
    numbers = list(at)
    shown = numbers if len(numbers) <= MAX_SHOWN + 1 else numbers[:MAX_SHOWN]
    for number in shown:
        yield f"{number:>5}  {_words(at[number].text)}"
    if len(numbers) > len(shown):
        yield f"       and {_ranges(numbers[len(shown) :])}"


def _words(text: str) -> str:
    words = printable(text.strip().split("\n")[0])
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1] + "…"


def _ranges(numbers: Iterable[int]) -> str:
    """`line 5`, `lines 5 to 9, 12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"{'line' if told.isdecimal() else 'lines'} {told}"
