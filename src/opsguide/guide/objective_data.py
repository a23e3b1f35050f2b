"""Targets in data: `lcp: { target: 2000, alert: 2500 }`, `p95_ms: 250`; and how a target becomes a draft."""

from collections.abc import Iterator
from typing import Literal

from ..kernel.promise import Keeper
from .claims import amount
from .lexicon import fold
from .phrases import Phrase
from .quantities import Measure, Number
from .reader import Column, Draft, Item
from .scopes import label_scope
from .signals import ENUMERATED, fits, usual_op
from .thresholds import Condition, conditions, shared_op
from .values import Objective

_PERIODS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "hourly": "hour",
}  # fmt: skip
_DAY = 86_400
_TIME_SIGNALS = ("lcp", "fid", "inp", "fcp", "ttfb", "response_time", "query_time")


def window(item: Item, column: Column, measure: Measure) -> str | None:
    """The period that a target is measured over: beside the amount, in the row's own column, else in the header."""
    if measure.per:
        return measure.per
    said = [_PERIODS[s.word] for s in column.text.quantities.schedules if s.word in _PERIODS]
    said = list(dict.fromkeys(said))
    if not said:
        beside = item.under("interval")
        if beside is not None:
            said = [_PERIODS[s.word] for s in beside.text.quantities.schedules if s.word in _PERIODS]
    if not said and (days := _rolling(column.text, measure) or _rolling(item.label, measure)):
        return days
    if not said:
        said = [_PERIODS[h.name] for h in column.header.of("cadence") if h.name in _PERIODS]
    return said[0] if len(said) == 1 else None


def _rolling(phrase: Phrase, measure: Measure) -> str | None:
    """`99.9% over a rolling 30-day window` (en_sre_handbook), `99.95 % în ultimele 30 de zile` → `30d`."""
    days = [m.value / _DAY for m in phrase.measures if m.unit == "seconds" and m is not measure]
    whole = [int(d) for d in days if d >= 1 and d == int(d)]
    return f"{whole[0]}d" if len(whole) == 1 and phrase.has("period", "rolling") else None


def objective(keeper: Keeper, item: Item, said: Condition, values: Objective) -> Draft:
    """The draft of one target, named by its signal, what it is said of, and its percentile."""
    scope, percentile = values.scope, values.percentile
    parts = ["objective", values.signal, *((scope,) if scope else ())]
    parts += [f"p{percentile:g}"] if percentile is not None else []
    parts += ["alert"] if values.level == "alert" else []
    return Draft(
        keeper=keeper,
        control="threshold",
        name=tuple(parts),
        values=values,
        items=(item,),
        uses=frozenset({said.claim.key}),
        qualifier=scope or "",
    )


def in_data(item: Item, keeper: Keeper) -> Iterator[Draft]:
    """`lcp: { target: 2000, alert: 2500 }`, `p95: 200ms`: the signal is in the key or above it."""
    level: Literal["alert", "target"] = (
        "alert"
        if item.label.has("column", "alert", "warning", "critical") and not item.label.has("column", "target")
        else "target"
    )
    column = item.columns[0]
    for said in conditions(item, column):
        term = said.term if said.term in ENUMERATED else _key_signal(item)
        if term is None:
            continue
        measure = _with_unit(said.claim.measure, term, item)
        if measure is None or not fits(term, measure):
            continue
        op = shared_op(said.claim) or usual_op(term, level)
        values = Objective(
            signal=term,
            percentile=said.percentile or _percentile_beside(item),
            op=op,
            level=level,
            scope=label_scope(item.scene),
            **amount(measure),  # type: ignore[arg-type]
        )
        yield objective(keeper, item, said, values)


def _key_signal(item: Item) -> str | None:
    named = (
        item.beside("signal") if item.label.of("objective") or item.label.has("column", "target") else None
    )
    if named is not None:
        # `sli: availability` beside `objective: 99.9`
        said = [h.name for h in named.body.of("signal") if h.name in ENUMERATED]
        return said[0] if len(set(said)) == 1 else None
    for phrase in (item.label, *item.scene.labels):
        found = [h.name for h in phrase.of("signal") if h.name in ENUMERATED]
        if found:
            return found[0]
        if phrase.quantities.percentiles:
            # `p95_ms: 250` under `api`
            return "response_time" if _is_time(phrase, item) else None
        if phrase.residue(kinds=("column", "objective", "topic")):
            return None
    return None


def _percentile_beside(item: Item) -> Number | None:
    """`sli: latency_p99` beside `objective_ms: 250`"""
    named = item.beside("signal")
    said = named.body.quantities.percentiles if named is not None else ()
    return said[0].value if len(said) == 1 else None


def _is_time(phrase: Phrase, item: Item) -> bool:
    return _key_unit(item) is not None or any(m.unit == "seconds" for m in item.body.measures)


def _with_unit(measure: Measure, term: str, item: Item) -> Measure | None:
    """A bare number of a time signal: in the unit that its key names, else milliseconds, as programs count them.

    Only from ten up: a smaller number might as well be seconds, and is not read.
    """
    if term == "error_rate" and measure.unit == "count" and item.beside("signal") is not None:
        # `target: 0.1` beside `sli: error_rate` may be a share or percent.
        return None
    if measure.unit == "count" and term in ("availability", "error_rate") and 0 < measure.value <= 1:
        return Measure(start=measure.start, end=measure.end, value=measure.value, unit="ratio", op=measure.op)
    if measure.unit == "count" and term == "availability" and 50 <= measure.value <= 100:
        # `99.5` of an availability is in percent.
        ratio = round(measure.value / 100, 9)
        return Measure(start=measure.start, end=measure.end, value=ratio, unit="ratio", op=measure.op)
    if measure.unit != "count" or term not in _TIME_SIGNALS:
        return measure
    factor = _key_unit(item)
    if factor is None:
        factor = 0.001 if measure.value >= 10 else None
    if factor is None:
        return None
    value = measure.value * factor if factor != 0.001 else measure.value / 1000
    return Measure(
        start=measure.start,
        end=measure.end,
        value=int(value) if float(value).is_integer() else value,
        unit="seconds",
        op=measure.op,
    )


def _key_unit(item: Item) -> float | None:
    for phrase in (item.label, *item.scene.labels):
        last = fold(phrase.text)
        if last.endswith(("_ms", "ms", "millis", "milliseconds")):
            return 0.001
        if last.endswith(("_s", "_sec", "_secs", "seconds")):
            return 1
    return None
