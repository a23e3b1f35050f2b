"""Quantities, parsed once for all chapters: amounts, percentiles, schedules, times of day, days."""

import re
from collections.abc import Sequence
from functools import cache

from ..lexicon import Hit, Lexicon
from .masks import BLANK, VOID, mask
from .measures import measures
from .recurrences import find_schedules
from .times import ALWAYS, FROM_HOUR, find_days, find_times
from .types import Days, Measure, Number, Op, Percentile, Quantities, Schedule, TimeRange, Unit

__all__ = [
    "BLANK", "VOID", "Days", "Measure", "Number", "Op", "Percentile", "Quantities", "Schedule", "TimeRange", "Unit",
    "mask", "quantities",
]  # fmt: skip

MAX_MEASURES, MAX_HITS = 200, 600
"""Amounts, and terms beside them, of one sentence or cell that are read. More are data that somebody pasted; each is
compared with each.
"""

_P = re.compile(r"(?<![a-z0-9.])p\s?(50|75|90|95|98|99(?:[.,]\d+)?|999)(?!\d|-\d|[.,]\d)(?=_|\b|[a-z])")
_TH = re.compile(r"(?<![\w.,])(50|75|90|95|98|99(?:[.,]\d+)?)(?:th|st|nd|rd|e|º|ª|°|\.)?[\s-]*")
_TH_ALONE = re.compile(r"(?<![\w.,])(50|75|90|95|98|99(?:[.,]9+)?)th\b")
_BEFORE_NINES = re.compile(r"(?<![\w.,])(\d|[a-z]+)[\s-]+$")
# `99.9 % (≈ 43 min a month)`, `14 working hours (about 2 days)`: the amount before, in other words.
_RESTATED = re.compile(
    r"\d\D{0,24}\(\s*(?:[≈~]|=|(?:ca|circa|approx\w*|about|around|etwa|rund|aprox\w*|cerca de|unos|unas"
    r"|environ|soit|khoang|tuong duong"
    r"|equivale\w* a|i\.?e|das sind|entspricht)\b\.?)\s*(?:[≈~]\s*)?$"
)
_INTERESTING = re.compile(r"\d")
_WORTH = frozenset(
    {"number", "cadence", "weekday", "span", "article", "times", "nines", "percentile", "hours", "every"}
)


def quantities(text: str, hits: Sequence[Hit], masked: str, lexicon: Lexicon) -> Quantities:
    """All quantities of a text. `hits` are the lexicon's terms in it, `masked` what `mask` left of it."""
    if not _INTERESTING.search(masked) and not any(hit.kind in _WORTH for hit in hits):
        return Quantities()
    hits = [hit for hit in hits if not {BLANK, VOID} & set(masked[hit.start : hit.end])][:MAX_HITS]
    left = masked
    always = ALWAYS.search(left)
    if always:
        left = _without(left, [(m.start(), m.end()) for m in ALWAYS.finditer(left)])
    percentiles = _percentiles(left, hits, lexicon)
    left = _without(left, [(p.start, p.end) for p in percentiles])
    days = find_days(left, text, hits)
    times, zone = find_times(left, text, days, hits)
    left = _without(left, [(t.start, t.end) for t in times])
    left = _without(left, [m.span() for m in FROM_HOUR.finditer(left)])
    found = [*_nines(left, hits, lexicon), *measures(left, text, hits, lexicon, lexicon.present[0])]
    found = sorted(found, key=lambda m: m.start)[:MAX_MEASURES]
    found = [m for m in found if not _RESTATED.search(masked, 0, m.start)]
    # `thứ ba tuần thứ hai` is Tuesday of the second week, and no three weeks.
    found = [m for m in found if not any(d.start < m.start < d.end for d in days)]
    days = [d for d in days if not any(m.start < d.end and d.start < m.end for m in found)]
    return Quantities(
        measures=tuple(found),
        percentiles=tuple(percentiles),
        schedules=tuple(find_schedules(left, hits, days, found)),
        times=tuple(times),
        days=tuple(days),
        zone=zone,
        always=bool(always) or any(h.kind == "hours" and h.name == "always" for h in hits),
    )


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + BLANK * (end - start) + text[end:]
    return text


def _percentiles(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> list[Percentile]:
    """p95, 95th, 95th percentile, percentil 95."""
    found = {m.start(): Percentile(m.start(), m.end(1), _percent(m[1])) for m in _P.finditer(text)}
    found |= {m.start(): Percentile(m.start(), m.end(), _percent(m[1])) for m in _TH_ALONE.finditer(text)}
    for hit in (h for h in hits if h.kind == "percentile"):
        if hit.name == "median":
            found[hit.start] = Percentile(hit.start, hit.end, 50)
            continue
        after = _TH.match(text, hit.end + len(text[hit.end :]) - len(text[hit.end :].lstrip()))
        before = [m for m in _TH.finditer(text, 0, hit.start) if m.end() == hit.start]
        if before:
            found[before[0].start()] = Percentile(before[0].start(), hit.end, _percent(before[0][1]))
        elif after:
            found[hit.start] = Percentile(hit.start, after.end(1), _percent(after[1]))
    return [found[at] for at in sorted(found)]


def _percent(digits: str) -> Number:
    value = float(digits.replace(",", ".")) if digits != "999" else 99.9
    return int(value) if value.is_integer() else value


@cache
def _nine_counts(lexicon: Lexicon) -> dict[str, int]:
    return {
        word: int(name)
        for name in lexicon.names("number")
        if name.isdigit() and 1 < int(name) < 10
        for word in lexicon.words("number", name)
    }


def _nines(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> list[Measure]:
    """`five nines` is 0.99999; `three and a half nines` is not read."""
    found: list[Measure] = []
    for hit in (h for h in hits if h.kind == "nines"):
        m = _BEFORE_NINES.search(text, 0, hit.start)
        count = None if m is None else int(m[1]) if m[1].isdigit() else _nine_counts(lexicon).get(m[1])
        if m is not None and count and count > 1:
            value = float("0." + "9" * count)
            found.append(Measure(start=m.start(), end=hit.end, value=value, unit="ratio", letter="nines"))
    return found
