"""Where every series lies, by number, as arrays: target and slot, and whether it has samples outside its columns."""

import numpy as np
from numpy.typing import NDArray

from .homes import Home, Target


class Places:
    """`targets` are numbers into `all`; -1 for a series that is in no target."""

    def __init__(self) -> None:
        self.all: list[Target | None] = []
        self.targets: NDArray[np.int32] = np.full(64, -1, np.int32)
        self.slots: NDArray[np.intp] = np.zeros(64, np.intp)
        self.ragged: NDArray[np.bool_] = np.zeros(64, np.bool_)
        self._numbers: dict[int, int] = {}
        self._free: list[int] = []

    def put(self, number: int, home: Home) -> None:
        if number >= len(self.targets):
            more = len(self.targets)
            self.targets = np.concatenate([self.targets, np.full(more, -1, np.int32)])
            self.slots = np.concatenate([self.slots, np.zeros(more, np.intp)])
            self.ragged = np.concatenate([self.ragged, np.zeros(more, np.bool_)])
        self.targets[number] = -1 if home.target is None else self._number(home.target)
        self.slots[number] = home.slot
        self.ragged[number] = home.ragged is not None

    def forget(self, target: Target) -> None:
        number = self._numbers.pop(id(target), None)
        if number is not None:
            self.all[number] = None
            self._free.append(number)

    def _number(self, target: Target) -> int:
        number = self._numbers.get(id(target))
        if number is None:
            if self._free:
                number = self._free.pop()
                self.all[number] = target
            else:
                number = len(self.all)
                self.all.append(target)
            self._numbers[id(target)] = number
        return number
