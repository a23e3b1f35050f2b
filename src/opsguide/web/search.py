"""The search: promises, incidents, people, pages and commands by a few letters of them, typing errors forgiven."""

from collections.abc import Iterator, Sequence

from litestar import Response, get
from litestar.params import FromQuery
from rapidfuzz import fuzz, process

from ..guide.lexicon import fold
from ..identity.principal import may
from . import marks
from .bookshelf import Bookshelf, ShelfDep
from .console import Console
from .pages import ConsoleDep, Found
from .people import people
from .shell import Shell, ShellDep

MOST_SHOWN = 12
MOST_TYPED = 200
CLOSE_ENOUGH = 76.0
"""Of 100, the likeness of a typed word to one of the text: a letter too few, too many or swapped is forgiven."""
WORD_START = 8.0
"""A word that begins as typed comes before one that only holds it."""

URGENCY = 5.0
"""Of two that answer alike, the one that is broken or at risk is looked for."""

FIRST = ("incident", "promise", "page")
"""What is shown before anything was typed: what burns, what is not as promised, where one can go."""
URGENT = ("broken", "at_risk")

COMMANDS = (
    *(
        Found("command", f"Show what is {word}", f"/?standing={kind}", words="filter lines", standing=kind)
        for kind, word in marks.WORDS.items()
    ),
    Found("command", "Change theme", act="data-theme-switch", about="t", words="light dark colours night"),
    Found("command", "List keyboard shortcuts", act="data-keys", about="?", words="help keys"),
    Found("command", "Print this page", act="data-print", words="pdf report paper"),
)


@get("/search", needs="read", include_in_schema=False)
async def search_page(
    console: ConsoleDep, shell: ShellDep, shelf: ShelfDep, q: FromQuery[str] = ""
) -> Response[str]:
    """What is found for `q`, best first; for nothing, where one can go. The palette of every page shows this list."""
    query = q.strip()[:MOST_TYPED]
    known = list(everything(console, shell, shelf))
    return shell.render("search.html", here="", query=query, found=find(query, known))


def find(query: str, known: Sequence[Found]) -> list[Found]:
    """The best matches in order; equally good ones stay in the order in which they are known."""
    if not query:
        first = [
            one for one in known if one.kind in FIRST and (one.kind != "promise" or one.standing in URGENT)
        ]
        return sorted(first, key=lambda one: FIRST.index(one.kind))[:MOST_SHOWN]
    words = _folded(query).split()
    scored = [(score, one) for one in known if (score := likeness(words, _folded(f"{one.text} {one.words}")))]
    scored = [(score + (URGENCY if _burns(one) else 0.0), one) for score, one in scored]
    scored.sort(key=lambda pair: -pair[0])
    return [one for _, one in scored[:MOST_SHOWN]]


def _burns(one: Found) -> bool:
    return one.standing in URGENT and one.kind == "promise"


def likeness(words: Sequence[str], text: str) -> float:
    """How well a text answers to what was typed, both folded; 0 where a word is not in it, nor anything like it."""
    total = 0.0
    for word in words:
        like = _like(word, text)
        if not like:
            return 0.0
        total += like
    # Of two that hold the same words, the one that says less besides is meant.
    return total / len(words) - min(len(text), 200) / 100


def _like(word: str, text: str) -> float:
    """100 for a word as typed, more where one begins so; less for one that is spelt nearly so."""
    if f" {word}" in f" {text}":
        return 100.0 + WORD_START
    if word in text:
        return 100.0
    found = process.extractOne(word, text.split(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return found[1] if found is not None else 0.0


def _folded(text: str) -> str:
    return fold(text).replace("_", " ")


def everything(console: Console, shell: Shell, shelf: Bookshelf) -> Iterator[Found]:
    """All that can be found now."""
    for one in shell.pages:
        yield from one.finds(console)
    for link in (one for one in shell.links if may(shell.me, one.needs)):
        yield Found("page", link.text, link.href, about=f"g {link.key}" if link.key else "")
    current = console.guide.current
    if current is not None:
        book = shelf.book(current)
        for held in marks.ordered(shelf.held(book)):
            yield Found(
                "promise",
                held.said,
                f"/promises/{shell.segment(held.promise.id)}",
                about=f"line {held.promise.span.line}",
                words=f"{held.label} {held.promise.id} {held.promise.section}",
                standing=held.standing.kind,
            )
        for heading in book.page.headings:
            yield Found("chapter", heading.text, f"/#{heading.anchor}", about=f"line {heading.span.line}")
    for person, name in people(console).items():
        yield Found(
            "person",
            name,
            f"/?person={shell.segment(person)}",
            about="what they have to do with",
            words=person,
        )
    yield from COMMANDS


HANDLERS = (search_page,)
