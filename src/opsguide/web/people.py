"""Who there is: the people of the bindings, and the accounts that act for none of them, with their names."""

from collections.abc import Mapping
from functools import lru_cache

from ..guide.bindings import Bindings, adopted_bindings
from .console import Console


def people(console: Console) -> Mapping[str, str]:
    """Id → name. Names are personal: they stand in the bindings' text and in the accounts, not on the chain."""
    accounts = console.accounts()
    bound = names_in(console.guide.bindings_text)
    return {**accounts, **bound} if accounts else bound


@lru_cache(maxsize=4)
def names_in(text: str) -> Mapping[str, str]:
    """The same of the text of bindings; none once it was erased."""
    return {person: bound.name or person for person, bound in adopted_bindings(text).people.items()}


def bound(console: Console) -> Bindings:
    """The bindings with what is personal, and with addresses; none once their text was erased."""
    return adopted_bindings(console.guide.bindings_text)
