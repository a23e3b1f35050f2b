"""A state copied as far as it can change: what is frozen is shared."""

from copy import copy
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")

CONSTANT = (str, bytes, int, float, bool, type(None), tuple, frozenset)
"""Tuples and frozen structs hold nothing that is ever changed: states are made of data."""


def apart(value: T) -> T:
    """A copy that shares no dict, list, set or open struct with the original. Raises TypeError for anything else."""
    found: Any = value
    if isinstance(found, CONSTANT):
        return value
    if isinstance(found, Struct):
        return value if found.__struct_config__.frozen else _struct(found)
    if isinstance(found, dict):
        copied: Any = {key: apart(one) for key, one in found.items()}
    elif isinstance(found, list):
        copied = [apart(one) for one in found]
    elif isinstance(found, set):
        copied = set(found)
    else:
        raise TypeError(f"a state may not hold a {type(found).__name__}: it cannot be copied")
    return copied  # type: ignore[no-any-return]


def _struct(found: Any) -> Any:
    other = copy(found)
    for name in found.__struct_fields__:
        setattr(other, name, apart(getattr(found, name)))
    return other
