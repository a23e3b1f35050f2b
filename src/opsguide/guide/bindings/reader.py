"""opsguide.toml → Bindings: every error at once, each with line, column and a way out."""

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from ..promise import Diagnostic
from ..wording import did_you_mean, listed
from . import fields, urls
from .model import Bindings, Channel, EnvironmentBinding, Heartbeat, Paging, Person, Serve, Team
from .problems import Problems, Spot, Wrong
from .relations import hold_relations

MAX_CHARACTERS = 1_000_000

S = TypeVar("S", bound=Struct)
T = TypeVar("T")
Field: TypeAlias = Callable[[Any, Spot], T]

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_ID = re.compile(r"\w[\w.-]*")
_TOML_HINTS = {
    "Invalid value": 'texts and durations stand in quotes: every = "5s"',
    "Expected newline": 'one key = value a line; texts and durations stand in quotes: every = "5s"',
    "Cannot overwrite a value": "the key stands twice: keep one of them",
    "Cannot declare": "the table stands twice: keep one of them",
    "Expected '=' after a key": "a line is key = value; keys with dots or spaces stand in quotes",
}


def table(kind: type[S], keys: Mapping[str, Field[Any]]) -> Field[S]:
    """A field that is a table with known keys. A key without a default in `kind` must be there."""
    needed = [field.name for field in msgspec.structs.fields(kind) if field.required]

    def read(value: Any, spot: Spot) -> S:
        if not isinstance(value, dict):
            raise fields.wrong_type(value, spot, "a table", f"[{spot.name}] and its keys below")
        for key in needed:
            if key not in value:
                message = f"`{spot.name}` needs `{key}`"
                raise spot.wrong("missing-key", message, f"add {key} = … to [{spot.name}]", on="key")
        found = {}
        for key, content in value.items():
            here = spot.at(key)
            try:
                found[key] = _known(keys, here)(content, here)
            except Wrong as wrong:
                spot.problems.note(wrong)
                found[key] = None  # never used: a reading with an error gives no bindings
        return kind(**{key: content for key, content in found.items() if key in keys})

    return read


def _known(keys: Mapping[str, Field[Any]], spot: Spot) -> Field[Any]:
    key = str(spot.path[-1])
    if key in keys:
        return keys[key]
    hint = did_you_mean(key, keys) or f"known here: {listed(keys)}"
    raise spot.wrong("unknown-key", f"unknown key `{spot.name}`", hint, on="key")


def each(entry: Field[T], *, fold: bool = False, ids: bool = False) -> Field[dict[str, T]]:
    """A field that is a table of `entry` by a name of the user's. `fold`: the guide uses the name too."""

    def read(value: Any, spot: Spot) -> dict[str, T]:
        if not isinstance(value, dict):
            raise fields.wrong_type(value, spot, "a table", f"[{spot.name}] and its keys below")
        found: dict[str, T] = {}
        for key, content in value.items():
            here = spot.at(key)
            name = key.casefold() if fold else key
            try:
                _hold_name(name, here, found, ids=ids)
                found[name] = entry(content, here)
            except Wrong as wrong:
                spot.problems.note(wrong)
        return found

    return read


def _hold_name(name: str, spot: Spot, taken: Mapping[str, object], *, ids: bool) -> None:
    if name in taken:
        message = f"`{spot.name}` is there twice: upper and lower case are one here"
        raise spot.wrong("repeated", message, "keep one of them", on="key")
    if not name.strip() or (ids and _ID.fullmatch(name) is None):
        hint = "use letters, digits, `-`, `_` and `.`"
        raise spot.wrong("bad-id", f"`{spot.name}` is no name to refer to", hint, on="key")


_APPRISE = "an Apprise URL such as `mailto://ana@example.com` or `jsons://desk.example/hook`"
_PING = "an http(s) URL"

KEYS: dict[str, Field[Any]] = {
    "service": fields.text,
    "zone": fields.zone,
    "serve": table(Serve, {"listen": fields.loopback, "port": fields.whole(0, 65_535)}),
    "environments": each(
        table(
            EnvironmentBinding,
            {
                "url": urls.web_url,
                "metrics": urls.web_url,
                "every": fields.duration,
                "timeout": fields.duration,
                "failures": fields.whole(1, 100),
                "private": fields.flag,
            },
        ),
        fold=True,
    ),
    "signals": each(fields.promql),
    "severities": each(fields.name, fold=True),
    "paging": table(Paging, {"severities": fields.words(fields.name)}),
    "people": each(
        table(Person, {"name": fields.text, "channels": fields.words(fields.text)}), fold=True, ids=True
    ),
    "teams": each(table(Team, {"members": fields.words(fields.name)}), fold=True, ids=True),
    "channels": each(table(Channel, {"url": urls.secret_url(_APPRISE)}), ids=True),
    "heartbeat": table(
        Heartbeat, {"url": urls.secret_url(_PING, ("http", "https")), "every": fields.duration}
    ),
    "limits": each(fields.limit),
}
"""Every key of the file and how it is read. One table, so that nothing is read that is not checked."""

_ROOT = table(Bindings, KEYS)


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
    bindings = _ROOT(raw, problems.spot())
    hold_relations(raw, problems)
    found = problems.all()
    return (None if any(entry.level == "error" for entry in found) else bindings), found


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
