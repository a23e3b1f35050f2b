"""Who there is to act as, until there are accounts: the people of the bindings, with their names."""

from collections.abc import Mapping
from functools import lru_cache

from ..guide.bindings import Bindings, read_bindings
from .console import Console


def people(console: Console) -> Mapping[str, str]:
    """Person's id → name. Names are personal: they stand in the bindings' text, not in what is on the chain."""
    return names_in(console.guide.bindings_text)


@lru_cache(maxsize=4)
def names_in(text: str) -> Mapping[str, str]:
    """The same of the text of bindings; none once it was erased."""
    return {person: bound.name or person for person, bound in _parsed(text).people.items()}


def bound(console: Console) -> Bindings:
    """The bindings with what is personal, and with addresses; none once their text was erased."""
    return _parsed(console.guide.bindings_text)


@lru_cache(maxsize=4)
def _parsed(text: str) -> Bindings:
    bindings, _ = read_bindings(text)
    return bindings or Bindings()
