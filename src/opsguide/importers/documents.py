"""Files as the tools' REST APIs answer: JSON documents, one or several a file (pages after each other)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from ..guide.files import fetch
from ..kernel.errors import ImportFailed
from .model import Note

MAX_BYTES = 50_000_000
LONGEST_KEY = 60
_TOOLS = re.compile("^(PagerDuty|Opsgenie|OnCall)")

T = TypeVar("T", bound=Struct)


def load(path: Path) -> str:
    """The text of an export. Raises ImportFailed."""
    large = f"is larger than {MAX_BYTES // 10**6} MB"
    raw = fetch(path, MAX_BYTES, ImportFailed, large=large, hint="export only users, schedules and policies")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailed("is not UTF-8 text", where=str(path), hint="save it as UTF-8") from None


def documents(text: str, where: str) -> Iterator[dict[str, Any]]:
    """Every JSON object at the top of a file; a list of them counts as each. Raises ImportFailed with its place."""
    decoder, at = json.JSONDecoder(), 0
    hint = "save the answer of the API as it comes, such as `curl … > users.json`"
    while (start := _skip(text, at)) < len(text):
        try:
            found, at = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            place = f"{where}:{error.lineno}:{error.colno}"
            raise ImportFailed(f"this is no JSON: {error.msg}", where=place, hint=hint) from None
        except (RecursionError, ValueError):
            raise ImportFailed("cannot be read: it nests too deeply", where=where, hint=hint) from None
        for one in found if isinstance(found, list) else [found]:
            if not isinstance(one, dict):
                raise ImportFailed("holds no object of an API", where=where, hint=hint)
            yield one


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def typed(items: Iterable[Any], kind: type[T], where: str, notes: list[Note]) -> list[T]:
    """Each item as `kind`. Notes the keys that are not read; raises ImportFailed, which names a field that is wrong."""
    found, left = [], dict[str, None]()
    name = " ".join(re.findall("[A-Z][a-z]+", _TOOLS.sub("", kind.__name__))).lower()
    for place, item in enumerate(items):
        try:
            found.append(msgspec.convert(item, kind))
        except (msgspec.ValidationError, RecursionError, UnicodeEncodeError) as error:
            said = str(error).replace("`$", "`").replace("`.", "`")
            raise ImportFailed(
                f"{name} {place + 1} is not as the API gives it: {said}",
                where=where,
                hint="is it an export of the tool that the command names, whole and unedited?",
            ) from None
        left.update(dict.fromkeys(_left(item, kind)))
    note_left(f"each {name}", left, notes)
    return found


def note_left(about: str, keys: Iterable[str], notes: list[Note]) -> None:
    """That these keys are not read; nothing where there are none."""
    named = sorted(key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]}…" for key in keys)
    if named:
        notes.append(Note("left", about, ", ".join(f"`{key}`" for key in named)))


def _left(item: Any, kind: Any) -> Iterator[str]:
    """Keys, dotted, that hold something and are no field."""
    if isinstance(item, list):
        for one in item:
            yield from _left(one, kind)
    elif isinstance(item, dict) and kind is not None:
        known = {field.encode_name: field.type for field in fields(kind)}
        for key, value in item.items():
            if key in known:
                yield from (f"{key}.{inner}" for inner in _left(value, next(_structs(known[key]), None)))
            elif not is_empty(value):
                yield key


def _structs(kind: Any) -> Iterator[type[Struct]]:
    """The structs that an annotation is made of."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for inner in get_args(kind):
        yield from _structs(inner)


def is_empty(value: Any) -> bool:
    """Whether leaving it out loses nothing."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def items(document: Mapping[str, Any], many: str, one: str = "") -> list[Any]:
    """What stands in a list under `many`, or alone under `one`."""
    found = document.get(many)
    if isinstance(found, list):
        return found
    alone = document.get(one) if one else None
    return [alone] if isinstance(alone, dict) else []
