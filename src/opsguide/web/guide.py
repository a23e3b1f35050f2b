"""The first page, the guide itself with the standing of every promise at its line; and one promise in depth."""

from collections.abc import Iterable, Iterator, Sequence, Set

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from ..guide.adoption import Version
from ..guide.bindings import unbound
from ..guide.keeping import Keeping
from ..guide.promise import Promise
from ..guide.proving import Proof, impossible
from ..kernel.clock import Instant, after
from ..kernel.promise import Span
from ..kernel.standing import StandingKind
from . import live, marks, words
from .bookshelf import ShelfDep
from .console import Console
from .document import Place
from .errors import NotFound
from .marks import Held
from .pages import ConsoleDep
from .people import people
from .shell import ShellDep
from .signing import signing
from .strip import STRIP_DAYS, course

HISTORY_SHOWN = 50
STINTS_SHOWN = 30


class Told(msgspec.Struct, frozen=True):
    """A fact as a line of a timeline."""

    seq: int
    at: Instant
    said: str


@get("/", needs="read", include_in_schema=False)
async def guide_page(
    console: ConsoleDep,
    shell: ShellDep,
    shelf: ShelfDep,
    standing: FromQuery[StandingKind | None] = None,
    person: FromQuery[str] = "",
) -> Response[str]:
    """The guide in force; with `?standing=broken` only the lines whose promises stand so, with `?person=ana` only
    those that a person has to do with."""
    current, refused = console.guide.current, console.guide.refused
    if current is None:
        return shell.render("nothing.html", refused=refused, here="/")
    context = shelf.context(current, standing)
    book, found = context["book"], {one.promise.id: one for one in context["found"]}
    chosen = _chosen(found.values(), standing, shell.involved(person) if person else None)
    wanted = None if chosen is None else set(_lines(book, chosen))
    trends = shell.trends()

    def place(one: Place) -> str:
        return shelf.place(current, one.key, found, trends)

    if console.as_of is not None:
        pieces = shelf.fragments()
        context["piece"] = lambda name: Markup(pieces[name].html(None))
    return shell.render(
        "guide.html",
        **context,
        here="/",
        person=person,
        people=people(console),
        refused=refused,
        refused_at=console.guide.refused_at,
        title=Markup(book.page.title),
        document=Markup(words.aged(book.page.html(place, wanted), console.now())),
        shown=None if chosen is None else len(chosen),
        lost=Markup(shelf.loose(found[promise.id] for promise in book.lost)),
    )


def _chosen(
    found: Iterable[Held], standing: StandingKind | None, involved: Set[str] | None
) -> set[str] | None:
    """Ids of the promises that the filters leave; None where there is no filter."""
    if standing is None and involved is None:
        return None
    return {
        one.promise.id
        for one in found
        if standing in (None, one.standing.kind) and (involved is None or one.promise.id in involved)
    }


def _lines(book: marks.Handbook, chosen: Set[str]) -> Iterator[int]:
    """First lines of the places that show one of the promises."""
    places = {place.key: place for place in book.page.places}
    for key, promises in book.at.items():
        if any(promise.id in chosen for promise in promises):
            yield places[key].span.line


@get("/promises/{promise:path}", needs="read", include_in_schema=False)
async def promise_page(
    promise: FromPath[str],
    console: ConsoleDep,
    shell: ShellDep,
    shelf: ShelfDep,
) -> Response[str]:
    """One promise in depth; the drawer of other pages shows its sheet."""
    promise = promise.removeprefix("/")
    current = console.guide.current
    book = shelf.book(current) if current is not None else None
    if current is None or book is None or promise not in book.promises:
        raise NotFound(
            f"the guide in force has no promise {promise!r}",
            where=f"/promises/{promise}",
            hint="it may have been renamed with the guide: the first page lists all of them",
        )
    one = book.promises[promise]
    standing = console.standings().get(promise, marks.UNKNOWN)
    now = console.now()
    start = after(now, -STRIP_DAYS * 86_400)
    return shell.render(
        "promise.html",
        one=Held(one, standing),
        chart=shell.chart(promise),
        course=course(console.stints(promise, start, now), start, now),
        days=STRIP_DAYS,
        most_stints=STINTS_SHOWN,
        section=one.section.removeprefix(f"{current.adopted.reading.title} / "),
        holder=shell.holders().get(promise),
        event=live.promise_event(promise),
        signing=signing(console, one),
        proof=_proof(console, one),
        excerpts=_excerpts(current, one),
        values=_values(one),
        findings=[f for f in current.adopted.reading.findings if promise in f.promises],
        facts=[
            Told(recorded.seq, recorded.fact.at, shell.say(recorded))
            for recorded in list(console.history(f"promise:{promise}"))[: -HISTORY_SHOWN - 1 : -1]
        ],
        missing=[
            m for m in unbound(current.adopted.reading, current.adopted.bindings) if m.promise == promise
        ],
    )


class Proven(msgspec.Struct, frozen=True):
    """What drills prove of a promise: the `last` one, `at` when it was last proven, when that proof `ends`."""

    last: Proof | None
    at: Instant | None
    ends: Instant | None


def _proof(console: Console, promise: Promise) -> Proven | None:
    """None where no drill can prove it."""
    if impossible(promise):
        return None
    kept: Keeping = console.state(promise.keeper)
    proofs = kept.proofs
    return Proven(
        proofs.last.get(promise.id), proofs.proven.get(promise.id), proofs.ends(promise, kept.bindings)
    )


def _excerpts(version: Version, promise: Promise) -> list[list[tuple[int, str]]]:
    """The lines that say it, numbered, as they stand in the document."""
    lines = version.adopted.text.splitlines()
    return [
        [(n, lines[n - 1]) for n in range(span.line, span.end_line + 1) if n <= len(lines)]
        for span in _spans(promise)
    ]


def _spans(promise: Promise) -> Sequence[Span]:
    return (promise.span, *promise.also)


def _values(promise: Promise) -> list[tuple[str, str]]:
    """What was read, as the public JSON says it."""
    read = msgspec.to_builtins(promise.values)
    return [(name, _written(value)) for name, value in read.items() if value is not None]


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


HANDLERS = (guide_page, promise_page)
