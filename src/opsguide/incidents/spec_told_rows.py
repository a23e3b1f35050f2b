"""Who is told, in rows of tables: by role, by delay, by severity, by what has happened."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from ..guide.quantities import Measure
from ..guide.reader import Column, Item, Key
from .spec_told_parts import (
    ARROWS,
    MAX_WORDS,
    Told,
    around,
    delay_of,
    is_somebody,
    recipient_of,
    seconds_of,
    severity_of,
    split_name,
)


def row(item: Item) -> Iterator[Told]:
    """`| Level 2 | Platform team | after 30 min |`, `| P2 | … | After 4h to Ops Manager |`, `| P1 | on-call | lead |`
    under `| | at once | after 30 min |`.
    """
    severity = tuple(k for m in item.scene.mentions(item.label) for k in m.keys)
    role = _role_column(item)
    acts = [c for c in item.values if c.header.has("column", "action")]
    condition = item.label.of("condition") or not (item.label.measures or item.label.has("immediate"))
    if acts and condition and item.scene.about("escalation", within=1):
        yield from _by_condition(item, acts[0], severity)
        return
    late = delay_of(item.label) if item.label.measures else None
    if late is not None or item.label.has("immediate"):
        yield from _by_delay(item, late)
        return
    for column in item.values:
        if column.header.has("topic", "escalation") and (severity or role is None):
            for said in _in_cell(column):
                yield replace(said, severity=severity or said.severity)
        header = delay_of(column.header)
        at_once = column.header.has("immediate")
        if (header is not None or at_once) and is_somebody(column.text) and not column.text.measures:
            name, _ = split_name(column.text.text)
            yield Told(to=name, after=header.value if header else 0, column=column, severity=severity)
    if role is not None and item.scene.about("escalation", "oncall", within=1):
        yield from _by_role(item, role, severity)


def _by_delay(item: Item, late: Measure | None) -> Iterator[Told]:
    """`| 30 min | Team lead | On-call |` under `| After | S1 | S2 |`; `| T+15 min | Head of IT |`."""
    across = [c for c in item.values if item.scene.mentions(c.header)]
    for column in across or item.values[:1]:
        # `No ack → Team lead`: after the last arrow; `Escalate to the board`: after the verb.
        words = ARROWS.split(column.text.text)[-1]
        name, _ = split_name(recipient_of(item.scene.analyst.phrase(words)) or words)
        if column.header.has("column", "action") and not is_somebody(item.scene.analyst.phrase(name)):
            continue
        timed = any(m.unit == "seconds" for m in column.text.measures)
        if column.text.placeholder or not name or len(re.findall(r"\w+", name)) > MAX_WORDS or timed:
            continue
        severity = tuple(k for m in item.scene.mentions(column.header) for k in m.keys)
        yield Told(
            to=name,
            after=late.value if late is not None else 0,
            column=column,
            severity=severity or item.scene.severities_around(),
            uses=frozenset({item.columns[0].key(late.start)}) if late is not None else frozenset(),
        )


def _by_condition(item: Item, column: Column, severity: tuple[str, ...]) -> Iterator[Told]:
    """`| SEV1 not resolved in 30 minutes | Escalate to the manager |`, `| Data loss | Immediately escalate to CTO |`"""
    measure = delay_of(column.text) or (delay_of(item.label) if item.label.of("condition") else None)
    recipient = recipient_of(column.text)
    if not recipient or item.label.blanked:
        return
    own = measure is not None and measure in column.text.measures
    place = column if own else item.columns[0]
    yield Told(
        to=recipient,
        after=seconds_of(column.text, measure),
        column=column,
        severity=severity,
        scope=None if severity else item.label.text,
        uses=frozenset({place.key(measure.start)}) if measure is not None else frozenset(),
    )


def _in_cell(column: Column) -> Iterator[Told]:
    for start, end in column.text.clauses():
        phrase = column.item.scene.analyst.phrase(column.text.text[start:end].strip())
        measure = delay_of(phrase)
        recipient = recipient_of(phrase)
        if recipient and (measure is not None or phrase.has("immediate")):
            offset = column.text.text.find(phrase.text, start)
            uses = frozenset({column.key(measure.start + offset)}) if measure else frozenset[Key]()
            yield Told(
                to=recipient,
                after=seconds_of(phrase, measure),
                column=column,
                severity=around(column),
                uses=uses,
            )


def _role_column(item: Item) -> Column | None:
    """The column that says who: one that does not also say when, if there is a choice."""
    named = [c for c in item.columns if c.header.has("column", "role") and is_somebody(c.text)]
    plain = [c for c in named if not c.header.has("column", "after")]
    return next(iter(plain or named), None)


def _by_role(item: Item, role: Column, severity: tuple[str, ...]) -> Iterator[Told]:
    measure: Measure | None = None
    place: Column | None = None
    for column in item.columns:
        when = column.header.has("column", "after") or column.header.has("topic", "escalation")
        if (
            column is not role
            and when
            and (delay_of(column.text) is not None or column.text.has("immediate"))
        ):
            measure, place = delay_of(column.text), column
            break
    name, _ = split_name(role.text.text)
    if role.text.placeholder or not name:
        return
    across = [c for c in item.columns if c is not role and item.scene.mentions(c.header, names=False)]
    acts = {h.name for h in item.label.of("moment")} - {"escalate", "notify"}
    timed = [c for c in across if not acts and (delay_of(c.text) is not None or c.text.has("immediate"))]
    for column in timed:
        # `| Duty manager | at once | 1 hour |` under `| Role | P1 | P2 |`
        keys = tuple(k for m in item.scene.mentions(column.header, names=False) for k in m.keys)
        yield Told(
            to=name, after=seconds_of(column.text, delay_of(column.text)), column=column, severity=keys
        )
    if timed:
        return
    # `| Network | Network team |`: a row by area, and no rung of a ladder.
    area = item.key_header.has("column", "scope") and place is None and role is not item.columns[0]
    yield Told(
        to=name,
        after=seconds_of(place.text, measure) if place else None,
        column=place or role,
        severity=severity or (severity_of(place, place.text) or around(place) if place else ()),
        scope=item.label.text if area else None,
        uses=frozenset({place.key(measure.start)}) if place and measure else frozenset(),
    )
