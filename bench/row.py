"""One measured line of the bench table."""

import operator
import re
from dataclasses import dataclass

COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`, measured now on this machine.

    `peer` names what else was measured in the same run, `ratio` says how many times better ours is (above 1
    is good, whichever way the unit runs). `goal` is what we promised, in the same unit: ">= 50000", "< 5".
    """

    name: str
    value: float
    unit: str
    peer: str | None = None
    ratio: float | None = None
    goal: str | None = None

    def __post_init__(self) -> None:
        if self.goal is not None and not _parts(self.goal):
            raise ValueError(f"goal {self.goal!r} of {self.name!r}: write it as '>= 50000' or '< 5'")

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        parts = _parts(self.goal) if self.goal is not None else None
        return None if parts is None else bool(COMPARED[parts[1]](self.value, float(parts[2])))


def _parts(goal: str) -> re.Match[str] | None:
    return re.fullmatch(r"([<>]=?)\s*(\d+(?:\.\d+)?)", goal)
