"""Amounts in a text: numbers with units, ranges, lists, compounds (`1 h 30`), and the comparators beside them."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from ..lexicon import Hit, Lexicon
from .numbers import parse_number, tidy
from .numerals import (
    flat,
    half_pattern,
    number_pattern,
    period_pattern,
    said_once,
    span_seconds,
    unit_of,
    word_values,
)
from .types import Measure, Op, Unit

_FACTORS: dict[str, tuple[Unit, Decimal]] = {
    "millisecond": ("seconds", Decimal("0.001")),
    "second": ("seconds", Decimal(1)),
    "minute": ("seconds", Decimal(60)),
    "hour": ("seconds", Decimal(3600)),
    "business_hour": ("seconds", Decimal(3600)),
    "day": ("seconds", Decimal(86400)),
    "week": ("seconds", Decimal(604800)),
    "month": ("months", Decimal(1)),
    "quarter": ("months", Decimal(3)),
    "year": ("years", Decimal(1)),
    "business_day": ("business_days", Decimal(1)),
    "percent": ("ratio", Decimal("0.01")),
    "times": ("factor", Decimal(1)),
    "thousand": ("count", Decimal(1000)),
    "none": ("count", Decimal(1)),
}
_SIZES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SIZE = re.compile(r"([kmgtp]?)(i?)(?:b|bytes?|octets?)$|([kmgtp])(?:o)$")
_SYMBOLS: dict[str, Op] = {
    "<": "<", "<=": "<=", "≤": "<=", "=<": "<=", "⩽": "<=",
    ">": ">", ">=": ">=", "≥": ">=", "⩾": ">=", "==": "==", "=": "==",
}  # fmt: skip
_SYMBOL = re.compile(r"(?<![-=<>~])(<=|>=|=<|≤|≥|⩽|⩾|==|<|>|=)\s*[~≈±]?\s*$")
_RANGE = re.compile(r"\s*(?:-|–|—|\.\.\.?|…|~)\s*$")
_PERIOD = re.compile(
    r"\s*(?:/|\b(?:per|pro|je|por|par|a|an|al|la|na|pe|moi|cada|each|every|every single)\b)\s*"
)
_T_PLUS = re.compile(r"\bt\s?\+\s?$")
_AND = re.compile(r"\.?\s*(?:,|\b(?:and|und|y|et|e|si|va)\b)?\s*$")
_FILLERS = re.compile(
    r"[\s(:\-\"'«„]*(?:\b(?:of|the|de|d|du|des|den|der|dem|la|las|los|le|les|o|os|as|cu|cua|von|vor|a|an|about|mais|moi)\b[\s']*){0,3}$"
)
_PLUS = re.compile(r"\s?\+(?!\d)")


_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_NEXT = {"hour": "minute", "minute": "second"}


class _Atom(Struct):
    """A number with what follows it, before it is combined with its neighbours."""

    start: int
    end: int
    digits: str
    value: Decimal | None
    unit: str
    word: bool
    span: bool = False


def measures(
    text: str, original: str, hits: Sequence[Hit], lexicon: Lexicon, language: str
) -> Iterator[Measure]:
    """The amounts of a masked and folded text, by place."""
    text = said_once(text, lexicon)
    atoms = list(_atoms(text, original, lexicon, language))
    comparators = [hit for hit in hits if hit.kind == "comparator"]
    sustained = [hit.end for hit in hits if hit.kind == "sustain"]
    ahead = [hit.start for hit in hits if hit.kind == "window" and hit.name == "notice"]
    named = [hit.end for hit in hits if hit.kind in ("recovery", "moment", "retain")]
    frame = _Frame(
        text, comparators, [h for h in hits if h.kind == "every"], lexicon, (sustained, ahead, named)
    )
    i = 0
    while i < len(atoms):
        group, shape = _group(atoms, i, text, lexicon)
        yield from frame.measures(group, shape)
        i += len(group)


def _atoms(text: str, original: str, lexicon: Lexicon, language: str) -> Iterator[_Atom]:
    """Numbers in digits, number words before a unit, and spans with a name, left to right."""
    taken = 0
    for found in number_pattern(lexicon).finditer(text):
        if found.start() < taken:
            continue
        taken = found.end()
        if found["span"]:
            yield _Atom(
                found.start(),
                found.end(),
                "",
                Decimal(span_seconds(lexicon)[flat(found["span"])]),
                "second",
                True,
                True,
            )
            continue
        unit = _unit_name(found["unit"] or "", found["letter"] or "", original, found, lexicon)
        if unit is None or (found["many"] and unit == "none"):
            continue
        if found["many"]:
            yield from _many(found, unit, language)
            continue
        if found["digits"]:
            value = parse_number(found["digits"], language)
            if unit == "percent" and value is not None and value > 1000:
                value = (
                    Decimal(re.sub(r"[.,]", ".", found["digits"], count=1))
                    if found["digits"].count(".") + found["digits"].count(",") == 1
                    else None
                )
        else:
            value = Decimal(word_values(lexicon)[flat(found["word"])])
        end = found.end()
        if found["fraction"] and value is not None:
            # `2½ hours`
            value += _FRACTIONS[found["fraction"]]
        half = half_pattern(lexicon).match(text, end)
        if half and value is not None and unit not in ("none", "percent"):
            value, end = value + Decimal("0.5"), half.end()
        taken = end
        yield _Atom(found.start(), end, found["digits"] or "", value, unit, not found["digits"])


def _many(found: re.Match[str], unit: str, language: str) -> Iterator[_Atom]:
    """`30/7/3 days`: numbers that share the unit after the last one."""
    at = found.start("many")
    for digits in found["many"].split("/"):
        yield _Atom(at, at + len(digits), digits, parse_number(digits, language), unit, False)
        at += len(digits) + 1


def _unit_name(unit: str, letter: str, original: str, found: re.Match[str], lexicon: Lexicon) -> str | None:
    """The unit's name; `none` for a bare number, None where the letters after the number mean something else."""
    if letter:
        at = found.start("letter")
        # `5M` are five million or months: not minutes. `1H` and `2D` are what they seem.
        return None if original[at] == "M" else unit_of(lexicon)[letter]
    if not unit:
        return "none"
    if unit in ("x", "×"):
        return "times"
    if unit == "k":
        return "thousand"
    if unit == "%":
        return "percent"
    known = unit_of(lexicon).get(flat(unit))
    return known if known is not None else f"size:{unit}"


def _group(atoms: list[_Atom], i: int, text: str, lexicon: Lexicon) -> tuple[list[_Atom], str]:
    """The atoms that make one amount from `i` on: a range, a compound, or one."""
    first = atoms[i]
    if i + 1 < len(atoms):
        between = text[first.end : atoms[i + 1].start]
        following = atoms[i + 1]
        if first.unit in ("none", following.unit) or _same_dimension(first.unit, following.unit):
            if _joins(between, text[: first.start], lexicon) and _ascends(first, following):
                return [first, following], "range"
        if _RANGE.match(between) and _mixed(first, following):
            # `4h - 1 business day`: no unit is true of both ends.
            return [first, following], "mixed"
        if _follows(first, following) and (_AND.match(between) or not between):
            return [first, following], "compound"
    return [first], "one"


def _joins(between: str, before: str, lexicon: Lexicon) -> bool:
    if _RANGE.match(between):
        return True
    word = between.strip()
    if word not in lexicon.words("range", "to"):
        return False
    # `and` only joins after `between`: "5 minutes and 10 minutes" are two amounts.
    lead = "|".join(map(re.escape, lexicon.words("range", "lead")))
    return word not in ("and", "und", "y", "et", "e", "si", "va") or bool(
        re.search(rf"\b(?:{lead})\s*$", before[-20:])
    )


def _same_dimension(a: str, b: str) -> bool:
    if a.startswith("size:") and b.startswith("size:"):
        return True
    return a in _FACTORS and b in _FACTORS and _FACTORS[a][0] == _FACTORS[b][0] and a != "none"


def _mixed(a: _Atom, b: _Atom) -> bool:
    kinds = {_FACTORS[atom.unit][0] for atom in (a, b) if atom.unit in _FACTORS}
    return kinds == {"seconds", "business_days"}


def _ascends(a: _Atom, b: _Atom) -> bool:
    if a.value is None or b.value is None or (b.unit == "none" and a.unit != "none"):
        return False
    unit = b.unit if a.unit == "none" else a.unit
    if unit.startswith("size:"):
        return True
    return a.value * _FACTORS[unit][1] < b.value * _FACTORS[b.unit][1]


def _follows(a: _Atom, b: _Atom) -> bool:
    """`1 hour 30 minutes`, `1h30`: the next smaller unit, and less than one of the larger."""
    steps = {"hour": ("minute", 60), "minute": ("second", 60), "day": ("hour", 24)}
    step = steps.get(a.unit)
    if step is None or b.value is None or b.value >= step[1]:
        return False
    close = b.start - a.end <= 1 and len(b.digits) == 2
    return b.unit == step[0] or (a.unit in ("hour", "minute") and b.unit == "none" and close)


class _Frame:
    """What stands around the amounts of one text."""

    def __init__(
        self,
        text: str,
        comparators: list[Hit],
        every: list[Hit],
        lexicon: Lexicon,
        beside: tuple[list[int], list[int], list[int]],
    ) -> None:
        self.text, self.comparators, self.every, self.lexicon = text, comparators, every, lexicon
        self.sustained, self.ahead, self.named = beside

    def measures(self, group: list[_Atom], shape: str) -> Iterator[Measure]:
        start, end = group[0].start, group[-1].end
        if shape == "mixed" or any(atom.value is None for atom in group):
            return
        op, after, about = self._before(start)
        first_word = self.text[start : group[0].end].split()[0]
        article = group[0].word and not group[0].span and first_word in self.lexicon.words("article", "one")
        every = any(hit.end <= start and not self.text[hit.end : start].strip() for hit in self.every)
        every = every or self._period(end) == "times"
        # `6 tháng một lần`: what says so stands behind.
        every = every or any(
            hit.name == "every_after" and hit.start >= end and not self.text[end : hit.start].strip()
            for hit in self.every
        )
        # "a day" is no amount; "within a day" is. A number word alone ("one of them") is none either.
        if group[0].word and group[0].unit in ("none", "thousand") and op is None:
            return
        alone = not self.text[:start].strip() and not self.text[end:].strip(" .")
        # `for an hour`, `a week in advance`
        alone = alone or any(at <= start and not self.text[at:start].strip() for at in self.sustained)
        alone = alone or any(at >= end and not self.text[end:at].strip() for at in self.ahead)
        # `RTO an hour`
        alone = alone or any(at <= start and not self.text[at:start].strip(" :=") for at in self.named)
        if article and group[0].unit != "none" and not (op or after or every or alone):
            return
        # `10+ minutes`
        op = op or (">=" if "+" in self.text[start:end] else self._after(end))
        per = self._period(end)
        common: dict[str, object] = {"op": op, "after": after, "every": every, "about": about, "per": per}
        first = self._one(group[0], common)
        if shape == "one":
            yield first
        elif shape == "compound":
            second = self._one(
                replace(group[1], unit=_NEXT[group[0].unit] if group[1].unit == "none" else group[1].unit),
                common,
            )
            yield replace(first, end=end, value=tidy(Decimal(str(first.value)) + Decimal(str(second.value))))
        else:
            low = (
                self._one(replace(group[0], unit=group[1].unit), common) if group[0].unit == "none" else first
            )
            high = self._one(group[1], common)
            yield replace(low, end=end, high=high.value, letter=high.letter)

    def _one(self, atom: _Atom, common: dict[str, object]) -> Measure:
        assert atom.value is not None
        if atom.unit.startswith("size:"):
            unit, factor = "bytes", _size_factor(atom.unit[5:])
        else:
            unit, factor = _FACTORS[atom.unit]
        made = Measure(
            start=atom.start,
            end=atom.end,
            value=tidy(atom.value * factor),
            unit=unit,  # type: ignore[arg-type]
            business=atom.unit in ("business_hour", "business_day"),
            letter=re.sub(r"^[\d.,\s\-+\x02]+", "", self.text[atom.start : atom.end]),
        )
        return replace(made, **common)

    def _before(self, start: int) -> tuple[Op | None, bool, bool]:
        """The comparator before an amount, whether it is a delay, and whether it is only about right."""
        symbol = _SYMBOL.search(self.text, max(0, start - 8), start)
        if symbol:
            return _SYMBOLS[symbol[1]], False, False
        if _T_PLUS.search(self.text, max(0, start - 4), start):
            return None, True, False
        op: Op | None = None
        after = about = False
        at = start
        for hit in reversed(self.comparators):
            if hit.end > at or hit.name.endswith("_after"):
                continue
            if not _FILLERS.match(self.text[hit.end : at]):
                break
            if hit.name == "about":
                about = True
            elif hit.name == "after":
                after = True
            elif op is None:
                op = _OPS[hit.name]
            at = hit.start
        return op, after, about

    def _after(self, end: int) -> Op | None:
        """`15 min or less`, `5 minutes max`, `30min+`."""
        if _PLUS.match(self.text, end):
            return ">="
        for hit in self.comparators:
            if (
                hit.name.endswith("_after")
                and hit.start >= end
                and not self.text[end : hit.start].strip(" (,")
            ):
                return _OPS[hit.name.removesuffix("_after")]
        return None

    def _period(self, end: int) -> str | None:
        found = _PERIOD.match(self.text, end)
        if not found:
            return None
        unit = period_pattern(self.lexicon).match(self.text, found.end())
        return None if unit is None else unit_of(self.lexicon).get(flat(unit[0]))


_OPS: dict[str, Op] = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "drop": "<"}


def _size_factor(unit: str) -> Decimal:
    found = _SIZE.match(unit)
    if not found:
        long = {"kilo": 1, "mega": 2, "giga": 3, "tera": 4}
        return Decimal(1000) ** next((n for name, n in long.items() if unit.startswith(name)), 0)
    power = _SIZES[found[1] or found[3] or ""]
    return Decimal(1024 if found[2] else 1000) ** power
