"""Signals against limits: what a text compares, how the two must stand, and for how long. For alerts and objectives."""

import re
from collections.abc import Iterator

from msgspec import Struct

from .claims import Claim
from .phrases import Phrase
from .quantities import BLANK, Measure, Number, Op
from .scene import Column, Item
from .signals import ENUMERATED, fits

_FOR = re.compile(r"\s*(?:for|in|bei|für|para|pour|pentru|cho)\s+", re.I)
_MINUS = ("-", "−", "–")
"""`− 20 %` alone in a cell is a change, and no limit of the amount itself."""
_SILENT = ("severity", "objective", "comparator", "hours", "every", "environment")
EDGES = " \t:;,.–—-(|*\"'`=~≈<>≤≥"


class Condition(Struct, frozen=True, kw_only=True):
    """`signal op amount [for …]`. `term` is the lexicon's name of the signal, `words` how the guide writes it."""

    claim: Claim
    term: str | None
    words: str
    percentile: Number | None
    op: Op | None
    lasting: Measure | None


def conditions(item: Item, column: Column) -> list[Condition]:
    """What a cell or a body compares: one condition an amount that is no duration of another one."""
    phrase = column.text
    lasting = {id(m): target for target, m in _lasting(phrase)}
    shares = {id(m): share for share, m in (*_shares(phrase), *_time_first(phrase))}
    lasting |= {id(share): share for share in shares.values()}
    found: list[Condition] = []
    for m in phrase.measures:
        if (
            id(m) in lasting
            or _is_period(phrase, m)
            or _only_lasts(phrase, m)
            or m.every
            or m.after
            or (item.row and m.unit == "ratio" and phrase.text[: m.start].strip() in _MINUS)
            or m.unit in ("months", "years", "business_days", "factor")
        ):
            continue
        if m.unit == "count" and not any(c.isdigit() for c in phrase.text[m.start : m.end]):
            # `from one IP`
            continue
        claim = Claim(column, m)
        found.append(
            Condition(
                claim=claim,
                term=_term(claim),
                words=words_of(claim),
                percentile=_as_percentile(shares[id(m)]) if id(m) in shares else percentile_of(claim),
                op=m.op,
                lasting=next((d for target, d in _lasting(phrase) if target is m), None),
            )
        )
    return found


def _term(claim: Claim) -> str | None:
    """The signal that the amount is of: the nearest in its clause that can be measured so, else what leads to it."""
    near = claim.near("signal")
    if near is not None and near.start > claim.measure.end and claim.item.label.residue():
        if claim.text.text.rfind("(", claim.measure.end, near.start) >= 0:
            # `Timeout: 10 s (aggregation queries are slow)`: why, and not of what.
            return None
    said = claim.governing("signal", transparent=_SILENT) or _of_row(claim)
    if said is None or claim.measure.unit == "count" or fits(said, claim.measure):
        return said
    others = [h for h in claim.text.between("signal", *claim.clause) if fits(h.name, claim.measure)]
    return min(others, key=claim.distance).name if others else None


def _of_row(claim: Claim) -> str | None:
    """The signal that a row is about, where its columns only say for what."""
    item, header = claim.item, claim.column.header
    named = list(dict.fromkeys(h.name for h in item.label.of("signal")))
    plain = not (header.of("signal") or header.of("moment") or header.of("recovery"))
    return named[0] if item.row and len(named) == 1 and plain else None


def _lasting(phrase: Phrase) -> list[tuple[Measure, Measure]]:
    """The durations that say how long a condition must hold, with the amount that they belong to."""
    pairs: list[tuple[Measure, Measure]] = []
    for target, duration in zip(phrase.measures, phrase.measures[1:], strict=False):
        if duration.unit != "seconds" or duration.every:
            continue
        between = [h for h in phrase.of("sustain") if target.end <= h.start and h.end <= duration.start]
        if between and not phrase.text[between[-1].end : duration.start].strip(" ~>≥<=atleasmorethn"):  # noqa: B005  (a set of letters)
            pairs.append((target, duration))
    return pairs


def _is_period(phrase: Phrase, m: Measure) -> bool:
    """`drop > 20 % in 10 min`: the time that a share or a count is taken over."""
    before = [x for x in phrase.measures if x.end <= m.start]
    if (
        m.unit != "seconds"
        or not before
        or before[-1].unit not in ("ratio", "count")
        or m.op not in (None, "<=")
    ):
        return False
    return (
        not phrase.text[before[-1].end : m.start].strip(" inwthdeabloruîpscgmü")
        and phrase.clause_of(m.start)[0] <= before[-1].start
    )


def _only_lasts(phrase: Phrase, m: Measure) -> bool:
    """`exceeds its target for 10+ minutes`: how long, of a limit that is said elsewhere."""
    if m.unit != "seconds":
        return False
    before = [
        h for h in phrase.of("sustain") if h.end <= m.start and not phrase.text[h.end : m.start].strip()
    ]
    compares = any(before and h.start == before[-1].start for h in phrase.of("comparator"))
    return bool(before) and before[-1].start > 0 and not compares


def _shares(phrase: Phrase) -> Iterator[tuple[Measure, Measure]]:
    """`99% of requests are answered within 400 ms`: the share is a percentile of the time."""
    for share, time in zip(phrase.measures, phrase.measures[1:], strict=False):
        if share.unit != "ratio" or time.unit != "seconds" or share.value < 0.5 or share.high is not None:
            continue
        if any(share.end <= p.start <= time.end + 8 for p in phrase.quantities.percentiles):
            # `99.9% of requests under 700 ms p95` are two.
            continue
        between = phrase.between("part", share.end, time.start)
        queries = phrase.between("signal", share.end, time.start)
        named = any(h.name == "request" for h in between) or any(h.name == "query_time" for h in queries)
        # `99% in under 10 s`
        named = named or (
            time.op is not None and not phrase.residue_in(share.end, time.start, kinds=("comparator",))
        )
        if named and time.op in ("<", "<=", None) and time.value < 60:
            yield share, time


def _time_first(phrase: Phrase) -> Iterator[tuple[Measure, Measure]]:
    """`in under 300 ms for 95 % of requests`: the same, said the other way round."""
    for time, share in zip(phrase.measures, phrase.measures[1:], strict=False):
        if share.unit != "ratio" or time.unit != "seconds" or share.value < 0.5 or time.value >= 60:
            continue
        if not _FOR.fullmatch(phrase.text[time.end : share.start]):
            continue
        parts = phrase.between("part", share.end, len(phrase.text))
        if any(h.name == "request" and h.start - share.end <= 8 for h in parts):
            yield share, time


def _as_percentile(share: Measure) -> Number:
    value = round(share.value * 100, 6)
    return int(value) if float(value).is_integer() else value


def percentile_of(claim: Claim) -> Number | None:
    """The percentile in the clause, else in the header or label; of several (`p50/p95`) the one in the same place."""
    if claim.measure.unit == "ratio":
        return None
    phrase, (start, end) = claim.text, claim.clause
    here = [p for p in phrase.quantities.percentiles if start <= p.start < end]
    if len(here) == 1:
        return here[0].value
    if here:
        first = min(m.start for m in phrase.measures if start <= m.start < end)
        if here[0].start > first:
            # `500 ms (p95) and 1.5 s (p99)`: each behind its amount.
            return next((p.value for p in here if p.start >= claim.measure.end), None)
        before = [p for p in here if p.end <= claim.measure.start]
        return (before[-1] if before else here[0]).value
    beside = (c.text for c in claim.item.columns if c.header.of("percentile") and c is not claim.column)
    for above in (claim.column.header, *beside, claim.item.label, *claim.scene.labels[:2]):
        said = above.quantities.percentiles
        if len(said) == 1:
            return said[0].value
        if said:
            return _nth(claim, [p.value for p in said])
    return None


def _nth(claim: Claim, values: list[Number]) -> Number | None:
    """`Latency (p50/p95): read < 150ms/500ms`: amounts in the same order as the percentiles of the label."""
    start, end = claim.clause
    amounts = [m for m in claim.text.measures if start <= m.start < end and m.unit == claim.measure.unit]
    place = next(n for n, m in enumerate(amounts) if m is claim.measure)
    return values[place] if len(amounts) == len(values) else None


def shared_op(claim: Claim) -> Op | None:
    """The comparator of an amount; in `< 150ms/500ms` the first one's is that of both."""
    return claim.measure.op or first_of_list(claim).measure.op


def first_of_list(claim: Claim) -> Claim:
    """`read < 150ms/500ms`: what stands before the first amount is said of both."""
    before = [m for m in claim.text.measures if m.end <= claim.measure.start]
    if before and claim.text.text[before[-1].end : claim.measure.start].strip() == "/":
        return first_of_list(Claim(claim.column, before[-1]))
    return claim


def words_of(claim: Claim) -> str:
    """The signal as the guide writes it: what stands before the comparator, without `if`, `when`, `alert on`."""
    phrase = claim.text
    start = claim.clause[0]
    previous = [m.end for m in phrase.measures if m.end <= claim.measure.start]
    start = max([start, *previous])
    comparator = [h for h in phrase.of("comparator") if start <= h.start and h.end <= claim.measure.start]
    end = comparator[0].start if comparator else claim.measure.start
    leads = [h for h in phrase.of("conjunction") if h.start >= start and h.end <= end]
    # `page the on-call when the error rate exceeds`: the signal begins after `when`.
    start = max([start, *(h.end for h in leads if h.name == "when")])
    for hit in leads:
        if not phrase.text[start : hit.start].strip(EDGES):
            start = max(start, hit.end)
    for hit in reversed(leads):
        if start < hit.start and not phrase.text[hit.end : end].strip(EDGES):
            end = hit.start
    words = _edge(phrase.text, start, end) or _before_brackets(claim)
    return "" if BLANK in phrase.masked[start:end] else words


def _before_brackets(claim: Claim) -> str:
    """`High error rate (> 5% for 5 minutes) pages …`: the signal stands before the brackets."""
    opened = claim.text.text.rfind("(", 0, claim.measure.start)
    return (
        _edge(claim.text.text, claim.around[0], opened) if opened > 0 and claim.clause != claim.around else ""
    )


def _edge(text: str, start: int, end: int) -> str:
    return re.sub(r"\s*\([^()]*$", "", text[start:end]).strip(EDGES)


def signal_name(condition: Condition, fallback: str) -> str:
    """The contract's name of the signal, else the guide's words."""
    if condition.term in ENUMERATED:
        return condition.term
    return condition.words or fallback
