"""Who is told, in the forms in which guides say it besides tables: a bullet, a chain, a sentence, a key of data."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from ..guide.claims import Claim
from ..guide.phrases import Phrase
from ..guide.quantities import Measure
from ..guide.reader import Column, Item, Key
from .spec_told_parts import (
    ARROWS,
    ARTICLE,
    HANDLE,
    LEVEL,
    MAX_WORDS,
    Told,
    around,
    delay_of,
    is_somebody,
    kind_of,
    rank_of,
    recipient_of,
    seconds_of,
    severity_beside,
    severity_of,
    split_name,
    without_delay,
)

_DASH = re.compile(r"\s[-–—]\s")
_ACTS = re.compile(r"\s(?!members|contacts|partners)[a-z]{3,}s$|\s[a-z]{3,}ing\b")


def told(item: Item, *, listed: bool) -> Iterator[Told]:
    """The people of a statement that is no row. `listed` says that the list is about who is told: there a bare name
    is enough; elsewhere only `escalate to …` is.
    """
    column = item.columns[0]
    negations = column.text.of("negation")
    # `No escalation at night` tells nobody; `Without an acknowledgement after 15 minutes, …` does.
    if negations and negations[0].start == 0 and not any(h.start == 0 for h in column.text.of("condition")):
        return
    severity = around(column)
    label, delay = item.label, delay_of(item.label)
    if label.text and is_somebody(label) and not LEVEL.match(label.text) and _only_says_when(column.text):
        # `PDG : après 2 heures`, `Plantonista – imediato`
        if listed:
            yield _from_label(item, column, severity)
        return
    carried, eaten = delay, frozenset[Key]()
    found: list[Told] = []
    chain = len(ARROWS.findall(column.text.text)) > 1
    for start, end in _pieces(column.text):
        piece = column.text.text[start:end].strip()
        phrase = item.scene.analyst.phrase(piece)
        own = delay_of(phrase)
        # `after 90 minutes the lead is told; after four hours, the head of IT`: the second needs no verb.
        goes_on = bool(found) and (own is not None or carried is not None)
        said = _piece(item, column, phrase, listed=listed or goes_on, carried=carried)
        if said is None:
            if found and found[-1].after is None and _only_says_when(phrase) and not chain:
                # `Guardia, al momento`: when the one before is told.
                found[-1] = replace(found[-1], after=seconds_of(phrase, own))
            else:
                # `If nobody answers within 15 minutes, …`: the delay of what comes next.
                carried = own if own is not None else carried
                at = column.text.text.find(piece, start)
                eaten = frozenset({column.key(own.start + at)}) if own is not None else eaten
            continue
        carried = delay
        offset = column.text.text.find(piece, start)
        uses = frozenset(column.key(m.start + offset) for m in phrase.measures)
        severity_here = severity_beside(column, phrase, own) or severity_of(column, phrase) or severity
        found.append(
            replace(said, severity=severity_here, uses=uses | (eaten if own is None else frozenset()))
        )
    if len(found) == 1:
        level = LEVEL.match(label.text)
        found[0] = replace(
            found[0], level=int(level[1]) if level else None, kind=found[0].kind or _kind(item, found[0].to)
        )
    yield from found


def _kind(item: Item, to: str) -> str | None:
    """`Security incidents go to @lead`, `Security incidents: @lead`: what is told them, without their own name."""
    said = f"{item.label.text} {item.columns[0].text.text.replace(to, ' ')}"
    about = item.scene.analyst.phrase(said)
    return kind_of(about) if about.has("topic", "incidents") else None


def _pieces(phrase: Phrase) -> list[tuple[int, int]]:
    """The clauses; one that only says what for (`, for security incidents`) belongs to the one before."""
    found: list[tuple[int, int]] = []
    for start, end in phrase.clauses():
        begins = start + len(phrase.text[start:end]) - len(phrase.text[start:end].lstrip())
        timed = any(start <= m.start < end for m in phrase.measures)
        if found and not timed and any(h.start == begins for h in phrase.of("purpose")):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _only_says_when(phrase: Phrase) -> bool:
    """A delay, `immediately` or office hours, and nobody else."""
    if HANDLE.search(phrase.text) or (phrase.of("role") and not phrase.of("condition")):
        return False
    return bool(delay_of(phrase) or phrase.has("immediate") or phrase.has("hours"))


def _from_label(item: Item, column: Column, severity: tuple[str, ...]) -> Told:
    measure = delay_of(column.text)
    uses = frozenset({column.key(measure.start)}) if measure else frozenset[Key]()
    name, _ = split_name(item.label.text)
    return Told(to=name, after=seconds_of(column.text, measure), column=column, severity=severity, uses=uses)


def _piece(
    item: Item, column: Column, phrase: Phrase, *, listed: bool, carried: Measure | None
) -> Told | None:
    """One clause → whom it names: after `to`, else in a list of people the name itself."""
    measure = delay_of(phrase) or carried
    recipient = recipient_of(phrase)
    at_once = phrase.has("immediate") or (item.label.has("immediate") and measure is None)
    speaks = measure is not None or at_once or listed
    rung = listed and LEVEL.match(item.label.text)
    sure = measure is not None or at_once or rung or item.label.of("topic")
    if recipient and speaks and (sure or item.scene.about("escalation", within=0)):
        after = 0 if at_once and measure is None else seconds_of(phrase, measure)
        return Told(to=recipient, after=after, column=column)
    if not listed:
        return None
    text = (
        _DASH.split(phrase.text)[0]
        if LEVEL.match(item.label.text) or not item.statement.label
        else phrase.text
    )
    bare = item.scene.analyst.phrase(text)
    name, remark = split_name(without_delay(bare, delay_of(bare)))
    name = ARTICLE.sub("", name)
    named, about = item.scene.analyst.phrase(name), item.scene.analyst.phrase(remark)
    roles = {(h.start, h.end) for h in named.of("role")}
    if any((h.start, h.end) not in roles for h in named.of("moment")) and not named.text.startswith("@"):
        return None
    if (
        _ACTS.search(name)
        and not named.text.startswith("@")
        and max((b for _, b in roles), default=0) <= name.rfind(" ")
    ):
        # `Engineering team reviews`: what they do, and no name.
        return None
    known = is_somebody(named) or bool(about.of("role") and name[:1].isupper())
    if not name or bare.placeholder or named.blanked or len(name.split()) > MAX_WORDS or not known:
        return None
    return Told(
        to=name,
        after=seconds_of(about if about.has("immediate") else phrase, measure or delay_of(about)),
        column=column,
        kind=kind_of(about),
        rank=rank_of(item.label),
    )


def data(item: Item) -> Iterator[Told]:
    """`primary_oncall: @core`, `Escalation: DevOps Lead (5min), EM (10min)`."""
    column, label = item.columns[0], item.label
    if not (label.of("route") or label.has("topic", "escalation", "oncall") or label.has("column", "role")):
        return
    pieces = re.split(r",\s*(?![^()]*\))", item.body.text)
    loose = len(pieces) == 1 or label.has("topic", "escalation")
    for piece in pieces:
        phrase = item.scene.analyst.phrase(piece.strip())
        if phrase.placeholder or not (loose or is_somebody(phrase)):
            continue
        name, remark = split_name(phrase.text)
        about = item.scene.analyst.phrase(remark)
        kind, measure = kind_of(about), delay_of(about)
        single = measure is None and len(pieces) == 1
        late, rung = (_beside(item, "after"), _beside(item, "step")) if single else ([], [])
        plain = not (kind or measure or about.has("immediate") or about.has("hours"))
        start = column.text.text.find(piece)
        yield Told(
            to=name,
            after=late[0].measure.value if late else seconds_of(about, measure),
            column=column,
            severity=around(column),
            kind=kind,
            scope=remark if remark and plain else None,
            uses=frozenset(
                column.key(m.start) for m in column.text.measures if start <= m.start < start + len(piece)
            )
            | {claim.key for claim in (*late, *rung)},
            level=int(rung[0].measure.value) if rung else None,
            beside=tuple(claim.item for claim in (*late, *rung)),
            rank=rank_of(label),
        )


def _beside(item: Item, name: str) -> list[Claim]:
    """`after: 10 min` and `level: 2` beside `who: secondary on call`, in the mapping of one rung: the only amount
    under such a key.
    """
    if not item.label.has("column", "role"):
        return []
    others = [i.columns[0] for i in item.scene.items if i is not item and i.label.has("column", name)]
    unit = "seconds" if name == "after" else "count"
    found = [Claim(c, m) for c in others for m in c.text.measures if m.unit == unit and m.high is None]
    return found if len(found) == 1 else []
