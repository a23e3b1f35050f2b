"""Two readings → what changed between them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from ..bindings import severities
from ..promise import Gap, Promise, Reading
from ..values import AnyValues
from .pairs import Pair, moved, pairs, reordered
from .shift import Shift, Weight
from .table import PLACES, TABLE, Part

Kind: TypeAlias = Literal["dropped", "loosened", "changed", "tightened", "added", "moved"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What a reader should look at first comes first."""


class Detail(Struct, frozen=True):
    """One part of a promise, in words; empty where the guide does not say it."""

    what: str
    before: str
    after: str
    weighs: Weight


class Change(Struct, frozen=True, kw_only=True):
    """What became of one promise. `before` is None where it was added, `after` where it was dropped."""

    kind: Kind
    before: Promise | None
    after: Promise | None
    details: tuple[Detail, ...] = ()

    @property
    def promise(self) -> Promise:
        """As it stands now, else as it last stood."""
        found = self.after or self.before
        assert found is not None
        return found


class Comparison(Struct, frozen=True):
    """All changes, in the order of KINDS and of the document; `kept` promises mean what they meant.

    `unclear` are statements that sound like obligations, are not understood, and were not there before.
    """

    changes: tuple[Change, ...]
    kept: int
    unclear: tuple[Gap, ...]

    def of(self, kind: Kind) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def may_be_weaker(self) -> bool:
        """Does the new guide promise less in any one place, or can nobody tell?"""
        return any(change.kind in ("dropped", "loosened", "changed") for change in self.changes)


def compare(old: Reading, new: Reading) -> Comparison:
    """What the new guide means, held to the old one."""
    found = pairs(old.promises, new.promises)
    judge = _Judge(old, new, found)
    changes = [change for pair in found if (change := judge.change(pair)) is not None]
    changes.sort(key=lambda change: (KINDS.index(change.kind), change.promise.span, change.promise.id))
    kept = sum(pair.before is not None and pair.after is not None for pair in found)
    kept -= sum(change.before is not None and change.after is not None for change in changes)
    return Comparison(tuple(changes), kept, _unclear(old, new))


def _unclear(old: Reading, new: Reading) -> tuple[Gap, ...]:
    before = Counter(gap.text for gap in old.gaps)
    found: list[Gap] = []
    for gap in new.gaps:
        if before[gap.text]:
            before[gap.text] -= 1
        else:
            found.append(gap)
    return tuple(found)


class _Judge:
    """Judges each pair with what has to be known of the whole guides."""

    def __init__(self, old: Reading, new: Reading, found: Sequence[Pair]) -> None:
        self._ranks = Ranks(old, new)
        self._moved, self._reordered = moved(found), reordered(found)

    def change(self, pair: Pair) -> Change | None:
        before, after = pair
        if before is None or after is None:
            return Change(kind="dropped" if after is None else "added", before=before, after=after)
        details = (*self._details(before.values, after.values), *self._place(pair))
        if not details and pair not in self._moved:
            return None
        return Change(kind=_kind(details), before=before, after=after, details=details)

    def _details(self, old: AnyValues, new: AnyValues) -> Iterator[Detail]:
        for part in TABLE[type(old)]:
            shift = part.shift(old, new)
            if shift == "unlike" and part.ranked:
                shift = self._ranks.shift(part.say(old), part.say(new))
            if shift != "same":
                yield Detail(part.what, part.say(old), part.say(new), _weight(part, old, shift))

    def _place(self, pair: Pair) -> Iterator[Detail]:
        """Where it comes among its like, if that is another order than before."""
        if pair in self._reordered and pair.before is not None and pair.after is not None:
            key = PLACES[type(pair.before.values)]
            before, after = (str(getattr(each.values, key) or "") for each in (pair.before, pair.after))
            yield Detail("place", before, after, "other")


def _kind(details: tuple[Detail, ...]) -> Kind:
    """The weaker side wins: what is looser in one part is not made up for by another."""
    weights = {detail.weighs for detail in details}
    if not weights:
        return "moved"
    return "loosened" if "looser" in weights else "changed" if "other" in weights else "tightened"


def _weight(part: Part, old: AnyValues, shift: Shift) -> Weight:
    return part.weighing(old).get(shift, "other")


class Ranks:
    """Which of two severities is the worse, as either guide ranks them."""

    def __init__(self, old: Reading, new: Reading) -> None:
        self._guides = (_ranks(new), _ranks(old))

    def shift(self, before: str, after: str) -> Shift:
        """`More` is worse. `Unlike` where no one guide knows both."""
        was, now = before.casefold(), after.casefold()
        for ranks in self._guides:
            if was in ranks and now in ranks:
                return "same" if ranks[was] == ranks[now] else "more" if ranks[now] < ranks[was] else "less"
        return "unlike"


def _ranks(reading: Reading) -> Mapping[str, int]:
    """Code and label → place, 0 is the worst."""
    found: dict[str, int] = {}
    for place, severity in enumerate(severities(reading.promises)):
        found[severity.severity] = place
        if severity.label:
            found.setdefault(severity.label.casefold(), place)
    return found
