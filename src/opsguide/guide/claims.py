"""A claim: a quantity with what it is said of. Finds the term and the severities that govern a quantity.

The same search serves a bullet (`Critical: 15 min acknowledgment`), a table (term in the header, severity in the
row), its transposed form, a sentence and a key of data: nearest first, and never past words that are not understood,
since `War room: < 15 min` under `Response times` is no response time.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from .lexicon import Hit
from .phrases import Phrase
from .quantities import Measure
from .scene import Column, Item, Scene
from .values import Hours

_ARROW = re.compile(r"->|→|=>|➜|⇒")
_ALL_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TRANSPARENT = ("severity", "objective", "comparator", "hours", "moment", "every", "environment")


class Claim:
    """A measure in a column of an item, with the clause it stands in (inside brackets their part), and around it."""

    __slots__ = ("around", "clause", "column", "measure")

    def __init__(self, column: Column, measure: Measure) -> None:
        self.column, self.measure = column, measure
        self.around = _led(column.text, measure)
        self.clause = column.text.bracket_of(measure.start) or self.around

    @property
    def item(self) -> Item:
        return self.column.item

    @property
    def scene(self) -> Scene:
        return self.column.item.scene

    @property
    def text(self) -> Phrase:
        return self.column.text

    @property
    def key(self) -> tuple[int, int, int]:
        return self.column.key(self.measure.start)

    def near(self, kind: str) -> Hit | None:
        """The term of this kind in the clause that stands nearest to the measure."""
        found = self.text.between(kind, *self.clause) or self.text.between(kind, *self.around)
        return min(found, key=self.distance, default=None)

    def distance(self, hit: Hit) -> tuple[int, int]:
        m = self.measure
        gap = hit.start - m.end if hit.start >= m.end else m.start - hit.end
        return (gap, hit.start)

    def governing(self, kind: str, *, transparent: tuple[str, ...] = _TRANSPARENT) -> str | None:
        """The term of this kind that the measure is said of: in its clause, else in what leads to it."""
        hit = self.near(kind)
        return hit.name if hit else inherited(self.column, kind, transparent=transparent)

    def severities(self) -> tuple[str, ...]:
        """The severities that the claim is about; none if it names none."""
        inside = self._inside()
        coded = self.item.row and self.scene.mentions(self.column.header, names=False)
        # `| Standard | ≤ 2 h | ≤ 4 h |` under `| Plan | P1 | P2 |`: the column is the severity, the label a plan.
        for phrase in (self.column.header,) if coded else (self.item.rated, self.column.header):
            found = list(dict.fromkeys(k for m in self.scene.mentions(phrase) for k in m.keys))
            if found:
                return inside if inside and set(inside) < set(found) else tuple(found)
        return inside or self._earlier() or self.scene.severities_around()

    def _earlier(self) -> tuple[str, ...]:
        """In a paragraph that has only spoken of one severity so far, what follows is about it."""
        if self.scene.block.kind != "paragraph":
            return ()
        before = [i for i in self.scene.items if i.number < self.item.number]
        keys = [m.keys for i in before for m in self.scene.mentions(i.whole)]
        return keys[0] if len(set(keys)) == 1 else ()

    def _inside(self) -> tuple[str, ...]:
        mentions = self.scene.mentions(self.text)
        start, end = self.clause
        here = [m for m in mentions if start <= m.start < end]
        if not here:
            start, end = self.around
            here = [m for m in mentions if start <= m.start < end]
        if here:
            # `P1: 30 min, P2: 2 h` names before, `30 min for P1, 2 h for P2` after the amount.
            first = min((m.start for m in self.text.measures if start <= m.start < end), default=0)
            before = [m for m in here if m.end <= self.measure.start]
            after = [m for m in here if m.start >= self.measure.end]
            if here[0].start < first:
                return (before or here)[-1].keys
            return after[0].keys if after else here[-1].keys
        before = [m for m in mentions if m.end <= self.measure.start]
        return before[-1].keys if before else ()


_COMMA = re.compile(r",\s*")


def _led(phrase: Phrase, measure: Measure) -> tuple[int, int]:
    """The clause of an amount. One that holds nothing else behind a comma goes with the one before, of which it leaves
    out the verb: `la prise en compte, en moins de 4 heures` (French, Spanish).
    """
    start, end = phrase.clause_of(measure.start)
    before = [(a, b) for a, b in phrase.clauses() if b <= start]
    if not before or not _COMMA.fullmatch(
        phrase.text[
            before[-1][1] : start + len(phrase.text[start:end]) - len(phrase.text[start:end].lstrip())
        ]
    ):
        return start, end
    inside = [(m.start, m.end) for m in phrase.measures if start <= m.start < end]
    counted = any(before[-1][0] <= m.start < before[-1][1] for m in phrase.measures)
    bare = not counted and len(inside) == 1 and not phrase.residue_in(start, end, kinds=("comparator",))
    return (
        (before[-1][0], end) if bare and len(phrase.text[slice(*before[-1])].split()) <= 6 else (start, end)
    )


def ends_an_incident(claim: Claim, phrase: Phrase) -> bool:
    """`P1: service is restored within 4 hours`: words of recovery that say how soon an incident is over, and no RTO."""
    named = [h for h in phrase.of("recovery") if h.name in ("rto", "rpo")]
    solved = [h for h in phrase.of("moment") if h.name == "resolve"]
    same = all(any(s.start < n.end and n.start < s.end for s in solved) for n in named)
    return bool(named) and same and bool(claim.severities())


def claims(item: Item, *units: str) -> Iterator[Claim]:
    """The measures of an item, of these units (or any)."""
    for column in item.columns if item.row else item.values:
        for measure in column.text.measures:
            if not units or measure.unit in units:
                yield Claim(column, measure)


def inherited(column: Column, kind: str, *, transparent: tuple[str, ...] = _TRANSPARENT) -> str | None:
    """The term in what leads to a column; nothing is inherited across words that are not understood."""
    coded = column.item.row and column.item.scene.mentions(column.header, names=False)
    for phrase in column.item.chain(column):
        if coded and phrase is column.item.label and column.item.key_header.has("column", "scope"):
            # A plan or a system: what it is said of.
            continue
        if (
            phrase is column.header
            and (column.item.key_header.has("column", "scope") or not column.item.key_header.text)
            and not phrase.of("column")
        ):
            # `| Response | 2 h | 4 h |` under `| Plan | Basic | Premium |`
            if len({h.name for h in column.item.label.of(kind)}) == 1 and not phrase.of(kind):
                continue
        found = last_part(phrase, kind)
        names = list(dict.fromkeys(hit.name for hit in found))
        if len(names) == 1:
            return names[0]
        if names:
            return None
        if not is_transparent(phrase, column.item.scene, transparent):
            return None
    return None


def last_part(phrase: Phrase, kind: str) -> list[Hit]:
    """Terms of a label; of `Alert → Acknowledged` only those after the arrow: that is what is waited for."""
    arrows = list(_ARROW.finditer(phrase.text))
    start = arrows[-1].end() if arrows else 0
    return phrase.between(kind, start, len(phrase.text))


def is_transparent(phrase: Phrase, scene: Scene, kinds: tuple[str, ...] = _TRANSPARENT) -> bool:
    """Does a label say nothing but severities, quantities and filler? Then what stands above it still holds."""
    known = scene.shared.transparent.get((phrase.text, kinds))
    if known is None:
        spans = [(m.start, m.end) for m in scene.mentions(phrase)]
        spans += [(m.start, m.end) for m in phrase.measures]
        known = not phrase.residue(*spans, kinds=(*kinds, "topic"))
        scene.shared.transparent[phrase.text, kinds] = known
    return known


def hours_in(phrase: Phrase) -> Hours | None:
    """When a clock runs, if the text says so: 24/7, Mon-Fri 08-18, business hours."""
    found = phrase.quantities
    if found.days or found.times:
        days = tuple(d for d in _ALL_WEEK if any(d in group.days for group in found.days)) or None
        times = found.times[0] if found.times else None
        return Hours(
            days=days,
            start=times.begins if times else None,
            end=times.ends if times else None,
            zone=(times.zone if times else None) or found.zone,
        )
    if found.always:
        return Hours(days=_ALL_WEEK, start="00:00", end="24:00")
    # "5 business days" are an amount; "4 business hours" are one too, and say when the clock runs.
    apart = [h for h in phrase.of("hours") if h.name in ("business", "next_day")]
    apart = [h for h in apart if not any(m.start < h.end and h.start < m.end for m in found.measures)]
    if apart or any(m.business and m.unit == "seconds" for m in found.measures):
        return Hours()
    return None


def paired(hits: Sequence[Hit], places: Sequence[tuple[int, int]], place: tuple[int, int]) -> Hit | None:
    """The word that goes with one of several places: before each (`daily 30 days, weekly 12`) or after each.

    Which of the two is seen from the first: a word before the first place goes before all.
    """
    if not hits:
        return None
    if hits[0].start < min(start for start, _ in places):
        before = [h for h in hits if h.end <= place[0]]
        return before[-1] if before else None
    after = [h for h in hits if h.start >= place[1]]
    return after[0] if after else None


def amount(measure: Measure, *, ranges: bool = True) -> dict[str, object]:
    """The keys of `values` for a measure: `seconds`, or `min_seconds` and `max_seconds` for a range."""
    unit = "count" if measure.unit == "factor" else measure.unit
    if measure.high is None:
        return {unit: measure.value}
    return {f"min_{unit}": measure.value, f"max_{unit}": measure.high} if ranges else {unit: measure.high}


def stated(values: object) -> bool:
    """Does a value hold any amount?"""
    units = ("seconds", "ratio", "count", "bytes", "months", "years", "business_days")
    return any(getattr(values, u, UNSET) is not UNSET for n in units for u in (n, f"min_{n}", f"max_{n}"))
