"""What an answer must be: the checks of `expect`. Each gives why it is not so, or ""."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import re2  # type: ignore[import-untyped]

from ...guide.bindings import Expect

MOST_CHARACTERS = 60
"""So much of what was seen stands in a reason."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


def of_http(expect: Expect, status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Why an answer over HTTP is not what is expected."""
    if not fits_status(expect.status, status):
        return f"it answered {status}"
    for name, text in expect.headers.items():
        found = headers.get(name)
        if found is None:
            return f"the header {name} is missing"
        if text.casefold() not in found.casefold():
            return f"the header {name} is {_short(found)}, without {_short(text)}"
    return of_text(expect, body) or (_of_json(expect.json, body) if expect.json else "")


def fits_status(wanted: Iterable[str], status: int) -> bool:
    """`200`, `2xx`, `301-308`; where nothing is said, below 400."""
    spans = [_span(one) for one in wanted]
    return any(low <= status <= high for low, high in spans) if spans else status < 400


def _span(written: str) -> tuple[int, int]:
    if written.endswith("xx"):
        return int(written[0]) * 100, int(written[0]) * 100 + 99
    low, _, high = written.partition("-")
    return int(low), int(high or low)


def of_text(expect: Expect, body: bytes) -> str:
    """Why a text is not what is expected; what is read over TCP, too."""
    if expect.contains is None and expect.matches is None:
        return ""
    text = body.decode(errors="replace")
    if expect.contains is not None and expect.contains not in text:
        return f"the answer does not contain {_short(expect.contains)}"
    if expect.matches is not None and re2.search(expect.matches, text, options=_OPTIONS) is None:
        return f"the answer does not match {_short(expect.matches)}"
    return ""


def _of_json(wanted: Mapping[str, Any], body: bytes) -> str:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "the answer is no JSON"
    for pointer, value in wanted.items():
        try:
            found = pointed(content, pointer)
        except LookupError:
            return f"the answer has nothing at {pointer}"
        # In JSON true is no 1, in Python it is.
        if found != value or isinstance(found, bool) != isinstance(value, bool):
            return f"{pointer} is {_short(json.dumps(found))}, not {json.dumps(value)}"
    return ""


def pointed(content: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; a leading slash may be left out. Raises LookupError."""
    if pointer in ("", "/"):
        return content
    for part in pointer.removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(content, list) and re.fullmatch(r"0|[1-9]\d*", key):
            content = content[int(key)]
        elif isinstance(content, dict):
            content = content[key]
        else:
            raise LookupError(pointer)
    return content


def of_records(expect: Expect, records: Iterable[str]) -> str:
    """Why what the DNS answers is not what is expected: all of it, in any order and case."""
    if not expect.answers:
        return ""
    found = {_record(one): one for one in records}
    wanted = {_record(one): one for one in expect.answers}
    missing = [wanted[key] for key in wanted.keys() - found.keys()]
    if missing:
        return f"{', '.join(sorted(missing))} is not among the answers: {_short(', '.join(found.values()))}"
    others = [found[key] for key in found.keys() - wanted.keys()]
    return f"{', '.join(sorted(others))} is answered, and not expected" if others else ""


def _record(text: str) -> str:
    return text.strip().rstrip(".").strip('"').casefold()


def _short(text: str) -> str:
    """Some of a text, in quotes, on one line."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + '…'}”"
