"""Promises with their standings, at the places of the page; counted, filtered, worst first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import get_args

from msgspec import Struct

from ..guide.markup import plain
from ..guide.promise import Finding, Promise, Reading
from ..guide.values import Alert, ClockValues, Objective, Recovery, Retention, Stage, Step
from ..kernel.standing import Standing, StandingKind
from .document import Heading, Page, Place

WORST_FIRST: tuple[StandingKind, ...] = ("broken", "at_risk", "unproven", "unbound", "by_hand", "kept")
WORDS: dict[StandingKind, str] = {
    "kept": "kept",
    "at_risk": "at risk",
    "broken": "broken",
    "unproven": "unproven",
    "unbound": "unbound",
    "by_hand": "by hand",
}
assert set(WORST_FIRST) == set(WORDS) == set(get_args(StandingKind))

SAID_KEPT = 4096
"""Promises are said anew on every page, and are the same from one page to the next."""

UNKNOWN = Standing(kind="unproven", reason="nothing has answered for this promise yet")


class Held(Struct, frozen=True, gc=False):
    """A promise and how it stands."""

    promise: Promise
    standing: Standing

    @property
    def label(self) -> str:
        return label(self.promise)

    @property
    def said(self) -> str:
        return said(self.promise)


class Count(Struct, frozen=True):
    """So many promises of a standing."""

    kind: StandingKind
    word: str
    number: int


class Entry(Struct, frozen=True):
    """A line of the contents: a heading and the standings of what is promised under it."""

    heading: Heading
    counts: tuple[Count, ...]
    total: int


class Handbook(Struct, frozen=True):
    """An adopted guide, typeset: which promises and findings stand at which place.

    `continued` are lines of code that belong to a promise of a line above; `lost` promises have no place at all.
    """

    page: Page
    promises: Mapping[str, Promise]
    at: Mapping[str, tuple[Promise, ...]]
    findings: Mapping[str, tuple[Finding, ...]]
    continued: frozenset[str]
    lost: tuple[Promise, ...]
    shared: frozenset[str]
    """Ids of promises that stand at one place with others."""


def bind(page: Page, reading: Reading) -> Handbook:
    """Each promise at the place of its line, and at those of other statements that say the same."""
    at: dict[str, list[Promise]] = {}
    findings: dict[str, list[Finding]] = {}
    lost = []
    for promise in reading.promises:
        places = _places(page, promise)
        for place in places:
            at.setdefault(place.key, []).append(promise)
        if not places:
            lost.append(promise)
    for finding in (found for found in reading.findings if found.silenced is None):
        for place in _distinct(page.place_of(span.line) for span in finding.spans):
            findings.setdefault(place.key, []).append(finding)
    continued = frozenset(_continued(page, reading.promises)) - at.keys()
    return Handbook(
        page=page.only({*at, *findings, *continued}),
        promises={promise.id: promise for promise in reading.promises},
        at={key: tuple(found) for key, found in at.items()},
        findings={key: tuple(found) for key, found in findings.items()},
        continued=continued,
        lost=tuple(lost),
        shared=frozenset(one.id for here in at.values() if len(here) > 1 for one in here),
    )


def _places(page: Page, promise: Promise) -> list[Place]:
    """Where each of its statements starts; items and rows of one that is spread over several have it each."""
    name = promise.values.stage.casefold() if isinstance(promise.values, Stage) else ""
    spans = (promise.span, *promise.also)
    first = [page.place_of(span.line, name) for span in spans]
    more = (place for span in spans for place in page.inside(span) if place.kind in ("text", "row"))
    return _distinct([*first, *more])


def _continued(page: Page, promises: Iterable[Promise]) -> Iterator[str]:
    for promise in promises:
        for span in (promise.span, *promise.also):
            yield from (place.key for place in page.inside(span) if place.kind == "code")


def _distinct(places: Iterable[Place | None]) -> list[Place]:
    return list({place.key: place for place in places if place is not None}.values())


def ordered(found: Iterable[Held]) -> tuple[Held, ...]:
    """Worst first, else in the guide's order."""
    return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.standing.kind)))


def counts(found: Iterable[Held], every: bool = False) -> tuple[Count, ...]:
    """How many of each standing, worst first; with `every`, also those that nothing has."""
    numbers = Counter(one.standing.kind for one in found)
    return tuple(Count(kind, WORDS[kind], numbers[kind]) for kind in WORST_FIRST if every or numbers[kind])


def contents(book: Handbook, found: Sequence[Held]) -> tuple[Entry, ...]:
    """Headings of the two uppermost levels that the document uses, with what stands under each."""
    levels = sorted({heading.level for heading in book.page.headings})[:2]
    listed = [heading for heading in book.page.headings if heading.level in levels]
    return tuple(_entry(heading, found) for heading in listed)


def _entry(heading: Heading, found: Sequence[Held]) -> Entry:
    inside = [one for one in found if heading.span.line <= one.promise.span.line <= heading.span.end_line]
    return Entry(heading, counts(inside), len(inside))


def next_binding(found: Iterable[Held]) -> tuple[str, int, Promise] | None:
    """The missing key that would bind the most promises, how many, and the first of them."""
    missing: dict[str, list[Promise]] = {}
    for one in found:
        if one.standing.kind == "unbound" and one.standing.missing:
            missing.setdefault(one.standing.missing, []).append(one.promise)
    if not missing:
        return None
    key, promises = max(missing.items(), key=lambda item: len(item[1]))
    return key, len(promises), promises[0]


@lru_cache(maxsize=SAID_KEPT)
def label(promise: Promise) -> str:
    """What tells a promise from others on its line."""
    values = promise.values
    match values:
        case ClockValues():
            return values.clock if values.clock != "postmortem" else "post-mortem"
        case Recovery():
            return values.objective.upper()
        case Objective():
            percentile = f" p{values.percentile:g}" if values.percentile is not None else ""
            return f"{_said(values.signal)}{percentile}" + (" alert" if values.level == "alert" else "")
        case Alert():
            return values.alert or f"{_said(values.signal)} alert"
        case Step():
            return f"step {values.step}"
        case Retention():
            return f"{values.tier} {_said(values.retain)}" if values.tier else _said(values.retain)
        case _:
            return _said(promise.id.rpartition("/")[2].rpartition(".")[2])


@lru_cache(maxsize=SAID_KEPT)
def said(promise: Promise) -> str:
    """The statement on one line, with the name that it has in the guide where its own words leave that out."""
    values = promise.values
    lines = [plain(line) for line in promise.text.split("\n")]
    if isinstance(values, Alert) and len(lines) > 1:
        # The keys of a block are for machines: `condition: error_rate > 5%, duration: 5m` reads as a sentence.
        lines = [lines[0].partition(": ")[2] or lines[0], *(line.replace(": ", " ", 1) for line in lines[1:])]
    ended = (f"{line} " if line.endswith((".", "!", "?")) else f"{line}, " for line in lines[:-1])
    text = ("".join(ended) + lines[-1]).replace(" | ", ", ")
    name = (
        values.alert
        if isinstance(values, Alert)
        else values.scenario
        if isinstance(values, Recovery)
        else None
    )
    if not name or name.replace("_", " ") in text.casefold().replace("_", " "):
        return text
    return f"{name}: {text}"


def _said(name: str) -> str:
    return name.replace("_", " ")
