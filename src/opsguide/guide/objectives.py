"""Reads targets: what a signal must keep to, and at which level somebody is told. For monitoring and performance."""

import re
from collections.abc import Iterator

from ..kernel.promise import Keeper
from .claims import amount
from .lexicon import fold
from .objective_data import in_data, objective, window
from .phrases import Phrase
from .reader import Column, Draft, Item, Rule, Scene
from .scene import CHAPTERS
from .scopes import by_severity, level_of, scope_of
from .signals import ENUMERATED, fits, target_side, usual_op
from .thresholds import Condition, conditions, shared_op
from .values import Objective

_OWN_TIME = re.compile(r"\w\s(?:time|duration|delay|lag|wait)\b", re.I)
_ELSEWHERE = (
    "retention",
    "backups",
    "recovery",
    "patching",
    "maintenance",
    "emergency",
    "releases",
    "detection",
    "cost",
    "timeline",
)


def objectives_of(keeper: Keeper) -> Rule:
    """The reader of one chapter: it keeps the targets that stand under its own headings; monitoring all others."""

    def read(scene: Scene) -> Iterator[Draft]:
        """A signal with a limit: `p95 <200ms` under `Response times` (the seed), `LCP < 2.5s p75` (en_axiom), a row
        with a `Target` column (en_handbook_0210), `lcp: { target: 2000, alert: 2500 }` in data (the seed).
        """
        if scene.aside or scene.block.kind in ("heading", "chart") or _keeper(scene) != keeper:
            return
        if (_is_elsewhere(scene) and not _lists_metrics(scene)) or any(
            p.has("aside", "criteria", "checklist") for p in scene.labels[:1]
        ):
            return
        if scene.labels and scene.block.kind != "data" and scene.mentions(scene.labels[0]):
            # `High error rate (> 10%)` under `**P1: High**` says when it is one.
            return
        for item in scene.items:
            if item.label.has("aside", "criteria", "review") or (
                item.label.has("column", "month") and not item.row
            ):
                # `Consumed in September: 12.4 minutes` was measured.
                continue
            yield from in_data(item, keeper) if scene.block.kind == "data" else _item(item, keeper)

    return read


def _is_elsewhere(scene: Scene) -> bool:
    """Is the nearest heading about something else? What the whole document is about does not count."""
    near = [name for name, distance in scene.topics if distance <= scene.topics[0][1]]
    at_title = bool(scene.topics) and scene.outer[scene.topics[0][1]].text == scene.title
    return bool(near) and not at_title and near[0] in _ELSEWHERE


def _lists_metrics(scene: Scene) -> bool:
    """A table of metrics with their targets is one wherever it stands: `| Metric | Target |` under `Backups`."""
    header = scene.items[0].key_header if scene.items else scene.nothing
    return header.has("column", "signal") and any(level_of(c) == "target" for c in scene.items[0].values)


def _keeper(scene: Scene) -> str:
    for name, _ in scene.topics:
        if CHAPTERS[name] in ("monitoring", "performance"):
            return CHAPTERS[name]
    return "monitoring"


def _item(item: Item, keeper: Keeper) -> Iterator[Draft]:
    if (item.label.blanked and item.row) or by_severity(item):
        return
    if (
        item.row
        and item.label.measures
        and not item.label.residue(*((m.start, m.end) for m in item.label.measures))
    ):
        # `| 99.9% | 43.8 minutes | 8.76 hours |` shows what a share comes to.
        return
    for column in item.values:
        level = level_of(column)
        if (
            column.header.has("column", "measure", "hours", "interval")
            and level is None
            and not column.header.of("signal")
        ):
            continue
        if (
            level in ("warning", "critical")
            or (level is None and _beside_target(item, column))
            or _measured(item, column)
        ):
            continue
        if (
            column.header.of("recovery")
            or column.header.has("patching", "patch")
            or column.header.has("signal", "error_budget")
            or (level is None and column.header.has("topic", "alerts"))
        ):
            # What a target leaves, and who is told when it is spent, are worked out from it.
            continue
        for said in conditions(item, column):
            made = _objective(item, column, said, keeper)
            if made is not None:
                yield made
    yield from _limitless(item, keeper)


def _measured(item: Item, column: Column) -> bool:
    """`| Max CPU | 850 ms | 1000 ms |` under `| Value | Threshold |`: the first was measured."""
    values = fold(column.header.text) in ("value", "values")
    return values and any(level_of(c) for c in item.values if c is not column)


def _beside_target(item: Item, column: Column) -> bool:
    """Next to a column of targets one whose header is not understood holds something else."""
    if not (_label_is_signal(item) or item.key_header.has("column", "signal")) or column.header.has(
        "column", "scope"
    ):
        return False
    return any(level_of(c) == "target" or c.header.of("objective") for c in item.values if c is not column)


def _objective(item: Item, column: Column, said: Condition, keeper: Keeper) -> Draft | None:
    measure = said.claim.measure
    if not item.row and _is_condition(said):
        return None
    signal, term = _signal(item, column, said)
    if signal is None or _is_remark(said) or not fits(term, measure):
        return None
    op = shared_op(said.claim) or usual_op(term, "target")
    if target_side(term, op) is False and not item.row:
        return None
    if op == ">" and term is None and not item.row and ">" not in column.text.text[: measure.start]:
        # `Resolution time exceeding 150% of target` is what must not be.
        return None
    row_signal = item.row and _label_is_signal(item)
    scope = scope_of(said.claim, label_is_signal=row_signal) or _severity_scope(said)
    values = Objective(
        signal=signal,
        percentile=said.percentile,
        op=op,
        level="target",
        scope=scope,
        window=window(item, column, measure),
        **amount(measure),  # type: ignore[arg-type]
    )
    return objective(keeper, item, said, values)


def _is_remark(said: Condition) -> bool:
    """`50 QPS (10 seconds)`: an amount in brackets after another one only explains it."""
    claim = said.claim
    if claim.clause == claim.around or claim.measure.op or said.claim.text.between("signal", *claim.clause):
        return False
    inside = [p for p in claim.text.quantities.percentiles if claim.clause[0] <= p.start < claim.clause[1]]
    before = [m for m in claim.text.measures if claim.around[0] <= m.start < claim.clause[0]]
    return bool(before) and not inside


def _is_condition(said: Condition) -> bool:
    """`If availability falls below 99 %, 10 % of the fee is refunded`: what happens else, and no target."""
    phrase, (start, end) = said.claim.text, said.claim.clause
    begins = [h for h in phrase.between("conjunction", start, said.claim.measure.start) if h.name == "when"]
    opens = any(not phrase.text[start : h.start].strip() for h in begins)
    return opens or any(h.name == "credits" for h in phrase.between("aside", start, end))


def _severity_scope(said: Condition) -> str | None:
    """`< 15 min (P1)`: an objective for incidents of one severity."""
    label = said.claim.item.label
    if not said.claim.item.row and said.claim.scene.mentions(label):
        return label.text
    start, end = said.claim.clause
    found = [m for m in said.claim.scene.mentions(said.claim.text, names=False) if start <= m.start < end]
    return said.claim.text.text[found[0].start : found[0].end] if found else None


def _signal(item: Item, column: Column, said: Condition) -> tuple[str | None, str | None]:
    """The signal's name in the contract and its term; (None, None) where nothing says that this is a target."""
    named = _enumerated(item, said) or _by_percentile(item, column, said) or _goes_on(item, said)
    if named == "response_time" and said.term is None and _OWN_TIME.search(said.words):
        # `Server tick time p99 below 33 ms`: it names a time of its own.
        return said.words, None
    if named is not None:
        return named, named
    if not _is_target(item, column, said):
        return None, None
    if _is_availability(item, column, said):
        return "availability", "availability"
    if item.row and not _label_is_signal(item) and column.header.residue(kinds=("objective",)):
        # `| Class | Max downtime/year |`: the column names the signal, the row what it is said of.
        return column.header.text, said.term
    words = item.label.text if item.row and _label_is_signal(item) else _verbatim(item, said)
    return (words or None), said.term


def _by_percentile(item: Item, column: Column, said: Condition) -> str | None:
    """`p95` above a time, where no other signal is named, is of the response time."""
    measure = said.claim.measure
    if measure.unit != "seconds" or said.percentile is None or said.term is not None or measure.value >= 60:
        return None
    header = column.header
    if item.row and header.quantities.percentiles and not header.residue(*_places(header)):
        return "response_time"
    label = item.label
    own = label.of("signal") or label.quantities.percentiles or item.row
    return None if own else "response_time"


def _places(phrase: Phrase) -> list[tuple[int, int]]:
    return [(p.start, p.end) for p in phrase.quantities.percentiles]


def _goes_on(item: Item, said: Condition) -> str | None:
    """`The service is available 99.95% … For Starter customers the commitment is 99.5%.`"""
    before = [i for i in item.scene.items if i.number < item.number]
    if item.scene.block.kind != "paragraph" or not before or said.term or item.label.text:
        return None
    follows = said.claim.near("objective") and before[-1].whole.has("signal", "availability")
    return (
        "availability"
        if follows and said.claim.measure.unit == "ratio" and said.claim.measure.value >= 0.9
        else None
    )


def _is_target(item: Item, column: Column, said: Condition) -> bool:
    """Does something around the amount say that it is a target, and of a signal?"""
    measure = said.claim.measure
    if measure.unit == "count" and measure.op is None:
        return False
    if not item.row and item.label.has("column", "duration", "frequency", "interval"):
        return False
    if item.label.has("signal", "error_budget") or said.term == "error_budget":
        # What is left of a budget is worked out from an objective, and is none.
        return False
    if not item.row and not item.label.text:
        # A sentence must name a signal: anything else in it may be meant otherwise.
        return bool(said.term and measure.op and said.words and _under_objectives(item) and _only_named(said))
    if (
        not item.row
        and said.term is None
        and measure.unit == "seconds"
        and (measure.op is None or measure.value >= 86400)
        and _says_more(said)
    ):
        # `Changes: the SLA may change once a year, with 30 days' notice`
        return False
    if item.row and any(map(_is_of_people, (item.label, column.header))):
        return False
    return bool(
        _under_availability(item)
        or (level_of(column) == "target" and not _is_setting(item, column))
        or column.header.of("objective")
        or _under_objectives(item)
        or column.text.between("objective", *said.claim.clause)
    )


def _only_named(said: Condition) -> bool:
    """`Login success rate ≥ 99.5 %`: a name of at most a few words, and its limit."""
    return len(said.words.split()) <= 5 and not said.claim.text.text[: said.claim.clause[0]].strip()


def _is_setting(item: Item, column: Column) -> bool:
    """`| Home quota | 100 GB |` under `| Thing | Value |`: how a system is set up, and no level of service."""
    named = item.label.of("signal") or item.key_header.has("column", "signal") or item.label.of("objective")
    return fold(column.header.text) in ("value", "values") and not named


def _is_of_people(phrase: Phrase) -> bool:
    """`Workaround`, `First reply`: what happens in an incident is no level of service."""
    return bool(phrase.of("moment")) and not phrase.of("signal") and not phrase.has("moment", "mean")


def _says_more(said: Condition) -> bool:
    phrase = said.claim.text
    spans = [(m.start, m.end) for m in phrase.measures]
    return len(phrase.residue(*spans, kinds=("objective", "comparator", "cadence", "severity"))) > 2


def _is_availability(item: Item, column: Column, said: Condition) -> bool:
    """A share of at least 90 % under `SLO`, or after a label that only says SLA, is of the time that a thing is up."""
    measure = said.claim.measure
    if measure.unit != "ratio" or measure.value < 0.9 or said.term:
        return False
    if item.row:
        named = column.header.of("objective") or column.header.has("signal", "availability")
        return bool(named) and not _label_is_signal(item)
    if item.label.of("objective"):
        return not item.label.residue(kinds=("objective",))
    # `api: 99.95%` under `SLOs` or `Availability`
    if (
        not item.label.text
        or item.label.of("signal")
        or not (_under_objectives(item) or _under_availability(item))
    ):
        return False
    # `99.8% monthly (about 1.4 hours)`: what stands in brackets is a remark.
    words = re.sub(r"\([^()]*\)?", " ", said.claim.text.text[slice(*said.claim.clause)])
    clause = item.scene.analyst.phrase(words.strip())
    return not clause.residue(*((m.start, m.end) for m in clause.measures), kinds=("cadence",))


def _enumerated(item: Item, said: Condition) -> str | None:
    """A signal of the contract, if the words say it and nothing more specific (`mean time to …`)."""
    if item.label.has("moment", "mean") or said.claim.text.has("moment", "mean"):
        return None
    if said.term in ENUMERATED:
        return said.term
    phrase, clause = said.claim.text, said.claim.clause
    parts = {h.name for h in phrase.between("part", *clause)}
    if said.claim.measure.unit == "seconds" and said.percentile is not None and "request" in parts:
        return "response_time"
    plain = phrase.text[slice(*clause)].strip()
    bare = not said.claim.scene.analyst.phrase(plain).residue(kinds=("part", "comparator"))
    if said.claim.measure.unit == "ratio" and parts == {"fail"} and bare and said.claim.measure.value < 0.5:
        return "error_rate"
    if said.claim.measure.unit == "ratio" and {"request", "fail"} <= parts:
        # `no more than 0.2% of requests fail`
        return "error_rate"
    return None


def _verbatim(item: Item, said: Condition) -> str:
    """The guide's words for the signal: the label, above a severity its parent, else what stands before."""
    scene = item.scene
    label = item.label.text.partition("(")[0].strip()
    if label and scene.mentions(item.label) and scene.labels:
        return scene.labels[0].text
    if label:
        return label
    if said.claim.clause != said.claim.around:
        return item.body.text[: item.body.text.find("(")].strip(" ,:")
    return said.words


def _under_objectives(item: Item) -> bool:
    """Is the nearest heading with a topic about objectives? What the whole document is about is too far away."""
    scene = item.scene
    if not scene.topics:
        return False
    name, distance = scene.topics[0]
    return name == "objectives" and not (distance > 0 and scene.outer[distance].text == scene.title)


def _under_availability(item: Item) -> bool:
    scene = item.scene
    above = (*scene.labels[:1], *scene.headings[:1])
    return (
        not item.row
        and bool(above)
        and above[0].has("signal", "availability")
        and not item.label.of("signal")
    )


def _label_is_signal(item: Item) -> bool:
    header = item.key_header
    if header.has("column", "scope") and not header.has("column", "signal"):
        return False
    return header.has("column", "signal") or bool(item.label.of("signal")) or item.label.has("moment", "mean")


def _limitless(item: Item, keeper: Keeper) -> Iterator[Draft]:
    """`Lock contention: minimal blocking`: a target without a number."""
    if item.row or item.columns[0].text.measures or not item.body.has("demand", "minimal", "minimised"):
        return
    named = item.label if item.label.text else item.body
    hit = next(iter(named.of("signal")), None)
    if hit is None:
        return
    words = item.label.text or item.body.text[hit.start : hit.end]
    signal = hit.name if hit.name in ENUMERATED else words
    yield Draft(
        keeper=keeper,
        control="threshold",
        name=("objective", signal),
        values=Objective(signal=signal, scope=None),
        items=(item,),
    )
