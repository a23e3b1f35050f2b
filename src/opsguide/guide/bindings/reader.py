"""opsguide.toml → Bindings: every error at once, each with line, column and a way out."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..promise import Diagnostic
from .keys import NOTHING_USES, NOTHING_USES_OF_PEOPLE, ROOT
from .model import Bindings
from .problems import Problems
from .relations import hold_relations

MAX_CHARACTERS = 1_000_000

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOML_HINTS = {
    "Invalid value": 'texts and durations stand in quotes: every = "5s"',
    "Expected newline": 'one key = value a line; texts and durations stand in quotes: every = "5s"',
    "Cannot overwrite a value": "the key stands twice: keep one of them",
    "Cannot declare": "the table stands twice: keep one of them",
    "Expected '=' after a key": "a line is key = value; keys with dots or spaces stand in quotes",
}


def read_bindings(
    text: str, *, where: str = "opsguide.toml"
) -> tuple[Bindings | None, tuple[Diagnostic, ...]]:
    """The bindings, None if there is an error; and all that is to be said, in the order of the text.

    `where` is what hints call the file. An empty text gives `Bindings()`.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text):,} characters are too many for bindings"
        return None, (_whole(message, "is it the right file? Bindings are a page or two"),)
    try:
        raw = tomllib.loads(text)
        problems = Problems(text, where)
    except ValueError as error:  # TOMLDecodeError is one; so is a number of too many digits
        return None, (_not_toml(str(error), text),)
    except RecursionError:
        return None, (_whole("it is nested too deeply", "bindings are tables of at most two levels"),)
    bindings = ROOT(raw, problems.spot())
    hold_relations(raw, problems)
    _tell_unused(raw, problems)
    found = problems.all()
    return (None if any(entry.level == "error" for entry in found) else bindings), found


@lru_cache(maxsize=4)
def adopted_bindings(text: str) -> Bindings:
    """Those of a text that was adopted, so that it has no errors; none once it was erased. Asked for by each page."""
    bindings, _ = read_bindings(text)
    return bindings or Bindings()


def _tell_unused(raw: Mapping[str, Any], problems: Problems) -> None:
    """Said once a kind of key: whoever writes one must not think that something comes of it."""
    people = raw.get("people")
    bound = people.items() if isinstance(people, dict) else ()
    of_people = (
        (("people", person, key), key) for person, keys in bound if isinstance(keys, dict) for key in keys
    )
    found = {key: path for path, key in reversed(list(of_people)) if key in NOTHING_USES_OF_PEOPLE}
    for path in (*found.values(), *((key,) for key in NOTHING_USES if key in raw)):
        spot = problems.spot(*path)
        message = f"`{spot.name}` is read and checked, and nothing uses it yet"
        problems.note(spot.wrong("not-used-yet", message, on="key", level="note"))


def _whole(message: str, hint: str) -> Diagnostic:
    return Diagnostic(level="error", code="unusable", message=message, line=1, hint=hint)


def _not_toml(message: str, text: str) -> Diagnostic:
    at = _AT.search(message)
    lines = text.split("\n")
    line = int(at[1]) if at and at[1] else len(lines)
    column = int(at[2]) if at and at[2] else len(lines[-1]) + 1
    what = _AT.sub("", message)
    return Diagnostic(
        level="error",
        code="not-toml",
        message=f"this is not TOML: {what[:1].lower()}{what[1:]}",
        line=line,
        column=column,
        end_column=column + 1,
        hint=next((hint for start, hint in _TOML_HINTS.items() if what.startswith(start)), ""),
    )
