"""Reads how fast people must act on an incident: acknowledge, respond, resolve, escalate, update, postmortem."""

import re
from collections.abc import Iterator
from typing import cast

from ..guide.claims import (
    Claim,
    amount,
    claims,
    ends_an_incident,
    hours_in,
    inherited,
    is_transparent,
    last_part,
    paired,
)
from ..guide.lexicon import Hit, fold
from ..guide.quantities import BLANK, Measure
from ..guide.reader import Column, Draft, Item, Scene
from ..guide.severities import NAMES
from ..guide.values import ClockValues, Hours
from .spec_clocks_unlimited import CLOCKS, ClockName, without_amount

_UNITS = ("seconds", "business_days", "months")
_NOT_HERE = {"retention", "backups", "patching", "timeline", "releases", "pipeline"} | {
    "maintenance",
    "emergency",
}
_ARTICLE = re.compile(r"[\s-]*(?:the|der|die|das|dem|la|el|le|l'|a|o|as|os)?[\s-]*", re.I)
_CODE = re.compile(r"\b(?:P|S|SEV|PRIO|PRIORITY|SEVERITY)[\s-]?[0-5]\b", re.I)
_BRACKETS = re.compile(r"\([^()]*\)")
_CRITERIA = ("criteria", "example", "review")


def read_clocks(scene: Scene) -> Iterator[Draft]:
    """A duration, the event that it runs to and the severities that it is for: `Critical: 15 minutes
    acknowledgment, 2 hours resolution` (the seed), a row of a table with one column a clock (de_handbook_0120),
    `Detección → Acknowledged: <5 minutos` under a severity's heading (es_laoz), `SEV-1 <10min, SEV-2 <30min`.
    """
    if scene.aside or scene.block.kind == "heading" or _about_something_else(scene):
        return
    above = any(phrase.has("moment") for phrase in scene.outer) or scene.about("postmortems", within=0)
    for item in scene.items:
        if scene.chapter == "security" and item.whole.has("patching", "patch"):
            # `Critical vulnerabilities are remedied within 48 hours`, where a severity is called critical, too.
            continue
        if not (above or _speaks_of_a_moment(item)) or (item.row and "cvss" in item.whole.text.casefold()):
            continue
        for claim in claims(item, *_UNITS):
            if not (scene.chapter == "security" and claim.column.header.of("patching")):
                yield from _clock(claim)
        yield from _by_cadence(item)
        yield from without_amount(item)


def _speaks_of_a_moment(item: Item) -> bool:
    """Most statements of a guide do not: they are passed by before their amounts are looked at."""
    before = item.scene.block.kind == "paragraph" and bool(item.scene.mentions(item.whole))
    return before or item.whole.has("moment") or any(c.header.has("moment") for c in item.columns)


_PERIODS = {"FREQ=HOURLY": 3600, "FREQ=DAILY": 86400, "FREQ=WEEKLY": 604800, "FREQ=MINUTELY": 60}


def _by_cadence(item: Item) -> Iterator[Draft]:
    """`Updates: hourly`, `a cada hora (SEV-2)`: a recurrence without a number is an interval too."""
    for column in item.columns if item.row else item.values:
        for schedule in column.text.quantities.schedules:
            seconds = _PERIODS.get(schedule.rrule or "")
            if seconds is None or schedule.word == "every":
                continue
            measure = Measure(
                start=schedule.start, end=schedule.end, value=seconds, unit="seconds", every=True
            )
            claim = Claim(column, measure)
            if _name(claim) == "update":
                for severity in claim.severities():
                    yield _draft("update", severity, _hours(column), {"seconds": seconds}, claim, (item,))


def _about_something_else(scene: Scene) -> bool:
    # Of a `Response timeline` by severity every row is a limit; of one of events none is.
    by_severity = (
        scene.topic == "timeline" and scene.block.kind == "table" and scene.mentions(scene.items[0].label)
    )
    return (scene.topic in _NOT_HERE and not by_severity) or any(
        hit.name in _CRITERIA for phrase in scene.labels[:1] for hit in phrase.of("aside")
    )


def _clock(claim: Claim) -> Iterator[Draft]:
    name = _name(claim)
    if name is None or name not in CLOCKS or not _is_limit(claim, name):
        return
    if name == "escalate" and claim.item.row and claim.column is claim.item.columns[0]:
        # `| T+30 min | escalate to the board |` is one rung of a ladder.
        return
    severities = claim.severities() or _undeclared(claim)
    if not severities and not _speaks_of_people(claim):
        return
    values = amount(claim.measure)
    own = _hours(claim.column)
    for severity in severities or (None,):
        said = claim.scene.shared.hours.get(severity or "")
        use = said is not None and (own is None or not (own.days or own.start)) and name != "postmortem"
        hours, items = (said[0], (claim.item, said[1])) if said is not None and use else (own, (claim.item,))
        yield _draft(cast(ClockName, name), severity, hours, values, claim, items)


def _undeclared(claim: Claim) -> tuple[str, ...]:
    """`| Routine | 1 working day |` below `| Urgent | 10 min |`: a severity by its column, whatever its name."""
    item = claim.item
    words = len(item.label.text.split())
    if not item.row or not item.key_header.has("column", "severity") or not 0 < words <= 2:
        return ()
    named = any(claim.scene.mentions(other.label) for other in claim.scene.items)
    return (item.label.text.casefold(),) if named and not item.label.measures else ()


def _paired(claim: Claim, inside: list[Hit]) -> str:
    """Of several events and durations in a clause the one that goes with this duration, else the nearest."""
    m = claim.measure
    places = [
        (x.start, x.end) for x in claim.text.measures if x.unit in _UNITS and _within(x.start, claim.around)
    ]
    if len(places) > 1 and len({h.name for h in inside}) > 1:
        found = paired(inside, places, (m.start, m.end))
        if found is not None:
            return found.name
    return min(inside, key=lambda h: _distance(h.start, h.end, m.start, m.end)).name


def _within(at: int, span: tuple[int, int]) -> bool:
    return span[0] <= at < span[1]


def _speaks_of_people(claim: Claim) -> bool:
    """Without a severity only a chapter on incidents, or a sentence that says what must happen, gives a clock."""
    if claim.scene.block.kind == "data" and claim.scene.about("alerts"):
        return False
    if _by_plan(claim) is not None:
        return True
    if claim.item.row and not is_transparent(claim.column.header, claim.scene):
        # `| Learn | Post-mortem within 5 working days |` says itself what it is.
        told = claim.text.has("moment", "postmortem") and claim.scene.chapter == "incidents"
        return _plan(claim) is not None or told
    if any(t.ends is None for t in claim.text.quantities.times):
        # `A ticket that comes in at 17:30 with 2 hours to go` is an example.
        return False
    coded = _CODE.search(claim.text.text[slice(*claim.around)])
    if coded or any(hit.name in NAMES for hit in claim.item.whole.of("severity")):
        # It names a severity that the guide does not define: for whom the clock is cannot be told.
        return False
    return claim.scene.chapter == "incidents" or bool(
        claim.near("moment") and claim.scene.about("incidents", "oncall")
    )


def _by_plan(claim: Claim) -> str | None:
    """`| Channel | First response |`, `| Plan | Response time |`: of people, by what the row says; else None."""
    item, header = claim.item, claim.column.header
    if not item.row:
        label = item.label
        support = any("support" in fold(p.text) for p in claim.scene.outer[:1]) and claim.near("moment")
        if not support or not label.text or label.blanked or label.measures or label.of("moment"):
            return None
        return None if claim.scene.mentions(label) else label.text
    slow = claim.measure.unit != "seconds" or claim.measure.value >= 60
    named = {h.name for h in header.of("moment")} & {"respond", "acknowledge", "resolve", "update"}
    if not (slow and named and item.key_header.has("column", "scope")):
        return None
    return None if item.label.blanked or item.label.measures or item.label.of("signal") else item.label.text


def _name(claim: Claim) -> str | None:
    """The event that the duration runs to."""
    m = claim.measure
    label = claim.item.label
    if any(hit.name in _CRITERIA for hit in (*label.of("aside"), *claim.column.header.of("aside"))):
        # `Criteria: lasting > 30 min` says when it is that severity, not how fast to act.
        if not label.of("moment"):
            return None
    if claim.text.has("moment", "mean") or label.has("moment", "mean"):
        return None
    recovery = any(h.name in ("rto", "rpo") for h in claim.text.between("recovery", *claim.clause))
    if recovery and not ends_an_incident(claim, claim.text):
        # `(hence the 24 h RPO)`
        return None
    if _denied(claim) or claim.text.between("condition", *claim.clause):
        return "escalate" if _is_escalation(claim) else None
    if label.has("column", "duration") and not label.of("moment"):
        # `Duration: 60 min` under `Post-mortem meeting` is how long it takes, not until when.
        return None
    inside = claim.text.between("moment", *claim.clause) or claim.text.between("moment", *claim.around)
    # `(e.g. CRM updates)` speaks of no update.
    inside = [h for h in inside if not _is_start(claim, h) and claim.text.masked[h.start] != BLANK]
    if m.every:
        wanted = [h for h in inside if h.name == "update"] or last_part(label, "moment") or _moments(claim)
        if any(h.name == "update" for h in wanted):
            return "update"
        return "update" if inherited(claim.column, "moment") == "update" else None
    if (
        claim.scene.about("postmortems", within=0)
        and claim.text.of("report")
        and {h.name for h in inside} <= {"notify"}
    ):
        return "postmortem"
    if inside:
        name = _paired(claim, inside)
        # `Status page within 15 min, then every 30 min`: the first is no interval.
        return None if name == "update" and any(x.every for x in claim.text.measures) else name
    said_before = _as_before(claim)
    if said_before is not None:
        return said_before
    if _residue(claim) or any(h.name == "patch" for h in claim.text.between("patching", *claim.around)):
        return None
    above = inherited(claim.column, "moment")
    # `E-mail within 1 hour` under `Communication` is the first word to somebody, and no interval.
    return None if above == "update" and not claim.item.row and not claim.item.label.of("moment") else above


def _moments(claim: Claim) -> list[Hit]:
    """What the whole body speaks of, where that is one thing: `Status page within 15 min, then every 30 min`."""
    found = claim.text.of("moment")
    return found if len({h.name for h in found}) == 1 and not claim.item.row else []


def _as_before(claim: Claim) -> str | None:
    """`SEV-1 is acknowledged in 5 minutes and resolved in 1 hour. For SEV-2 it is 15 minutes and 4 hours.`: as many
    amounts of another severity, in the same order."""
    item = claim.item
    if item.scene.block.kind != "paragraph" or not item.scene.mentions(item.whole) or item.whole.of("moment"):
        return None
    previous = next((i for i in item.scene.items if i.number == item.number - 1), None)
    if previous is None or not item.scene.mentions(previous.whole):
        return None
    before, here = _durations(previous.columns[0]), _durations(claim.column)
    if len(before) != len(here):
        return None
    place = next(n for n, m in enumerate(here) if m is claim.measure)
    return _name(Claim(previous.columns[0], before[place]))


def _durations(column: Column) -> list[Measure]:
    return [m for m in column.text.measures if m.unit in _UNITS]


def _is_escalation(claim: Claim) -> bool:
    """`P1 not resolved after 1 hour` where it is listed when to escalate."""
    if not claim.text.between("condition", *claim.clause) or claim.text.of("role") or claim.text.of("route"):
        return False
    named = any(p.has("moment", "escalate") for p in (*claim.scene.labels[:1], *claim.scene.headings[:1]))
    return named and bool(claim.scene.mentions(claim.text))


def _is_start(claim: Claim, event: Hit) -> bool:
    """`within 48 h of resolution`, `1h post-resolution`: from this event the time runs."""
    before = [h for h in claim.text.hits if h.end <= event.start and event.start - h.end <= 5]
    return any(
        (h.kind == "since" or (h.kind == "comparator" and h.name == "after"))
        and _ARTICLE.fullmatch(claim.text.text[h.end : event.start])
        for h in before
    )


def _denied(claim: Claim) -> bool:
    """`No escalation within the first hour` promises none; `if it is not resolved within 1 hour` is a condition."""
    comparators = claim.text.between("comparator", *claim.around)
    denied = [
        n
        for n in claim.text.between("negation", *claim.around)
        if n.name == "no"
        and n.end <= claim.measure.start
        and not any(c.start <= n.start and n.end <= c.end for c in comparators)
    ]
    return bool(denied)


def _distance(start: int, end: int, low: int, high: int) -> int:
    return start - high if start >= high else low - end


def _residue(claim: Claim) -> bool:
    """Does the clause say more than the amount? Then what stands above it may be about something else."""
    start, end = claim.clause
    phrase = claim.text
    inside = phrase.text[start:end]
    clause = phrase if inside == phrase.text else claim.scene.analyst.phrase(inside.strip())
    brackets = [m.span() for m in _BRACKETS.finditer(clause.text)]
    spans = [(m.start, m.end) for m in clause.measures]
    spans += [(m.start, m.end) for m in claim.scene.mentions(clause)]
    spans += [(t.start, t.end) for t in clause.quantities.times]
    spans += [(d.start, d.end) for d in clause.quantities.days]
    left = clause.residue(
        *spans, *brackets, kinds=("comparator", "hours", "severity", "objective", "immediate", "modal")
    )
    return len(left) > 2


def _is_limit(claim: Claim, name: str) -> bool:
    """Is the amount a limit that the event must keep? `lasting > 30 min` and `after 2 h` are none."""
    m = claim.measure
    if m.unit == "seconds" and m.value and m.value < 5:
        return False
    if name == "escalate":
        return m.every is False
    if name == "update":
        return (m.every or not m.after) and m.op not in (">", ">=")
    return m.op not in (">", ">=") and not (
        m.after and "t" not in claim.text.masked[max(0, m.start - 4) : m.start]
    )


def _hours(column: Column) -> Hours | None:
    """Of the row's column (or the column's row) that says when the clock runs, else of the cell itself."""
    own = hours_in(column.text)
    if own is not None and (own.days or own.start):
        return own
    for beside in column.item.columns:
        if (
            beside is not column
            and beside.header.has("column", "hours")
            and hours_in(beside.text) is not None
        ):
            return hours_in(beside.text)
    across = column.item.beside("hours")
    if across is not None and not column.item.row and across is not column.item and not across.row:
        # `- Coverage: Mon-Fri 8-18` beside `- Response: 1 hour`
        return hours_in(across.body) or own
    if across is not None and column.item.row and column.header.text and len(across.columns) > column.place:
        return hours_in(across.columns[column.place].text) or own
    return own


def _plan(claim: Claim) -> str | None:
    """The plan or service of a row, where the columns are the severities; of a column, where a row is the clock."""
    item, header = claim.item, claim.column.header
    if not item.row:
        return None
    if claim.scene.mentions(header, names=False):
        label = item.label
        return label.text if item.key_header.has("column", "scope") and not label.of("moment") else None
    named = item.key_header.has("column", "scope") or not item.key_header.text
    plans = named and item.label.of("moment") and header.text
    return header.text if plans and not (header.of("column") or header.of("moment")) else None


def _draft(
    name: ClockName,
    severity: str | None,
    hours: Hours | None,
    values: dict[str, object],
    claim: Claim,
    items: tuple[Item, ...],
) -> Draft:
    scope = _plan(claim) or (_by_plan(claim) if severity is None else None)
    return Draft(
        keeper="incidents",
        control="deadline",
        name=("clock", *((scope,) if scope else ()), severity or "any", name),
        values=ClockValues(severity=severity, clock=name, hours=hours, scope=scope, **values),  # type: ignore[arg-type]
        items=items,
        uses=frozenset({claim.key}),
    )
