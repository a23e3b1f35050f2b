"""A reader: one rule that turns what a scene says into drafts of promises. Chapters offer them in their `spec.py`."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from ..kernel.promise import Control, Keeper
from .scene import Column, Item, Scene
from .statements import Statement
from .values import AnyValues

Key: TypeAlias = tuple[int, int, int]


class Draft(Struct, frozen=True, kw_only=True):
    """A promise before it has its id. `name` are the parts of the id after the keeper, from meaning only.

    `items` are the statements it is read from, the first one its place; `uses` the quantities it has read, so that
    nobody reads them again; `qualifier` tells it from another of the same name (`scope`, the text of a label).
    """

    keeper: Keeper
    control: Control
    name: tuple[str, ...]
    values: AnyValues
    items: tuple[Item, ...]
    uses: frozenset[Key] = frozenset()
    qualifier: str = ""
    extra: tuple[Statement, ...] = ()


Rule: TypeAlias = Callable[[Scene], Iterator[Draft]]


class Reader(Struct, frozen=True):
    """A rule and when it runs. A `fallback` sees only the statements that no other reader could make use of."""

    rule: Rule
    fallback: bool = False


Readers: TypeAlias = tuple[Reader, ...]

__all__ = ["Column", "Draft", "Item", "Key", "Reader", "Readers", "Rule", "Scene"]
