"""Series by number and by label: which ones may a selector mean?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from opsguide.kernel.matching import Matcher, Op

from .labels import NAME, Labels

NOBODY = -1
"""The number of no series."""


class Index:
    """Numbers are used again. A pair of name and value is one object, however many series have it."""

    def __init__(self) -> None:
        self.labels: list[Labels | None] = []
        """By number, None where the number is free."""
        self.numbers: dict[Labels, int] = {}
        self.version = 0
        """Grows with every series that comes or goes."""
        self._free: list[int] = []
        self._by_pair: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}

    def add(self, series: Labels) -> int:
        """The number of a series that is not there yet."""
        series = tuple(self._pairs.setdefault(pair, pair) for pair in series)
        if self._free:
            number = self._free.pop()
            self.labels[number] = series
        else:
            number = len(self.labels)
            self.labels.append(series)
        self.numbers[series] = number
        self.version += 1
        for pair in series:
            self._by_pair[pair].append(number)
        return number

    def drop(self, numbers: Sequence[int]) -> None:
        touched: set[tuple[str, str]] = set()
        for number in numbers:
            series = self.labels[number]
            assert series is not None
            del self.numbers[series]
            self.labels[number] = None
            touched.update(series)
        self.version += 1
        gone = set(numbers)
        for pair in touched:
            kept = [number for number in self._by_pair[pair] if number not in gone]
            if kept:
                self._by_pair[pair] = kept
            else:
                del self._by_pair[pair], self._pairs[pair]
        self._free += numbers

    def candidates(self, matchers: Sequence[Matcher]) -> Iterable[int]:
        """A superset of the series meant: those with the rarest of the wanted label values. Free numbers too."""
        wanted = [(found.name, found.value) for found in matchers if found.op is Op.EQUAL and found.value]
        if not wanted:
            return range(len(self.labels))
        return min((self._by_pair.get(pair, []) for pair in wanted), key=len)

    def by_metric(self) -> Iterable[tuple[str, Sequence[int]]]:
        """The names of metrics with the numbers of their series."""
        return ((value, members) for (name, value), members in self._by_pair.items() if name == NAME)
