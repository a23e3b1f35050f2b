"""Label sets: sorted pairs, so that equal sets are equal, hash alike and sort as Prometheus sorts them."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""(name, value) in the order of the names. A label without a value is no label and does not stand here."""

NAME = "__name__"
EMPTY: Labels = ()


def of(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> Labels:
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tuple(sorted((name, value) for name, value in items if value))


def get(labels: Labels, name: str) -> str:
    """The label's value, "" where it is absent."""
    for key, value in labels:
        if key == name:
            return value
    return ""


def only(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] in names)


def without(labels: Labels, names: Collection[str]) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in names)


def without_name(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != NAME)


def replaced(labels: Labels, name: str, value: str) -> Labels:
    """With the label set to the value; an empty value removes it."""
    return of((*without(labels, (name,)), (name, value)))


def text(labels: Labels) -> str:
    """`{job="api", le="+Inf"}`, as errors show it."""
    return "{" + ", ".join(f"{name}={quoted(value)}" for name, value in labels) + "}"


def quoted(value: str) -> str:
    """In double quotes, with the escapes that Go's %q writes for text."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    escaped = escaped.replace("\r", "\\r")
    return '"' + "".join(char if char.isprintable() else _escape(char) for char in escaped) + '"'


def sayable(text: str) -> str:
    """Text that JSON and a disk can hold: bytes that are no UTF-8 become U+FFFD, as in Go's JSON."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
