"""The bindings that are being written: what is bound, what was left out, and both as a commented file."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..bindings import SCHEMA_FILE, Bindings, check_against, read_bindings
from ..bindings.keys import NOTHING_USES, NOTHING_USES_OF_PEOPLE, ROOT
from ..bindings.problems import quoted
from ..bindings.writing import toml
from ..promise import Promise, Reading
from ..wording import plural
from .needs import Key, Value, told_lines

_ORDER = (
    *("service", "repository", "zone", "environments", "signals", "scopes", "limits", "severities"),
    *("teams", "people", "channels", "databases", "vitals"),
)
_WIDTH = 96


class Draft:
    """`bound` goes by key; `left` are keys without a value, with what they may look like."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.bound: dict[Key, Value] = {}
        self.left: dict[Key, Value] = {}
        self.sources: dict[Key, str] = {}
        self.lines: dict[Key, tuple[Promise, ...]] = {}

    def complaint(self, changes: Mapping[Key, Value]) -> str:
        """What is wrong with these values, in the words of `check`; empty if nothing is."""
        text = _plain({**self.bound, **changes})
        bindings, found = read_bindings(text)
        if bindings is not None:
            found = check_against(self._reading, bindings, text=text)
        wrong = next((one for one in found if one.level == "error"), None)
        return "" if wrong is None else f"{wrong.message}; {wrong.hint}" if wrong.hint else wrong.message

    def bind(self, changes: Mapping[Key, Value], key: Key, source: str = "") -> None:
        """Values of which `complaint` says nothing; `source` is where that of `key` comes from."""
        self.bound |= changes
        if source:
            self.sources[key] = source

    def leave(self, key: Key, example: Value, source: str = "") -> None:
        """A key for later."""
        self.left[key] = example
        if source:
            self.sources[key] = source

    def bindings(self) -> Bindings:
        found, _ = read_bindings(_plain(self.bound))
        assert found is not None
        return found

    def document(self, guide: str) -> str:
        """The file: every key with what it is for, where its value comes from, and the lines that it binds."""
        return "\n".join([*_head(guide), *self._body()]).rstrip() + "\n"

    def _body(self) -> Iterator[str]:
        tables: dict[Key, list[Key]] = {}
        for key in sorted({**self.bound, **self.left}, key=lambda key: _ORDER.index(key[0])):
            tables.setdefault(key[:-1], []).append(key)
        for table, keys in tables.items():
            if table:
                yield ("" if any(key in self.bound for key in keys) else "#") + f"[{_dotted(table)}]"
            said = ""
            for key in keys:
                meaning = _meaning(key)
                yield from self._key(key, "" if meaning == said else meaning)
                said = meaning
                if not table:
                    yield ""
            if table:
                yield ""

    def _key(self, key: Key, meaning: str) -> Iterator[str]:
        source = f"from {self.sources[key]}" if key in self.sources else ""
        about = [said for said in (meaning, source, "used by nothing yet" if _is_unused(key) else "") if said]
        if about:
            yield from _comment("; ".join(about))
        is_bound = key in self.bound
        value = self.bound[key] if is_bound else self.left[key]
        yield f"{'' if is_bound else '#'}{quoted(key[-1])} = {toml(value)}"
        promises = self.lines.get(key, ())
        if promises:
            yield f"#   needed by {plural(len(promises), 'promise')}:"
            yield from (f"#   {line}" for line in told_lines(promises))


def _head(guide: str) -> list[str]:
    return [
        f"#:schema ./{SCHEMA_FILE}",
        "",
        f"# Where the things are that {guide} promises something about. Written by `opsguide init`, yours to edit.",
        "# A key behind # is not bound. To bind it fill it in, and take its # away and that of its table.",
        "",
    ]


def _plain(values: Mapping[Key, Value]) -> str:
    """TOML to be read: a line a key, dotted from the top."""
    return "\n".join(f"{_dotted(key)} = {toml(value)}" for key, value in values.items())


def _dotted(key: Sequence[str]) -> str:
    return ".".join(map(quoted, key))


def _meaning(key: Key) -> str:
    """What the key is for, as its schema says."""
    schema: dict[str, Any] = ROOT.schema
    for part in key:
        schema = schema.get("properties", {}).get(part) or schema.get("additionalProperties") or {}
    return str(schema.get("description", ""))


def _is_unused(key: Key) -> bool:
    return key[0] in NOTHING_USES or (key[0] == "people" and key[-1] in NOTHING_USES_OF_PEOPLE)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
