"""What can be found around a guide: where its service may be, who works on it. Suggestions, each with its source."""

from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class Guess(Struct, frozen=True):
    """A value with where it comes from. `sure`: it was seen to be so, and may be written without asking."""

    value: str
    source: str
    sure: bool = True


class Somebody(Struct, frozen=True, kw_only=True):
    """A person who works on the repository: an id to refer to, a name, a login at the forge."""

    id: str
    name: str = ""
    forge: str = ""


class FoundDatabase(Struct, frozen=True, kw_only=True):
    """A database of a Compose file; `variable` holds its URL in some service there."""

    id: str
    kind: str
    variable: str = ""
    source: str


class Port(Struct, frozen=True, kw_only=True):
    """A port that a Compose file publishes on this machine."""

    service: str
    number: int
    source: str


class Found(Struct, kw_only=True):
    """All of it. `notes` say what was looked at in vain, or could not be read."""

    service: Guess | None = None
    repository: Guess | None = None
    zone: Guess | None = None
    people: tuple[Somebody, ...] = ()
    databases: tuple[FoundDatabase, ...] = ()
    ports: tuple[Port, ...] = ()
    urls: tuple[Guess, ...] = ()
    metrics: tuple[Guess, ...] = ()
    notes: tuple[str, ...] = ()
