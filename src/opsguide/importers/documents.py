"""Files as the tools' REST APIs answer: JSON documents, one or several a file (pages after each other)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..kernel.errors import ImportFailed

MAX_BYTES = 50_000_000
_TOOLS = re.compile("^(PagerDuty|Opsgenie|OnCall)")

T = TypeVar("T")


def load(path: Path) -> str:
    """The text of an export. Raises ImportFailed."""
    where = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise ImportFailed(f"cannot be read: {reason}", where=where, hint="check the path") from None
    if len(raw) > MAX_BYTES:
        raise ImportFailed(
            f"is larger than {MAX_BYTES // 10**6} MB",
            where=where,
            hint="export only users, schedules and policies",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailed("is not UTF-8 text", where=where, hint="save it as UTF-8") from None


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


def typed(items: Iterable[Any], kind: type[T], where: str) -> list[T]:
    """Each item as `kind`. Raises ImportFailed, which names the field and what it should be."""
    found = []
    for place, item in enumerate(items):
        try:
            found.append(msgspec.convert(item, kind))
        except (msgspec.ValidationError, RecursionError, UnicodeEncodeError) as error:
            name = " ".join(re.findall("[A-Z][a-z]+", _TOOLS.sub("", kind.__name__))).lower()
            said = str(error).replace("`$", "`").replace("`.", "`")
            raise ImportFailed(
                f"{name} {place + 1} is not as the API gives it: {said}",
                where=where,
                hint="is it an export of the tool that the command names, whole and unedited?",
            ) from None
    return found


def items(document: Mapping[str, Any], many: str, one: str = "") -> list[Any]:
    """What stands in a list under `many`, or alone under `one`."""
    found = document.get(many)
    if isinstance(found, list):
        return found
    alone = document.get(one) if one else None
    return [alone] if isinstance(alone, dict) else []
