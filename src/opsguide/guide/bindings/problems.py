"""Collects what is wrong with the bindings: every error at once, each with its place and a way out."""

from typing import Literal

from msgspec import Struct

from ..promise import Diagnostic
from .places import Path, Places


class Wrong(Exception):
    """A value that cannot be read; the table around it notes the diagnostic and reads on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Problems:
    """What was found so far. `where` is the file's name, for hints that say what to add to it."""

    def __init__(self, text: str, where: str) -> None:
        self.places = Places(text)
        self.where = where
        self._found: list[Diagnostic] = []

    def spot(self, *path: str | int) -> "Spot":
        return Spot(path=path, problems=self)

    def note(self, wrong: Wrong) -> None:
        self._found.append(wrong.diagnostic)

    def all(self) -> tuple[Diagnostic, ...]:
        """In the order of the text."""
        return tuple(sorted(self._found, key=lambda found: (found.line, found.column, found.message)))


class Spot(Struct, frozen=True, kw_only=True):
    """A place in the bindings that is being read."""

    path: Path
    problems: Problems

    def at(self, key: str | int) -> "Spot":
        return Spot(path=(*self.path, key), problems=self.problems)

    @property
    def name(self) -> str:
        """The path as TOML writes it: `people.ana.channels`, the index of a list left out."""
        return ".".join(quoted(part) for part in self.path if isinstance(part, str))

    def wrong(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        on: Literal["key", "value"] = "value",
        level: Literal["error", "warning", "note"] = "error",
    ) -> Wrong:
        """The error to raise, or to note where reading can go on."""
        places = self.problems.places
        place = places.key(self.path) if on == "key" else places.value(self.path)
        found = Diagnostic(
            level=level,
            code=code,
            message=message,
            line=place.line,
            column=place.column,
            end_column=place.end_column,
            hint=hint,
        )
        return Wrong(found)


def quoted(key: str) -> str:
    """A key as TOML wants it: bare where it may be, else in quotes."""
    bare = bool(key) and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in key)
    return key if bare else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
