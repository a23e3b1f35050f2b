"""Bodies held to what they are read as: no 0 for false, no text for a number, no key that nothing reads.

Litestar takes forms and JSON alike and converts what it can; a program that sends something else wants to hear of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec
from litestar.exceptions import ValidationException
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from msgspec.structs import fields

from ...guide.wording import did_you_mean

_WHERE = re.compile(r" - at `\$(.*)`$")


def body_type(handler: HTTPRouteHandler) -> type[Struct] | None:
    """As what a handler reads its body."""
    taken = handler.parsed_fn_signature.parameters.get("data")
    return next(structs(taken.annotation), None) if taken is not None else None


def check(body: bytes, kind: type[Struct]) -> None:
    """Raises ValidationException, which names every key that is wrong. What is no JSON object is refused elsewhere."""
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return
    found = _wrong(_as_json_counts(sent), kind, "") if isinstance(sent, dict) else ()
    wrong = [{"key": key, "message": said, "source": "body"} for key, said in found]
    if wrong:
        raise ValidationException(detail="the body does not fit", extra=wrong)


def _as_json_counts(sent: Any) -> Any:
    """JSON knows one kind of number: 28.0 is a whole one."""
    match sent:
        case float() if sent.is_integer():
            return int(sent)
        case dict():
            return {key: _as_json_counts(value) for key, value in sent.items()}
        case list():
            return [_as_json_counts(value) for value in sent]
    return sent


def _wrong(sent: Mapping[str, Any], kind: type[Struct], at: str) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with it) of an object, and of the objects in it."""
    known = {field.encode_name: field for field in fields(kind)}
    for key, value in sent.items():
        if key not in known:
            hint = did_you_mean(key, known) or f"known are {', '.join(known)}"
            yield at + key, f"there is no such key: {hint}"
        else:
            yield from _mistyped(value, known[key].type, at + key)
    yield from ((at + key, "is missing") for key, one in known.items() if one.required and key not in sent)


def _mistyped(value: Any, kind: Any, at: str) -> Iterator[tuple[str, str]]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        place = _WHERE.search(str(error))
        yield at + (place[1] if place else ""), _WHERE.sub("", str(error))
        return
    inner = next(structs(kind), None)
    if inner is not None and isinstance(value, dict):
        yield from _wrong(value, inner, f"{at}.")
    elif inner is not None and isinstance(value, list):
        for place_of, one in enumerate(value):
            yield from _wrong(one, inner, f"{at}[{place_of}].")


def structs(kind: Any) -> Iterator[type[Struct]]:
    """The structs that an annotation is made of: itself, or what it is a list of, whatever limits it."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for inner in get_args(kind):
        yield from structs(inner)
