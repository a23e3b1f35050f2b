"""A chapter: a part of the core that keeps promises and says how each stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..kernel.clock import Instant
from ..kernel.part import Part
from ..kernel.standing import Standing
from .promise import Promise


def not_kept_yet(_state: Any, _promise: Promise, _at: Instant) -> Standing:
    """The standing of promises that opsguide reads but cannot keep yet: never green."""
    return Standing(
        kind="unbound", reason="this version of opsguide reads this promise but does not keep it yet"
    )


@dataclass(frozen=True)
class Chapter(Part):
    """`standing` answers for the promises whose keeper has this chapter's name."""

    standing: Callable[[Any, Promise, Instant], Standing] = not_kept_yet
