"""Where each key and value of a TOML text stands, so that an error can point at it.

tomllib tells values without places. This scan assumes a text that tomllib has accepted, and so stays small.
"""

import re
import tomllib
from bisect import bisect_right
from typing import TypeAlias

from msgspec import Struct

Path: TypeAlias = tuple[str | int, ...]
"""From the top: keys of tables, and indexes (from 0) into arrays."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"
_LONG_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' + r"|'''.*?'{3,5}(?!')", re.DOTALL)
_ONE_STRING = re.compile(_STRING)
_KEY_PART = re.compile(rf"[A-Za-z0-9_-]+|{_STRING}")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_OPEN_TABLE = re.compile(r"\[\[?[ \t]*")
_CLOSE_TABLE = re.compile(r"[ \t]*\]\]?")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SCALAR = re.compile(r"[^,\]}#\n]*")


class Place(Struct, frozen=True):
    """A stretch of one line, 1-based, `end_column` exclusive."""

    line: int
    column: int
    end_column: int


class Places:
    """`key(path)` and `value(path)`; a path that the text does not hold stands where its table does."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._keys: dict[Path, tuple[int, int]] = {}
        self._values: dict[Path, tuple[int, int]] = {}
        self._lengths: dict[Path, int] = {}  # of arrays of tables, so far
        self._scan()

    def key(self, path: Path) -> Place:
        return self._place(self._keys, path)

    def value(self, path: Path) -> Place:
        return self._place(self._values, path)

    def _place(self, where: dict[Path, tuple[int, int]], path: Path) -> Place:
        found = where.get(path)
        while found is None and path:
            found, path = self._keys.get(path), path[:-1]
        start, end = found or (0, 0)
        line = bisect_right(self._starts, start)
        column = start - self._starts[line - 1] + 1
        stop = self._text.find("\n", start, end)  # a value over several lines is shown by its first
        return Place(line, column, column + (end if stop < 0 else stop) - start)

    def _scan(self) -> None:
        table: Path = ()
        at = self._skip(0)
        while at < len(self._text):
            if self._text[at] == "[":
                table, at = self._header(at)
                at = _end(_CLOSE_TABLE.match(self._text, at), at)
            else:
                at = self._pair(at, table)
            at = self._skip(at)

    def _skip(self, at: int) -> int:
        return _end(_BLANK.match(self._text, at), at)

    def _header(self, at: int) -> tuple[Path, int]:
        """What a line `[a.b]` or `[[a.b]]` opens, and where its key ends: within an array its last entry is meant."""
        is_array = self._text.startswith("[[", at)
        parts, end = self._parts(_end(_OPEN_TABLE.match(self._text, at), at))
        path: Path = ()
        for place, (part, span) in enumerate(parts, 1):
            path = (*path, part)
            self._keys.setdefault(path, span)
            if is_array and place == len(parts):
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
                self._keys.setdefault(path, span)
        return path, end

    def _parts(self, at: int) -> tuple[list[tuple[str, tuple[int, int]]], int]:
        """A dotted key: its parts with where each stands, and where it ends."""
        parts = []
        while (part := _KEY_PART.match(self._text, at)) is not None:
            parts.append((_unquoted(part[0]), part.span()))
            dot = _DOT.match(self._text, part.end())
            if dot is None:
                return parts, part.end()
            at = dot.end()
        return parts, at + 1  # no key where one must be: step on, so that no text can hold the scan

    def _key(self, at: int, path: Path) -> tuple[Path, int]:
        """A dotted key below `path`, noted part by part: (the whole path, where it ends)."""
        parts, end = self._parts(at)
        for part, span in parts:
            path = (*path, part)
            self._keys.setdefault(path, span)
        return path, end

    def _pair(self, at: int, table: Path) -> int:
        path, at = self._key(at, table)
        return self._value(_end(_EQUALS.match(self._text, at), at), path)

    def _value(self, at: int, path: Path) -> int:
        if self._text.startswith("[", at):
            end = self._array(at + 1, path)
        elif self._text.startswith("{", at):
            end = self._inline(at + 1, path)
        else:
            text = _LONG_STRING.match(self._text, at) or _ONE_STRING.match(self._text, at)
            scalar = text or _SCALAR.match(self._text, at)
            end = at + len(scalar[0].rstrip()) if scalar else at
        self._values.setdefault(path, (at, end))
        return end

    def _array(self, at: int, path: Path) -> int:
        index = 0
        at = self._skip(at)
        while at < len(self._text) and self._text[at] != "]":
            at = self._skip(self._value(at, (*path, index)))
            if self._text.startswith(",", at):
                index, at = index + 1, self._skip(at + 1)
        return at + 1

    def _inline(self, at: int, path: Path) -> int:
        at = self._skip(at)
        while at < len(self._text) and self._text[at] != "}":
            at = self._skip(self._pair(at, path))
            if self._text.startswith(",", at):
                at = self._skip(at + 1)
        return at + 1


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _unquoted(part: str) -> str:
    """A key as TOML means it: `"a.b"` is one key. tomllib knows the escapes."""
    return str(tomllib.loads(f"key = {part}")["key"]) if part[0] in "\"'" else part
