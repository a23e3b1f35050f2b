"""What a field of opsguide.toml is, and the tables and lists that are made of fields.

A field reads one value and says in the same place what an editor may know of it (JSON Schema): so that the reader
and the published schema cannot drift apart.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from ..wording import did_you_mean, listed
from .problems import Spot, Wrong

S = TypeVar("S", bound=Struct)
T = TypeVar("T")
Schema: TypeAlias = dict[str, Any]

_ID = r"\w[\w.-]*"
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


class Field(Generic[T]):
    """Gives the typed value of what stands at a spot, or raises Wrong. `schema` accepts all that it reads."""

    def __init__(self, read: Callable[[Any, Spot], T], schema: Schema) -> None:
        self._read = read
        self.schema = schema

    def __call__(self, value: Any, spot: Spot) -> T:
        return self._read(value, spot)

    def means(self, meaning: str) -> "Field[T]":
        """The same field, with what it is for: editors show it, and so do the files that `init` writes."""
        return Field(self._read, {"description": meaning, **self.schema})


def field(**schema: Any) -> Callable[[Callable[[Any, Spot], T]], Field[T]]:
    """Makes a function a field, with its schema."""
    return lambda read: Field(read, schema)


def wrong_type(value: object, spot: Spot, expected: str, example: str) -> Wrong:
    found = _TYPES.get(type(value), "a date or time")
    message = f"`{spot.name}` must be {expected}, this is {found}"
    return spot.wrong("wrong-type", message, f"write {example}")


def table(kind: type[S], keys: Mapping[str, Field[Any]]) -> Field[S]:
    """A table with known keys. A key without a default in `kind` must be there."""
    needed = [found.name for found in msgspec.structs.fields(kind) if found.required]
    defaults = {found.name: found.default for found in msgspec.structs.fields(kind)}

    def read(value: Any, spot: Spot) -> S:
        hold_table(value, spot)
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

    properties = {key: entry.schema | _default(defaults[key]) for key, entry in keys.items()}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return Field(read, schema | ({"required": needed} if needed else {}))


def either(plain: Field[T], own: Field[S]) -> Field[T | S]:
    """A plain value, or a table with more to say."""
    return Field(
        lambda value, spot: own(value, spot) if isinstance(value, dict) else plain(value, spot),
        {"anyOf": [plain.schema, own.schema]},
    )


def hold_table(value: Any, spot: Spot) -> None:
    if not isinstance(value, dict):
        raise wrong_type(value, spot, "a table", f"[{spot.name}] and its keys below")


def _default(value: object) -> Schema:
    """The default as it is written in the file: numbers with a fraction are durations in seconds."""
    if isinstance(value, bool | int) or (isinstance(value, str) and value):
        return {"default": value}
    return {"default": f"{value:g}s"} if isinstance(value, float) else {}


def _known(keys: Mapping[str, Field[Any]], spot: Spot) -> Field[Any]:
    key = str(spot.path[-1])
    if key in keys:
        return keys[key]
    hint = did_you_mean(key, keys) or f"known here: {listed(keys)}"
    raise spot.wrong("unknown-key", f"unknown key `{spot.name}`", hint, on="key")


def each(
    entry: Field[T], *, fold: bool = False, ids: bool = False, among: Collection[str] = ()
) -> Field[dict[str, T]]:
    """A table of `entry` by a name of the user's. `fold`: the guide uses the name too, in any case.

    `ids`: a name that other texts refer to by itself; `among`: the only names there are.
    """

    def read(value: Any, spot: Spot) -> dict[str, T]:
        hold_table(value, spot)
        found: dict[str, T] = {}
        for key, content in value.items():
            here = spot.at(key)
            name = key.casefold() if fold else key
            try:
                if among:
                    _known(dict.fromkeys(among, entry), here)
                _hold_name(name, here, found, ids=ids)
                found[name] = entry(content, here)
            except Wrong as wrong:
                spot.problems.note(wrong)
        return found

    names: Schema = {"enum": list(among)} if among else {"pattern": rf"^{_ID}$" if ids else r"\S"}
    return Field(read, {"type": "object", "propertyNames": names, "additionalProperties": entry.schema})


def _hold_name(name: str, spot: Spot, taken: Mapping[str, object], *, ids: bool) -> None:
    if name in taken:
        message = f"`{spot.name}` is there twice: upper and lower case are one here"
        raise spot.wrong("repeated", message, "keep one of them", on="key")
    if not name.strip() or (ids and re.fullmatch(_ID, name) is None):
        hint = "use letters, digits, `-`, `_` and `.`"
        raise spot.wrong("bad-id", f"`{spot.name}` is no name to refer to", hint, on="key")


def several(entry: Field[T], *, unique: bool = True, at_least_one: str = "") -> Field[tuple[T, ...]]:
    """A list of `entry`; `unique`: without repeats; `at_least_one`: may not be empty, with this hint."""

    def read(value: Any, spot: Spot) -> tuple[T, ...]:
        if not isinstance(value, list):
            written = f'"{value}"' if isinstance(value, str) else '"…"'
            raise wrong_type(value, spot, "a list", f"{spot.path[-1]} = [{written}]")
        if at_least_one and not value:
            raise spot.wrong("empty", f"`{spot.name}` is empty", at_least_one)
        found: list[T] = []
        for index, item in enumerate(value):
            here = spot.at(index)
            try:
                one = entry(item, here)
            except Wrong as wrong:
                spot.problems.note(wrong)
                continue
            if unique and one in found:
                message = f"`{item}` stands twice in `{spot.name}`"
                spot.problems.note(here.wrong("repeated", message, "delete one of them"))
            found.append(one)
        return tuple(found)

    schema: Schema = {"type": "array", "items": entry.schema}
    if unique:
        schema["uniqueItems"] = True
    if at_least_one:
        schema["minItems"] = 1
    return Field(read, schema)
