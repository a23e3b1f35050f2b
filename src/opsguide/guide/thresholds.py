"""Signals against limits: what a text compares, how the two must stand, and for how long. For alerts and objectives."""

import re
from collections.abc import Iterator

from msgspec import Struct

from .claims import Claim
from .phrases import Phrase
from .quantities import BLANK, Measure, Number, Op
from .scene import Column, Item, Scene

ENUMERATED = frozenset(
    {
        "availability",
        "response_time",
        "error_rate",
        "lcp",
        "cls",
        "fid",
        "inp",
        "pool_utilisation",
        "query_time",
    }
)
"""Signals that the contract names; all others stand as the guide writes them."""

_HIGHER_IS_BETTER = frozenset(
    {"free_space", "availability", "success_rate", "throughput", "certificate_expiry", "error_budget"}
)
_LOWER_IS_BETTER = frozenset(
    {
        *(
            "response_time",
            "error_rate",
            "lcp",
            "cls",
            "fid",
            "inp",
            "fcp",
            "ttfb",
            "pool_utilisation",
            "query_time",
        ),
        *("cpu", "memory", "disk", "queue", "connections", "replication_lag", "lock_contention", "freshness"),
        *("downtime", "crash_rate", "saturation"),
    }
)
_SUBJECT = re.compile(r"^(?:the|der|die|das|el|la|los|las|le|les|l'|o|a|os|as|our|unsere?r?)\s+", re.I)
_VERB = re.compile(
    r"\s+(?:is|are|has|have|must be|ist|sind|es|son|est|sont|é|são|este|sunt|là|api|'s)$", re.I
)
_SILENT = ("severity", "objective", "comparator", "hours", "every", "environment")
_EDGES = " \t:;,.–—-(|*\"'`=~≈<>≤≥"


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
    shares = {id(m): share for share, m in _shares(phrase)}
    lasting |= {id(share): share for share in shares.values()}
    found: list[Condition] = []
    for m in phrase.measures:
        if (
            id(m) in lasting
            or _is_period(phrase, m)
            or m.every
            or m.after
            or m.unit in ("months", "years", "business_days", "factor")
        ):
            continue
        claim = Claim(column, m)
        found.append(
            Condition(
                claim=claim,
                term=claim.governing("signal", transparent=_SILENT) or _of_row(claim),
                words=_words(claim),
                percentile=_as_percentile(shares[id(m)]) if id(m) in shares else percentile_of(claim),
                op=m.op,
                lasting=next((d for target, d in _lasting(phrase) if target is m), None),
            )
        )
    return found


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
    if m.unit != "seconds" or not before or before[-1].unit not in ("ratio", "count") or m.op != "<=":
        return False
    return (
        not phrase.text[before[-1].end : m.start].strip(" inwthdeabloruîpscg")
        and phrase.clause_of(m.start)[0] <= before[-1].start
    )


def _shares(phrase: Phrase) -> Iterator[tuple[Measure, Measure]]:
    """`99% of requests are answered within 400 ms`: the share is a percentile of the time."""
    for share, time in zip(phrase.measures, phrase.measures[1:], strict=False):
        if share.unit != "ratio" or time.unit != "seconds" or share.value < 0.5 or share.high is not None:
            continue
        if any(share.end <= p.start <= time.start for p in phrase.quantities.percentiles):
            continue
        between = phrase.between("part", share.end, time.start)
        queries = phrase.between("signal", share.end, time.start)
        named = any(h.name == "request" for h in between) or any(h.name == "query_time" for h in queries)
        if named and time.op in ("<", "<=", None) and time.value < 60:
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
        before = [p for p in here if p.end <= claim.measure.start]
        return (before[-1] if before else here[0]).value
    for above in (claim.column.header, claim.item.label, *claim.scene.labels[:2]):
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
    return claim.measure.op or _first_of_list(claim).measure.op


def _first_of_list(claim: Claim) -> Claim:
    """`read < 150ms/500ms`: what stands before the first amount is said of both."""
    before = [m for m in claim.text.measures if m.end <= claim.measure.start]
    if before and claim.text.text[before[-1].end : claim.measure.start].strip() == "/":
        return _first_of_list(Claim(claim.column, before[-1]))
    return claim


def _words(claim: Claim) -> str:
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
        if not phrase.text[start : hit.start].strip(_EDGES):
            start = max(start, hit.end)
    for hit in reversed(leads):
        if start < hit.start and not phrase.text[hit.end : end].strip(_EDGES):
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
    return re.sub(r"\s*\([^()]*$", "", text[start:end]).strip(_EDGES)


def target_side(term: str | None, op: Op | None) -> bool | None:
    """True when `op` is how a signal should stand, False when it is how it should not, None if nobody can tell."""
    if op is None or op == "==" or term is None:
        return None
    if term in _HIGHER_IS_BETTER:
        return op in (">", ">=")
    if term in _LOWER_IS_BETTER:
        return op in ("<", "<=")
    return None


def usual_op(term: str | None, level: str) -> Op | None:
    """How a signal must stand to an amount that comes without a comparator: its good side, or past it for alerts."""
    if term in _HIGHER_IS_BETTER:
        return ">=" if level == "target" else "<"
    if term in _LOWER_IS_BETTER:
        return "<=" if level == "target" else ">"
    return None


def fits(term: str | None, measure: Measure) -> bool:
    """Can the signal be measured in this unit? `99.9 %` of response time cannot."""
    ratios = {"availability", "error_rate", "success_rate", "pool_utilisation", "crash_rate", "error_budget"}
    times = {
        "response_time",
        "query_time",
        "lcp",
        "fid",
        "inp",
        "fcp",
        "ttfb",
        "replication_lag",
        "freshness",
    }
    if term in ratios:
        return measure.unit == "ratio" or (measure.unit == "count" and term != "availability")
    if term in times:
        # Nothing is served in minutes: `response time < 10 min` is about people.
        return measure.unit == "seconds" and (measure.value < 60 or term in ("replication_lag", "freshness"))
    if term == "cls":
        return measure.unit in ("count", "ratio")
    return True


def scope_of(claim: Claim, *, label_is_signal: bool) -> str | None:
    """Of what part of the system it is said: in brackets in the label, after `for`, in the clause, or the row."""
    item, phrase = claim.item, claim.text
    inside = _purpose(claim)
    if inside:
        return inside
    if not item.label.text and not item.row:
        return _subject(claim)
    words = _words(_first_of_list(claim))
    if words and not item.row:
        part = item.scene.analyst.phrase(words)
        left = part.residue(
            *((p.start, p.end) for p in part.quantities.percentiles),
            kinds=("signal", "objective", "comparator"),
        )
        if left and not part.of("signal") and not phrase.between("signal", *claim.clause):
            return words
    bracket = re.search(r"\(([^()]+)\)\s*$", item.label.text)
    if bracket and not item.row:
        part = item.scene.analyst.phrase(bracket[1])
        if not (part.of("signal") or part.quantities.percentiles or part.of("objective") or part.measures):
            return bracket[1].strip()
    if item.row:
        if label_is_signal:
            return _column_scope(claim)
        return item.label.text or None
    if item.label.text and not _says_what(item.label) and not item.scene.mentions(item.label):
        # `Booking: p95 ≤ 450 ms`: the label is what it is said of.
        return item.label.text
    return label_scope(item.scene)


def _says_what(label: Phrase) -> bool:
    """Is the label the signal itself (`Uptime`, `p95`, `SLO`), and no part of the system?"""
    if (
        label.of("signal")
        or label.of("objective")
        or label.quantities.percentiles
        or label.has("moment", "mean")
    ):
        return True
    return not label.residue(kinds=("topic", "column"))


def _column_scope(claim: Claim) -> str | None:
    """`| | Tier 0 | Tier 1 |` above `| Availability | 99.99% | 99.95% |`"""
    header = claim.column.header
    if not header.text or level_of(claim.column) or header.of("objective") or header.of("column"):
        return None
    return header.text if header.residue() or header.measures else None


def _subject(claim: Claim) -> str | None:
    """`Checkout is available 99.9% of the time` → Checkout: what stands before the signal in a sentence."""
    phrase, (start, end) = claim.text, claim.clause
    signals = [h for h in phrase.between("signal", start, end) if h.start > start]
    if not signals or signals[0].start > claim.measure.start:
        return None
    words = _SUBJECT.sub("", phrase.text[start : signals[0].start].strip(_EDGES)).strip()
    words = _VERB.sub("", words)
    part = claim.scene.analyst.phrase(words)
    if (
        not words
        or len(words.split()) > 4
        or part.measures
        or part.blanked
        or not part.residue(kinds=("objective",))
    ):
        return None
    return words


def _purpose(claim: Claim) -> str | None:
    """`< 1% for normal traffic` → normal traffic."""
    phrase, (_, end) = claim.text, claim.clause
    for hit in phrase.of("purpose"):
        if (
            hit.start >= claim.measure.end
            and hit.end < end
            and not phrase.text[claim.measure.end : hit.start].strip(" )")
        ):
            rest = phrase.text[hit.end : end].strip(_EDGES + ")")
            part = claim.scene.analyst.phrase(rest)
            other = part.measures or part.of("tier") or part.quantities.schedules or part.blanked
            if rest and not other:
                return rest
    return None


def label_scope(scene: Scene) -> str | None:
    """A parent bullet, key or heading that names a thing of its own: `Checkout API`, `apiResponse`."""
    for phrase in (*scene.labels, *scene.headings[:1]):
        if scene.mentions(phrase, names=False):
            return None
        if phrase in scene.headings and phrase.text == scene.title:
            return None
        says = ("signal", "objective", "topic", "moment", "aside")
        signal = phrase.of("signal")
        if signal and signal[0].name in ENUMERATED and not _residue_beside(phrase):
            # `apiResponse` names a part of the system besides the signal; `Response times` does not.
            return phrase.text if phrase.of("column") and phrase.has("column", "scope") else None
        if phrase.of("topic") or phrase.of("aside") or phrase.of("objective"):
            if not _residue_beside(phrase) or phrase in scene.headings:
                return None
        if phrase.quantities.percentiles:
            continue
        if _residue_beside(phrase, says) or signal:
            return phrase.text
    return None


def _residue_beside(
    phrase: Phrase, kinds: tuple[str, ...] = ("signal", "objective", "topic", "aside")
) -> list[str]:
    return phrase.residue(*((p.start, p.end) for p in phrase.quantities.percentiles), kinds=kinds)


def signal_name(condition: Condition, fallback: str) -> str:
    """The contract's name of the signal, else the guide's words."""
    if condition.term in ENUMERATED:
        return condition.term
    return condition.words or fallback


def level_of(column: Column) -> str | None:
    """What a column of limits holds: `target`, `warning`, `critical`, `alert`; None if its header says nothing."""
    header = column.header
    for name in ("warning", "critical", "alert", "target"):
        if header.has("column", name):
            return name
    return None
