"""Reads maintenance windows: when, how long, announced how long before."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from ..guide.lexicon import fold
from ..guide.phrases import Phrase
from ..guide.quantities import Measure, Schedule, TimeRange
from ..guide.reader import Column, Draft, Item, Key, Scene
from ..guide.values import Window

_EMERGENCY = ("emergency",)
# `On 12/03/2026 from 22:00 to 02:00 there was maintenance`: once, and no window that comes again.
_DATED = re.compile(r"\b(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
_NIGHT = re.compile(
    r"\b(?:night (?:from|of)|nacht (?:von|vom)|nuit (?:de|du)|noche de|noite de|noaptea de)\b"
)
_MAX_NAME = 6


class _Parts(Struct):
    """What a statement (or a group of them) says of a window."""

    rrule: str | None = None
    times: TimeRange | None = None
    zone: str | None = None
    low: int | float | None = None
    high: int | float | None = None
    notice: int | float | None = None
    notice_days: int | float | None = None
    scope: str | None = None
    items: list[Item] = field(default_factory=list)
    uses: set[Key] = field(default_factory=set)

    @property
    def says_when(self) -> bool:
        return self.rrule is not None or self.times is not None

    @property
    def says_anything(self) -> bool:
        amounts = (self.high, self.notice, self.notice_days)
        return self.says_when or any(amount is not None for amount in amounts)


def read_windows(scene: Scene) -> Iterator[Draft]:
    """Bullets under a maintenance heading that together say one window (the seed), `Maintenance Window: Sunday
    02:00-06:00` anywhere (en_handbook_0210, en_axiom), a table with one kind of maintenance a row.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    if scene.block.kind == "table":
        yield from _table(scene)
    elif scene.block.kind == "data":
        yield from _data(scene)
    else:
        yield from _said(scene)


# Tables ----------------------------------------------------------------------------------------------------------


def _table(scene: Scene) -> Iterator[Draft]:
    for item in scene.items:
        listed = item.key_header.has("window", "window") or scene.topic == "maintenance"
        about = listed or item.label.has("window", "window")
        windows = (
            c for c in item.values if c.header.has("window", "window") or c.header.has("column", "interval")
        )
        allowed = next(windows, None)
        if allowed is not None and not about and allowed.text.quantities.times:
            yield _allowed(item, allowed)
            continue
        if not about or item.label.placeholder:
            continue
        parts = _Parts(items=[item])
        for column in item.values:
            _cell(column, parts)
        if parts.says_when or (listed and parts.says_anything):
            yield _draft(item.label.text, parts, _row_scope(item))


def _allowed(item: Item, column: Column) -> Draft:
    """`| Low risk | 2 business days | Tue and Thu 18:00-20:00 |`: the window of one kind of change."""
    parts = _Parts(items=[item])
    _when(column, parts)
    for other in item.values:
        if other is not column and other.header.has("window", "notice"):
            _notice(other, other.text.measures, parts)
        elif other is not column and _says_how_often(other):
            _when(other, parts)
    return _draft(column.header.text, parts, item.label.text)


def _row_scope(item: Item) -> str | None:
    scope = next((c for c in item.values if c.header.has("column", "scope")), None)
    return scope.text.text if scope is not None and not scope.text.placeholder else None


def _cell(column: Column, parts: _Parts) -> None:
    """One cell by its header; a cell under no telling header counts for the time of day it holds."""
    header, text = column.header, column.text
    if header.has("column", "notice") or header.has("window", "notice"):
        _notice(column, text.measures, parts)
    elif header.has("column", "duration") and not header.has("column", "frequency"):
        _length(column, text.measures, parts)
    else:
        _when(column, parts)
        zone = header.has("column", "zone") and text.text
        parts.zone = parts.zone or (zone or None) or text.quantities.zone


# Lists and sentences ---------------------------------------------------------------------------------------------


def _said(scene: Scene) -> Iterator[Draft]:
    """Statements that hold a window of their own, each one; the others of a maintenance list complete it."""
    about = scene.topic == "maintenance" and not _is_emergency(scene)
    windows: list[_Parts] = []
    shared = _Parts()
    for item in scene.items:
        if (
            item.label.has("window", "rollback")
            or item.whole.has("patching", "patch")
            or item.whole.has("demand", "freeze")
        ):
            continue
        named = item.label.has("window", "window") or (
            not item.label.text and item.body.has("window", "window")
        )
        emergency = item.label if item.label.text else item.body
        if not (about or named) or emergency.has("topic", "emergency"):
            continue
        parts = _statement(item, about=about)
        exact = parts.times is not None or "BYDAY" in (parts.rrule or "")
        if parts.says_when and (about or (named and exact)):
            windows.append(parts)
        elif about and parts.uses:
            _add(shared, parts)
        elif named and not about and parts.notice is not None and not item.label.text:
            # `Planned maintenance is announced 48 hours in advance` where something else is spoken of.
            windows.append(_Parts(notice=parts.notice, items=parts.items, uses=parts.uses))
        elif named and not about and not parts.uses and item.label.has("window", "window"):
            windows.append(parts)
    if not windows and shared.uses:
        windows.append(_Parts())
    for parts in windows:
        _add(parts, shared)
        item = parts.items[0]
        yield _draft(_name(item, about=about), parts, _scope(item, parts, several=len(windows) > 1))


def _is_emergency(scene: Scene) -> bool:
    return any(p.has("topic", "emergency") for p in (*scene.labels, *scene.headings[:1]))


def _statement(item: Item, *, about: bool) -> _Parts:
    column = item.columns[0]
    parts = _Parts(items=[item])
    if not any(h.start == 0 for h in column.text.of("negation")):
        # `No deployments on Fridays` opens no window.
        _when(column, parts)
    for m in column.text.measures:
        if m.every or m.unit not in ("seconds", "business_days", "months"):
            continue
        clause = column.text.clause_of(m.start)
        near = column.text.between("window", *clause)
        if any(h.name == "notice" for h in near) or (
            item.label.has("window", "notice") and not any(h.name == "duration" for h in near)
        ):
            _notice(column, (m,), parts)
        elif (
            item.label.has("window", "duration")
            or any(h.name == "duration" for h in near)
            or (m.op in ("<=", "<") and _says_only(column, m, clause))
        ):
            _length(column, (m,), parts)
    return parts


def _says_only(column: Column, measure: Measure, clause: tuple[int, int]) -> bool:
    """`for at most 4 hours`: a clause that speaks of anything else limits something else."""
    part = column.item.scene.analyst.phrase(column.text.text[clause[0] : clause[1]].strip())
    spans = [(m.start, m.end) for m in part.measures]
    spans += [(t.start, t.end) for t in part.quantities.times]
    spans += [(s.start, s.end) for s in part.quantities.schedules]
    return len(part.residue(*spans, kinds=("window", "comparator", "cadence", "weekday", "modal"))) <= 1


def _when(column: Column, parts: _Parts) -> None:
    found = column.text.quantities
    schedule: Schedule | None = next((s for s in found.schedules if s.rrule), None)
    if schedule is not None and parts.rrule is None:
        parts.rrule = schedule.rrule
        parts.uses.add(column.key(schedule.start))
    elif schedule is not None and "BYDAY" in (schedule.rrule or "") and "BYDAY" not in (parts.rrule or ""):
        parts.rrule = _join(parts.rrule or "", schedule.rrule or "")
        parts.uses.add(column.key(schedule.start))
    elif (
        schedule is not None
        and _is_rarer(schedule.rrule or "", parts.rrule or "")
        and _says_how_often(column)
    ):
        # `Sunday 02:00-06:00` in one cell and `monthly` in the next.
        parts.rrule = _join(schedule.rrule or "", parts.rrule or "")
        parts.uses.add(column.key(schedule.start))
    if found.times and parts.rrule and _NIGHT.search(fold(column.text.text)):
        parts.rrule = _of_night(parts.rrule, found.times[0])
    if found.times and parts.times is None and (schedule is not None or not _DATED.search(column.text.text)):
        parts.times = found.times[0]
        parts.zone = parts.zone or found.times[0].zone or found.zone
        parts.uses.add(column.key(found.times[0].start))


def _of_night(rule: str, times: TimeRange) -> str:
    """`the night from Monday to Tuesday, 01:00-04:00` is Tuesday; from 22:00 on it is Monday."""
    days = rule.removeprefix("FREQ=WEEKLY;BYDAY=").split(",")
    if not rule.startswith("FREQ=WEEKLY;BYDAY=") or len(days) != 2:
        return rule
    first = days[0] if days != ["MO", "SU"] else "SU"
    return f"FREQ=WEEKLY;BYDAY={first if (times.begins or '') >= '12:00' else next(d for d in days if d != first)}"


def _is_rarer(rule: str, weekly: str) -> bool:
    return weekly.startswith("FREQ=WEEKLY;BYDAY") and rule.startswith(("FREQ=MONTHLY", "FREQ=YEARLY"))


def _says_how_often(column: Column) -> bool:
    return column.header.has("column", "frequency") or column.header.has("window", "frequency")


def _join(rule: str, days: str) -> str:
    """`Monthly` in one cell and `first Sunday` in the next."""
    by = days.partition("BYDAY=")[2]
    return days if rule in ("", "FREQ=WEEKLY") else f"{rule};BYDAY={by}"


def _length(column: Column, measures: Sequence[Measure], parts: _Parts) -> None:
    for m in measures:
        if m.unit == "seconds" and parts.high is None:
            parts.low, parts.high = (m.value, m.high) if m.high is not None else (None, m.value)
            parts.uses.add(column.key(m.start))


def _notice(column: Column, measures: Sequence[Measure], parts: _Parts) -> None:
    for m in measures:
        if m.unit == "seconds" and parts.notice is None:
            parts.notice = m.value
            parts.uses.add(column.key(m.start))
        elif m.unit == "business_days" and parts.notice_days is None:
            parts.notice_days = m.value
            parts.uses.add(column.key(m.start))


def _add(parts: _Parts, more: _Parts) -> None:
    """Completes a window with what its neighbours say."""
    for name in ("rrule", "times", "zone", "low", "high", "notice", "notice_days"):
        if getattr(parts, name) is None:
            setattr(parts, name, getattr(more, name))
    parts.items.extend(item for item in more.items if item not in parts.items)
    parts.uses |= more.uses


def _name(item: Item, *, about: bool) -> str:
    """How the window is called: by its heading where the whole list is about it, else by its label."""
    scene = item.scene
    if about:
        for phrase in (*scene.labels, *scene.headings):
            if phrase.has("topic", "maintenance") and len(phrase.text.split()) <= _MAX_NAME:
                return phrase.text
    return item.label.text or "maintenance window"


def _scope(item: Item, parts: _Parts, *, several: bool) -> str | None:
    """After `for` in the statement, else the label of one among several, else a heading that names a thing."""
    phrase = item.columns[0].text
    ends = [t.end for t in phrase.quantities.times] + [s.end for s in phrase.quantities.schedules]
    for hit in phrase.of("purpose"):
        if ends and hit.start >= max(ends) - 1 and len(phrase.text[max(ends) : hit.start].split()) <= 1:
            words = phrase.text[hit.end : phrase.clause_of(hit.start)[1]].strip(" .;,)")
            part = item.scene.analyst.phrase(words)
            if words and not part.measures and not part.blanked:
                return words
    if several and item.label.text and not item.label.of("window"):
        return item.label.text
    heading: Phrase | None = item.scene.headings[0] if item.scene.headings else None
    above: list[Phrase] = [*item.scene.labels, *([heading] if heading else [])]
    for outer in above:
        if (
            outer.residue(kinds=("topic", "window", "objective", "signal"))
            and not outer.of("topic")
            and outer.text != item.scene.title
        ):
            return outer.text
    return None


# Data ------------------------------------------------------------------------------------------------------------


def _data(scene: Scene) -> Iterator[Draft]:
    if not (scene.topic == "maintenance" or any(p.has("window", "window") for p in scene.labels)):
        yield from _entries(scene)
        return
    parts = _Parts()
    begins = ends = None
    for item in scene.items:
        column, label = item.columns[0], item.label
        own = _Parts(items=[item])
        if label.has("window", "notice"):
            _notice(column, column.text.measures, own)
        elif label.has("column", "zone"):
            own.zone = item.body.text
            own.uses.add(column.key(0))
        elif label.has("window", "duration"):
            _length(column, column.text.measures, own)
        else:
            _when(column, own)
            if own.times is not None and own.times.ends is None:
                begins = own.times.begins if label.has("column", "start") else begins
                ends = own.times.begins if label.has("column", "end") else ends
                own.times = None
        if own.uses:
            _add(parts, own)
    if begins or ends:
        parts.times = TimeRange(start=0, end=0, begins=begins, ends=ends)
    if parts.items and (parts.says_when or parts.notice is not None or parts.high is not None):
        yield _draft(scene.block.labels[-1] if scene.block.labels else "maintenance window", parts, None)


def _entries(scene: Scene) -> Iterator[Draft]:
    """`maintenance_window: Sunday 03:00-04:00 UTC` among other settings."""
    for item in scene.items:
        parts = _Parts(items=[item])
        if item.label.has("window", "window"):
            _when(item.columns[0], parts)
        if parts.times is not None:
            yield _draft(item.label.text, parts, None)


def _draft(name: str, parts: _Parts, scope: str | None) -> Draft:
    times = parts.times
    return Draft(
        keeper="maintenance",
        control="gate",
        name=("window", name, *((scope,) if scope else ())),
        values=Window(
            window=name.casefold(),
            rrule=parts.rrule,
            start=times.begins if times else None,
            end=times.ends if times else None,
            zone=parts.zone or (times.zone if times else None),
            min_seconds=parts.low,
            max_seconds=parts.high,
            notice_seconds=parts.notice,
            notice_business_days=parts.notice_days,
            scope=scope,
        ),
        items=tuple(parts.items),
        uses=frozenset(parts.uses),
    )
