"""Recurrences in a text: words for them, every so long, days of the week, nth days, and their combinations."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..lexicon import Hit
from .types import Days, Measure, Schedule

_NTH = r"(?<![\w.:])[1-5](?:st|nd|rd|th|er|re|eme|e|º|ª|°|\.|o|a)?"
_ORDINAL = re.compile(rf"(?:{_NTH}\s*(?:,|&|/|\+|\b(?:and|und|y|et|e|si|va)\b)\s*)*{_NTH}\s+$")
_SECOND = re.compile(r"\s*(?:sur deux|de cada dos|alternos|alternados|alternativ)")
_RECURRENCE_DAYS = {"weekly", "biweekly", "monthly", "bimonthly", "quarterly", "semiannually", "yearly"}


def find_schedules(
    text: str, hits: Sequence[Hit], days: Sequence[Days], amounts: Sequence[Measure]
) -> list[Schedule]:
    """The recurrences of a text, by place: words (`weekly`), every N units, days, nth days, and their combinations."""
    pieces: list[Schedule] = [*_times_per(text, hits, amounts), *_every(amounts)]
    covered = [(p.start, p.end) for p in pieces]
    # `de două ori pe an` is a word for a recurrence and holds an amount.
    covered += [(m.start, m.end) for m in amounts if m.unit != "factor"]
    for hit in hits:
        if hit.kind == "cadence" and not any(a < hit.end and hit.start < b for a, b in covered):
            pieces.append(Schedule(start=hit.start, end=hit.end, rrule=_RRULES[hit.name], word=hit.name))
    for group in days:
        pieces.append(_weekday_piece(text, group, hits))
    pieces.sort(key=lambda p: p.start)
    return _combined([p for p in pieces if p not in _choices(pieces, text)], text)


_OR = re.compile(r"\s*,?\s*(?:or|oder|o|ou|u|sau|hoac|hay|bzw\.?)\s+(?:[a-z]+\s+)?")


def _choices(pieces: Sequence[Schedule], text: str) -> list[Schedule]:
    """`daily, weekly or monthly, as the data demands`: which of them, the guide leaves open."""
    between = [text[a.end : b.start] for a, b in pairwise(pieces)]
    chosen = [n for n, words in enumerate(between) if _OR.fullmatch(words)]
    if not chosen:
        return []
    first = chosen[0]
    while first > 0 and between[first - 1].strip() == ",":
        first -= 1
    return list(pieces[first : chosen[-1] + 2])


_RRULES: dict[str, str | None] = {
    "continuous": None,
    "adhoc": None,
    "minutely": "FREQ=MINUTELY",
    "hourly": "FREQ=HOURLY",
    "daily": "FREQ=DAILY",
    "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "weekly": "FREQ=WEEKLY",
    "biweekly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
    "bimonthly": "FREQ=MONTHLY;INTERVAL=2",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3",
    "semiannually": "FREQ=MONTHLY;INTERVAL=6",
    "yearly": "FREQ=YEARLY",
}
_EVEN = {  # so many times in a period that they spread evenly
    ("daily", 2): "FREQ=HOURLY;INTERVAL=12",
    ("daily", 3): "FREQ=HOURLY;INTERVAL=8",
    ("daily", 4): "FREQ=HOURLY;INTERVAL=6",
    ("yearly", 2): "FREQ=MONTHLY;INTERVAL=6",
    ("yearly", 3): "FREQ=MONTHLY;INTERVAL=4",
    ("yearly", 4): "FREQ=MONTHLY;INTERVAL=3",
    ("yearly", 6): "FREQ=MONTHLY;INTERVAL=2",
}


_PERIODS = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


def _times_per(text: str, hits: Sequence[Hit], amounts: Sequence[Measure]) -> Iterator[Schedule]:
    """`twice a day`, `3x per week`, `4 times a year`."""
    cadences = [h for h in hits if h.kind == "cadence"]
    counts = [
        (h.start, h.end, {"once": 1, "twice": 2, "thrice": 3}[h.name]) for h in hits if h.kind == "times"
    ]
    counts += [(m.start, m.end, int(m.value)) for m in amounts if m.unit == "factor"]
    for m in amounts:
        # `1 lần/tháng`, `2x/Jahr`
        period = _PERIODS.get(m.per or "") if m.unit == "factor" else None
        if period and m.high is None and text[m.end :].lstrip().startswith("/"):
            rule = _RRULES[period] if m.value == 1 else _EVEN.get((period, int(m.value)))
            yield Schedule(start=m.start, end=m.end, rrule=rule, word=period if m.value == 1 else "times")
    for start, end, count in counts:
        for cadence in cadences:
            if cadence.start >= end and not text[end : cadence.start].strip(" -"):
                rule = _RRULES[cadence.name] if count == 1 else _EVEN.get((cadence.name, count))
                word = cadence.name if count == 1 else "times"
                yield Schedule(start=start, end=cadence.end, rrule=rule, word=word)


_FREQUENCIES = ((604800, "WEEKLY"), (86400, "DAILY"), (3600, "HOURLY"), (60, "MINUTELY"), (1, "SECONDLY"))


def _every(amounts: Sequence[Measure]) -> Iterator[Schedule]:
    for m in amounts:
        if not m.every or m.high is not None:
            continue
        rule = None
        if m.unit == "seconds":
            step = next(((s, name) for s, name in _FREQUENCIES if m.value % s == 0), None)
            if step:
                rule = _rule(step[1], int(m.value // step[0]))
        elif m.unit in ("months", "years") and isinstance(m.value, int):
            rule = _rule("MONTHLY" if m.unit == "months" else "YEARLY", m.value)
        if rule:
            yield Schedule(start=m.start, end=m.end, rrule=rule, word="every")


def _rule(frequency: str, interval: int) -> str:
    return f"FREQ={frequency}" + (f";INTERVAL={interval}" if interval > 1 else "")


def _weekday_piece(text: str, group: Days, hits: Sequence[Hit]) -> Schedule:
    """`first Sunday` → MONTHLY;BYDAY=1SU (so in every language that counts before, Vietnamese after), else WEEKLY."""
    ordinals = _ordinals(text, group, hits)
    every_other = any(
        h.kind == "every"
        and re.fullmatch(r"\s*(?:second|other|zweite\w*|2\.|deuxieme)\s*", text[h.end : group.start])
        for h in hits
        if h.end <= group.start
    )
    monthly = any(h.kind == "cadence" and h.name != "weekly" and h.start >= group.end for h in hits)
    every_other = every_other or bool(_SECOND.match(text, group.end))
    if every_other and not monthly:
        return Schedule(
            start=group.start,
            end=group.end,
            rrule=f"FREQ=WEEKLY;INTERVAL=2;BYDAY={','.join(group.days)}",
            word="weekday",
        )
    if ordinals and len(group.days) > 2:
        return Schedule(start=group.start, end=group.end, rrule=None, word="nth")
    if ordinals:
        by = ",".join(f"{n}{day}" for n in ordinals for day in group.days)
        return Schedule(start=group.start, end=group.end, rrule=f"FREQ=MONTHLY;BYDAY={by}", word="nth")
    return Schedule(
        start=group.start, end=group.end, rrule=f"FREQ=WEEKLY;BYDAY={','.join(group.days)}", word="weekday"
    )


def _ordinals(text: str, group: Days, hits: Sequence[Hit]) -> list[str]:
    found: list[str] = []
    at = group.start
    for hit in reversed([h for h in hits if h.kind == "ordinal" and h.end <= group.start]):
        if re.fullmatch(r"\s*(?:(?:and|und|y|et|e|si|,|&|/|zi de|dia de)\s*)?", text[hit.end : at]):
            found.insert(0, hit.name)
            at = hit.start
    if not found and (m := _ORDINAL.search(text[max(0, group.start - 24) : group.start])):
        return re.findall("[1-5]", m[0])
    if not found:
        after = (h for h in hits if h.kind == "ordinal_after" and not text[group.end : h.start].strip())
        found = [h.name for h in after if h.start >= group.end]
    return found


def _combined(pieces: list[Schedule], text: str) -> list[Schedule]:
    """`Monthly, first Sunday`, `weekly (Fridays)` and `daily (Mon-Sat)` are one recurrence each; `daily full + hourly`
    are two."""
    found: list[Schedule] = []
    for piece in pieces:
        before = found[-1] if found else None
        if before is not None and _belong(before, piece, text):
            plain, exact = (before, piece) if "BYDAY" in (piece.rrule or "") else (piece, before)
            found[-1] = Schedule(
                start=before.start, end=piece.end, rrule=_with_days(plain, exact), word=plain.word
            )
        else:
            found.append(piece)
    return found


def _belong(a: Schedule, b: Schedule, text: str) -> bool:
    between = text[a.end : b.start]
    if len(between) > 30 or re.search(r"[;+]|\.\s", between):
        return False
    exact = [p.word in ("weekday", "nth") and p.rrule is not None for p in (a, b)]
    other = a if exact[1] else b
    daily = other.word == "daily" and exact[1] and "FREQ=WEEKLY" in (b.rrule or "")
    return (
        exact.count(True) == 1
        and (daily or other.word in _RECURRENCE_DAYS)
        and "BYDAY" not in (other.rrule or "")
    )


def _with_days(plain: Schedule, exact: Schedule) -> str | None:
    if plain.rrule is None or exact.rrule is None:
        return exact.rrule
    days = exact.rrule.partition("BYDAY=")[2]
    if plain.word == "daily" or (plain.word in ("weekly", "biweekly") and exact.word == "nth"):
        # `daily 02:00 (Mon-Sat)` is each of these days.
        return exact.rrule
    return f"{plain.rrule};BYDAY={days}"
