"""Times of day with their zones, days of the week, and recurrences."""

import re
from collections.abc import Sequence

from ..lexicon import Hit
from .types import Days, TimeRange

WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = WEEK[:5]

ALWAYS = re.compile(
    r"(?<!\d)24\s?(?:h|hours?|std\.?)?\s?[/x×*-]\s?7(?:\s?[/x×]\s?365)?(?!\d|[.,]\d)|(?<!\d)24\s?/\s?24(?:\s?h)?(?:\s?,?\s?(?:et|-)?\s?7\s?[/j]\s?[/s]?\s?7)?"
    r"|(?<!\d)24\s?h\s?/\s?24(?:\s?h)?(?:\s?,?\s?(?:et|-)?\s?7\s?j?\s?/\s?7\s?j?)?|(?<!\d)7\s?j?\s?/\s?7\s?j?(?!\d)|(?<!\d)7\s?[x×]\s?24(?!\d)"
    # `24 hours a day, 7 days a week`
    r"|(?<!\d)24 hours (?:a|per) day(?:,? (?:and )?(?:7|seven) days (?:a|per) week)?|(?<!\d)7 days (?:a|per) week"
    r"|(?<!\d)365\s?/\s?24(?!\d)"
)
_ZONE = re.compile(
    r"\(?\b(UTC\s?[+-]\s?\d{1,2}(?::\d\d)?|GMT\s?[+-]\s?\d{1,2}(?::\d\d)?|UTC|GMT|CEST|CET|EEST|EET|WEST|WET|BST|MESZ|MEZ"
    r"|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET|CT|MT|PT|BRT|ART|CLT|COT|PET|JST|IST|ICT|SGT|AEST|AEDT|MSK"
    r"|(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?)\b"
)
_CLOCK = (
    r"(?P<{0}h>[01]?\d|2[0-4])(?:\s?(?P<{0}s>[:.]|h)\s?(?P<{0}m>[0-5]\d)(?:\s?h(?!\w))?|\s?(?P<{0}b>h|uhr|gio)(?![a-z]))?"
    r"(?:\s?(?P<{0}p>am|pm|a\.m\.|p\.m\.)(?!\w))?(?:\s?(?P<{0}u>uhr|hrs?|hs|h)(?!\w))?"
)
_SEP = (
    r"\s{0,6}(?:-|–|—|‑|\bto\b|\btill\b|\buntil\b|\bbis\b|\ba las\b|\ba\b|\bas\b|\bate\b"
    r"|\bet\b|\by\b|\band\b|\bden\b|\bpana la\b|\bpana\b|\bla\b|\be\b|\bsi\b|\bva\b|\bund\b)\s?(?:as\s|las\s|la\s)?"
)
_AND = re.compile(r"\s?(?:and|y|et|e|si|va|und)\s?")
_BETWEEN = re.compile(
    r"\b(?:between|zwischen|entre|intre|giua|from|von|tu)\s*(?:the|las|les|as|a|le|la|orele|ora|horas|heures)?\s*$"
)
_RANGE = re.compile(
    r"(?<![\w.,:/+])"
    + _CLOCK.format("a")
    + r"(?P<sep>"
    + _SEP
    + r")"
    + _CLOCK.format("b")
    + r"(?![\w%]|[.,:/]\d)"
)
_SINGLE = re.compile(
    r"(?<![\w.,:/+-])(?P<h>[01]?\d|2[0-3])(?:[:h](?P<m>[0-5]\d)(?:\s?(?P<p>am|pm))?|\s?(?P<q>[ap]m|[ap]\.m\.)|\s?uhr)(?!\w|[:.]\d)"
)
# `à 4h`, `a las 3 h`, `lúc 2 giờ sáng`: an hour with a word for `at` before it.
_AT = re.compile(
    r"(?<!\w)(?:a|at|um|a las|as|la|la ora|luc|vers)\s(?P<h>[01]?\d|2[0-3])\s?(?:h|uhr|gio|hs|hrs)(?![\w])"
    r"(?:\s(?P<d>sang|chieu|toi|dem))?"
    # `los domingos a las 3`: nothing else follows.
    r"|(?<!\w)(?:a las|la ora|as)\s(?P<bare>[01]?\d|2[0-3])"
    r"(?=\s*(?:[;,.)]|$|de la (?:manana|madrugada|noche|tarde)|dimineata|noaptea|da manha))"
)
# `a partir das 22h`, `desde las 9 h`, `dès 20h`: from or until an hour of the day, whatever else is said.
FROM_HOUR = re.compile(
    r"(?<!\w)(?:(?:a partir das|depois das|apos as|antes das|ate as|desde as|a partir de las|desde las|hasta las"
    r"|despues de las|antes de las)\s(?:[01]?\d|2[0-3])|(?:a partir de|des|tu|truoc)\s(?:1[3-9]|2[0-3]))"
    r"\s?(?:h|hs|hrs|gio)(?!\w|\s?\d)"
)
_FOUR = re.compile(r"(?<!\d)([01]\d|2[0-4])([0-5]\d)\s?[-–]\s?([01]\d|2[0-4])([0-5]\d)(?!\d)")
_MIDNIGHT = re.compile(r"\b(?:midnight|mitternacht|minuit|medianoche|meia-noite|miezul noptii)\b")
_WEEKDAYS_JOIN = re.compile(
    r"\s*\.?\s*(?:-|–|—|‑|to|through|thru|bis|a|al|au|ate|den|pana|\.\.)\s*(?:la |vineri|ngay )?$"
)
_VIETNAMESE = re.compile(
    r"\bthu\s([2-7])\b|\bt([2-7])(?=\s?[-–]\s?(?:t[2-7]|cn)\b|\b,)|(?<=[-–])\s?t([2-7])\b"
)
_L_V = re.compile(r"\bl\s?[-–]\s?v\b(?=\s*,?\s*(?:de\s)?\d)")


def find_times(
    text: str, original: str, days: Sequence[Days], hits: Sequence[Hit]
) -> tuple[list[TimeRange], str | None]:
    """The ranges of a folded text (else its single times), and the zone it names, if just one."""
    text = _MIDNIGHT.sub(lambda m: f"{'12am':<{len(m[0])}}", text)
    # `midnight` is read as `12am`, in the same place.
    zones = list(dict.fromkeys(re.sub(r"\s", "", m[1]) for m in _ZONE.finditer(original)))
    zone = zones[0] if len(zones) == 1 else None
    dated = bool(days) or zone is not None or any(h.kind == "cadence" for h in hits)
    found: list[TimeRange] = []
    for m in _RANGE.finditer(text):
        if _AND.fullmatch(m["sep"]) and not _BETWEEN.search(text[: m.start()]):
            # `at 02:00 and 14:00` are two times.
            continue
        if _counts_days(m, days, text):
            continue
        made = _range(m, dated=dated, beside_day=_beside(m, days, text))
        if made is not None:
            found.append(
                TimeRange(
                    start=m.start(),
                    end=m.end(),
                    begins=made[0],
                    ends=made[1],
                    zone=_zone(original, m.end(), zone),
                )
            )
    if zone and not found:
        for m in _FOUR.finditer(text):
            found.append(
                TimeRange(
                    start=m.start(), end=m.end(), begins=f"{m[1]}:{m[2]}", ends=f"{m[3]}:{m[4]}", zone=zone
                )
            )
    if not found and dated:
        found.extend(_at(m, original, zone) for m in _AT.finditer(text))
    if not found:
        for m in _SINGLE.finditer(text):
            at = _hhmm(int(m["h"]), m["m"], m["p"] or m["q"])
            if at and (m["m"] or m["q"] or m[0].endswith("uhr")) and (dated or ":" in m[0]):
                found.append(
                    TimeRange(
                        start=m.start(),
                        end=m.end(),
                        begins=at,
                        ends=None,
                        zone=_zone(original, m.end(), zone),
                    )
                )
    return found, zone


def _at(m: re.Match[str], original: str, zone: str | None) -> TimeRange:
    group = "bare" if m["bare"] else "h"
    hour = int(m[group])
    if m["d"] in ("chieu", "toi") and hour < 12:
        hour += 12
    return TimeRange(
        start=m.start(group),
        end=m.end(),
        begins=f"{hour:02d}:00",
        ends=None,
        zone=_zone(original, m.end(), zone),
    )


def _zone(original: str, end: int, only: str | None) -> str | None:
    beside = _ZONE.match(original, end + len(original[end:]) - len(original[end:].lstrip(" ,(")))
    return re.sub(r"\s", "", beside[1]) if beside else only


def _beside(m: re.Match[str], days: Sequence[Days], text: str) -> bool:
    """Does a weekday stand right before (or after) the two numbers?"""
    return any(
        not text[d.end : m.start()].strip(" ,:.")
        if d.end <= m.start()
        else not text[m.end() : d.start].strip(" ,:.(")
        for d in days
    )


def _counts_days(m: re.Match[str], days: Sequence[Days], text: str) -> bool:
    """`1-3 dias úteis`, `2–5 Werktage`: so many working days, and no time of day."""
    bare = re.fullmatch(r"[1-9]\d?\D+(?:[1-9]|10)", m[0])
    return bool(bare) and any(d.days == WORKING and text[m.end() : d.start] in ("", " ") for d in days)


def _range(m: re.Match[str], *, dated: bool, beside_day: bool) -> tuple[str, str] | None:
    first, last = m["ap"], m["bp"]
    if last and not first and int(m["ah"]) <= 12:
        # 2-6 AM: both in the morning; 10-2 AM: from the evening before.
        first = last if int(m["ah"]) % 12 <= int(m["bh"]) % 12 else ("pm" if last.startswith("a") else "am")
    marked_a = m["am"] or first or m["ab"] or m["au"]
    marked_b = m["bm"] or last or m["bb"] or m["bu"]
    only_hours = (
        (m["ab"] or m["as"] == "h" or not marked_a) and (m["bb"] or m["bs"] == "h" or m["bu"]) and not last
    )
    dotted = "." in (m["as"], m["bs"])
    if not (marked_a or marked_b):
        if not beside_day:
            return None
    elif only_hours and "uhr" not in m[0] and "gio" not in m[0]:
        # `2h - 6h` is a span of time unless a day or a zone says that it is a time of day.
        if not (dated or int(m["ah"]) > int(m["bh"])):
            return None
    elif dotted and not (dated or "uhr" in m[0] or first):
        return None
    begins, ends = _hhmm(int(m["ah"]), m["am"], first), _hhmm(int(m["bh"]), m["bm"], last)
    return (begins, ends) if begins and ends and begins != ends else None


def _hhmm(hour: int, minutes: str | None, half: str | None) -> str | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour == 24 and int(minutes or 0):
        return None
    return f"{hour:02d}:{int(minutes or 0):02d}"


def find_days(text: str, original: str, hits: Sequence[Hit]) -> list[Days]:
    """Groups of days: a range (Mon-Fri), a list (Tue/Thu), or one; `weekdays` and `weekend` too."""
    found: list[Days] = []
    # In Vietnamese the second Sunday is `Chủ nhật tuần thứ hai`, and `thứ hai` alone is Monday.
    counted = [h for h in hits if h.kind == "ordinal_after" and h.end - h.start > 8]
    hits = [h for h in hits if not any(c.start <= h.start and h.end <= c.end for c in counted if c is not h)]
    marks = [
        (h.start, h.end, h.name) for h in hits if h.kind == "weekday" and _is_meant(h, text, original, hits)
    ]
    marks += [(m.start(), m.end(), WEEK[int(m[1] or m[2] or m[3]) - 2]) for m in _VIETNAMESE.finditer(text)]
    marks += [(m.start(), m.end(), "working") for m in _L_V.finditer(text)]
    marks.sort()
    # In Portuguese `segunda` is Monday, and `segunda terça-feira` the second Tuesday.
    counts = {(h.start, h.end) for h in hits if h.kind == "ordinal"}
    marks = [
        mark
        for n, mark in enumerate(marks)
        if not (mark[:2] in counts and n + 1 < len(marks) and text[mark[1] : marks[n + 1][0]] == " ")
    ]
    i = 0
    while i < len(marks):
        start, end, name = marks[i]
        days = list(_named(name))
        while i + 1 < len(marks) and (joined := _join(text[end : marks[i + 1][0]], days, marks[i + 1][2])):
            i += 1
            days, end = joined, marks[i][1]
        found.append(Days(start, end, tuple(d for d in WEEK if d in days)))
        i += 1
    return found


def _named(name: str) -> tuple[str, ...]:
    return {"working": WORKING, "weekend": WEEK[5:], "all": WEEK}.get(name, (name,))


def _join(between: str, days: list[str], name: str) -> list[str] | None:
    if name not in WEEK or days[-1] not in WEEK:
        return None
    if _WEEKDAYS_JOIN.match(between):
        first, last = WEEK.index(days[-1]), WEEK.index(name)
        span = WEEK[first : last + 1] if first <= last else WEEK[first:] + WEEK[: last + 1]
        return [*days, *span]
    if re.fullmatch(r"\s*(?:,|/|&|\+|,?\s*(?:and|und|y|et|e|si|va|or|o|ou|oder)\s)\s*(?:on )?", between):
        return [*days, name]
    return None


def _is_meant(hit: Hit, text: str, original: str, hits: Sequence[Hit]) -> bool:
    """`So`, `mar`, `do` are also other words: as days they stand in capitals beside a day, a time or `every`."""
    if hit.end - hit.start > 3:
        return True
    near = text[max(0, hit.start - 4) : hit.start] + " " + text[hit.end : hit.end + 4]
    if re.search(r"\d", near):
        return True
    others = (h for h in hits if h is not hit and h.kind in ("weekday", "every", "cadence", "ordinal"))
    # As far as ` and ` is long.
    return any(abs(h.start - hit.end) <= 5 or abs(hit.start - h.end) <= 5 for h in others)
