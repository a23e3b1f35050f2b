"""Reads what security watches for: so many events in such a time, or something unusual."""

from collections.abc import Iterator

from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Draft, Item, Scene
from ..guide.values import Detection

_NOT_HERE = ("patching", "access", "maintenance", "severities", "runbook", "escalation")


def read_detections(scene: Scene) -> Iterator[Draft]:
    """Points under a heading on security monitoring: `Failed login attempts: >5 in 15 min` and `Privilege
    escalation: automatic detection` (the seed); a count in a time anywhere in a security chapter; rows of a table.
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    elsewhere = scene.topic in _NOT_HERE or scene.about("runbook", within=0)
    detecting = scene.about("detection", within=0) or (
        scene.about("detecting", within=0) and scene.about("security")
    )
    for item in scene.items:
        intrusion = bool(item.whole.of("intrusion"))
        about = not elsewhere and (detecting or scene.chapter == "security")
        if item.label.blanked or not (about or intrusion):
            continue
        for column in _parts(item):
            pair = _pair(column.text)
            if pair is not None and not column.text.of("patching"):
                yield _counted(item, column, *pair)
        if detecting and about and item.label.text and not any(c.text.measures for c in item.values):
            yield _draft(item, item.label.text, None, None, item.values[0].text.text or None)


def _parts(item: Item) -> tuple[Column, ...]:
    """`More than 5 failed logins in 15 min: lock the account`: the colon stands behind what is watched for."""
    if item.label.measures and not item.row:
        return (Column(item, 0, item.scene.nothing, item.whole),)
    return item.values


def _pair(phrase: Phrase) -> tuple[Measure, Measure] | None:
    """A count and the time it is counted in: `>5 in 15 min`, `more than 10 attempts per minute`."""
    for count in (*phrase.measures, *_spelt(phrase)):
        if count.unit not in ("count", "factor") or count.high is not None:
            continue
        _start, end = phrase.clause_of(count.start)
        for time in phrase.measures:
            if time.unit == "seconds" and count.end <= time.start < end and not time.every:
                return count, time
        if count.per in _PERIODS:
            return count, Measure(start=count.end, end=count.end, value=_PERIODS[count.per], unit="seconds")
    return None


def _spelt(phrase: Phrase) -> Iterator[Measure]:
    """`Five failed logins within 10 minutes`: a number word counts right before what is counted."""
    for number in phrase.of("number"):
        counted = (h for h in phrase.of("intrusion") if 0 <= h.start - number.end <= 1)
        if any(counted) and number.name.isdigit():
            yield Measure(start=number.start, end=number.end, value=int(number.name), unit="count")


_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _counted(item: Item, column: Column, count: Measure, time: Measure) -> Draft:
    phrase = column.text
    said = phrase.of("intrusion")
    name = (
        ""
        if item.label.measures or (said and not item.row and not item.label.of("intrusion"))
        else item.label.text
    )
    if not name and said:
        name = phrase.text[said[0].start : said[0].end]
    elif not name or (column.header.text == "" and not item.statement.label):
        name = phrase.text[count.end : time.start].strip(" ,:.")
        for hit in reversed(phrase.of("comparator")):
            if hit.end <= time.start and hit.start >= count.end:
                name = phrase.text[count.end : hit.start].strip(" ,:.")
    draft = _draft(item, name or item.whole.text, count, time, None)
    return draft


def _draft(item: Item, name: str, count: Measure | None, time: Measure | None, by: str | None) -> Draft:
    column = item.columns[0] if not item.row else item.values[0]
    uses = frozenset(column.key(m.start) for m in (count, time) if m is not None)
    return Draft(
        keeper="security",
        control="threshold",
        name=("detection", name),
        values=Detection(
            detection=name,
            op=count.op if count else None,
            count=count.value if count else None,
            window_seconds=time.value if time else None,
            by=by,
        ),
        items=(item,),
        uses=uses,
    )
