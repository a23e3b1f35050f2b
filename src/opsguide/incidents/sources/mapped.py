"""JSON of any shape, by a mapping of JMESPath expressions (jmespath.org), and CloudEvents whose data is mapped so."""

import base64
from collections.abc import Mapping
from typing import Any

import jmespath
import msgspec

from ...guide.bindings import Source, SourceMap
from .told import MOST_AT_ONCE, Happening, Told, Unreadable

OVER = frozenset({"resolved", "ok", "over", "recovered", "closed", "up", "healthy", "success", "false", "0"})
"""Words that say that it is over, where the mapping names none."""


def read(body: bytes, source: Source) -> list[Told]:
    """Raises Unreadable."""
    return _mapped(_json(body), source.map or SourceMap(key="key"))


def _json(body: bytes) -> Any:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    return found


def _mapped(document: Any, how: SourceMap, more: Mapping[str, str] | None = None) -> list[Told]:
    entries = [document]
    if how.each:
        entries = _search(how.each, document)
        if not isinstance(entries, list):
            raise Unreadable(f"`{how.each}` is no list in it")
    if len(entries) > MOST_AT_ONCE:
        raise Unreadable(f"{len(entries)} at once are more than {MOST_AT_ONCE}")
    return [_told(entry, how, more or {}) for entry in entries]


def _told(entry: Any, how: SourceMap, more: Mapping[str, str]) -> Told:
    key = _text(entry, how.key)
    if not key:
        raise Unreadable(f"`{how.key}`, its key, is not in it")
    labels = (_search(how.labels, entry) if how.labels else None) or {}
    if not isinstance(labels, dict):
        raise Unreadable(f"`{how.labels}` is no object in it")
    plain = {
        name: _word(value) for name, value in labels.items() if isinstance(value, str | int | float | bool)
    }
    return Told(
        key=key,
        happened=_happened(_text(entry, how.state), how),
        title=_text(entry, how.title) or key,
        reason=_text(entry, how.reason),
        severity=_text(entry, how.severity) or None,
        condition=_text(entry, how.condition),
        labels={**more, **plain},
        runbook=_text(entry, how.runbook),
    )


def _happened(state: str, how: SourceMap) -> Happening:
    over = {word.casefold() for word in how.over} or OVER
    return "over" if state.casefold() in over else "begun"


def _text(entry: Any, expression: str) -> str:
    """What is found as a text; "" for nothing, and for what is no text, number or truth."""
    return _word(_search(expression, entry)) if expression else ""


def _word(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else ""


def _search(expression: str, document: Any) -> Any:
    try:
        return jmespath.search(expression, document)
    except jmespath.exceptions.JMESPathError as error:
        raise Unreadable(f"`{expression}` cannot be applied: {str(error).splitlines()[0]}") from None


def cloudevent(body: bytes, source: Source, headers: Mapping[str, str]) -> list[Told]:
    """CloudEvents 1.0 over HTTP (cloudevents.io): attributes in `ce-…` headers, or all of it one JSON object.

    Without a mapping, the attributes `source` and `subject` are the key, `type` says what happened (a last word such
    as `resolved` or `recovered` means that it is over), and the data may bring `title`, `reason` and `severity`.
    """
    if headers.get("content-type", "").startswith("application/cloudevents+json"):
        event = _json(body)
        if not isinstance(event, dict):
            raise Unreadable("a CloudEvent is an object")
        attributes = {
            name: _word(value) for name, value in event.items() if name not in ("data", "data_base64")
        }
        data = event.get("data")
        if data is None and isinstance(event.get("data_base64"), str):
            data = _json(_unpacked(event["data_base64"]))
    else:
        attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
        data = _json(body) if body else {}
    missing = [name for name in ("id", "source", "type", "specversion") if not attributes.get(name)]
    if missing:
        raise Unreadable(f"a CloudEvent needs {', '.join(missing)}")
    if not attributes["specversion"].startswith("1."):
        raise Unreadable(f"CloudEvents {attributes['specversion']} is not read, 1.0 is")
    return _of_event(attributes, data, source)


def _unpacked(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except ValueError:
        raise Unreadable("`data_base64` is no base64") from None


def _of_event(attributes: Mapping[str, str], data: Any, source: Source) -> list[Told]:
    labels = {"ce_source": attributes["source"], "ce_type": attributes["type"]}
    if source.map is not None:
        return _mapped({**attributes, "data": data}, source.map, labels)
    said = data if isinstance(data, dict) else {}
    subject = attributes.get("subject", "")
    last = attributes["type"].rpartition(".")[2]
    return [
        Told(
            key=f"{attributes['source']} {subject}".strip(),
            happened="over" if last.casefold() in OVER else "begun",
            title=_word(said.get("title")) or subject or attributes["type"],
            reason=_word(said.get("reason")),
            severity=_word(said.get("severity")) or None,
            labels=labels,
            runbook=_word(said.get("runbook")),
        )
    ]
