"""The adopted guide, typeset once a version, with its live pieces: each place's marks, the header, the contents."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, TypeAlias

from jinja2 import Template
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from markupsafe import Markup
from msgspec import Struct

from ..guide.adoption import Version
from ..guide.promise import Finding
from ..kernel.standing import Standing, StandingKind
from . import marks
from .document import typeset
from .live import Fragment
from .marks import Handbook, Held
from .pages import Holder
from .shell import Shell

BOOKS_KEPT = 4
HEADLINES_SHOWN = 6
URGENT = ("broken", "at_risk")


class Headline(Struct, frozen=True):
    """A promise that is not kept, with who has it; `which` tells it from others of the same line."""

    held: Held
    holder: Holder | None
    which: str


class Bookshelf:
    """Handbooks by the sequence number of their adoption."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._books: OrderedDict[int, Handbook] = OrderedDict()
        self._slots: dict[str, tuple[object, str]] = {}
        self._held: tuple[object, tuple[Held, ...]] | None = None
        self._marks: Template = shell.env.get_template("marks.html")

    def seen_in(self, shell: Shell) -> "Bookshelf":
        """This one for another shell: books are the same for all, what stands in them was another at another time."""
        other = copy(self)
        other._shell, other._held = shell, None
        if shell.console.as_of is not None:
            other._slots = {}
        return other

    def book(self, version: Version) -> Handbook:
        known = self._books.get(version.seq)
        if known is None:
            adopted = version.adopted
            known = self._books[version.seq] = marks.bind(typeset(adopted.text), adopted.reading)
            while len(self._books) > BOOKS_KEPT:
                self._books.popitem(last=False)
            self._slots.clear()
        return known

    def held(self, book: Handbook) -> tuple[Held, ...]:
        """Every promise with its standing, in the guide's order; of a second and a head of the ledger, the same."""
        console = self._shell.console
        of = (id(book), console.head, console.now() // 1000)
        if self._held is None or self._held[0] != of:
            standings = console.standings()
            found = tuple(Held(p, standings.get(p.id, marks.UNKNOWN)) for p in book.promises.values())
            self._held = (of, found)
        return self._held[1]

    def place(
        self, version: Version, key: str, found: Mapping[str, Held], trends: Mapping[str, Markup]
    ) -> str:
        """What stands at a place: its marks, in a slot that is swapped live, and the findings."""
        book = self.book(version)
        promises = book.at.get(key, ())
        slot = ""
        if promises:
            slot = self._slot(_slot_name(version, key), [found[promise.id] for promise in promises], trends)
        elif key in book.continued:
            slot = '<div class="at goes-on"></div>'
        return slot + (self._notes(version, key, book.findings[key]) if key in book.findings else "")

    def _notes(self, version: Version, key: str, findings: Sequence[Finding]) -> str:
        """Findings are of the version: written once for all its pages."""
        name = f"{_slot_name(version, key)}-notes"
        if name not in self._slots:
            module: Any = self._marks.module
            self._slots[name] = (None, str(module.notes(findings, name)))
        return self._slots[name][1]

    def _slot(self, name: str, found: Sequence[Held], trends: Mapping[str, Markup]) -> str:
        """Made anew only when it says something else. Its ages are left open: they grow, the rest stays."""
        says = ([one.standing for one in found], [trends.get(one.promise.id) for one in found])
        before = self._slots.get(name)
        if before is None or before[0] != says:
            module: Any = self._marks.module
            before = self._slots[name] = (says, str(module.slot(name, marks.ordered(found), None, trends)))
        return before[1]

    def loose(self, promises: Iterable[Held]) -> str:
        """Marks of promises that have no place of their own."""
        module: Any = self._marks.module
        now = self._shell.console.now()
        return "".join(str(module.single(one, now, True, {})) for one in promises)

    def fragments(self) -> Mapping[str, Fragment]:
        """For the live stream. Ages that only grow are no change: keys hold standings, not what is printed."""
        guide = self._shell.console.guide
        version, refused = guide.current, guide.refused
        if version is None:
            return {"guide": Fragment(refused.digest if refused else "", _nothing)}
        book = self.book(version)
        found = {one.promise.id: one for one in self.held(book)}
        kinds = tuple(one.standing.kind for one in found.values())
        pieces = {
            "guide": Fragment((version.seq, refused.digest if refused else ""), _nothing),
            "overview": Fragment(self._urgent(found.values()), self._overview),
            "contents": Fragment((version.seq, kinds), self._contents),
        }
        for key, promises in book.at.items():
            here = marks.ordered(found[promise.id] for promise in promises)
            name = _slot_name(version, key)
            pieces[name] = Fragment(tuple(one.standing for one in here), partial(self._mark, name, here))
        return pieces

    def _urgent(self, found: Iterable[Held]) -> object:
        """What the header shows: all standings by kind, the most urgent in full, and who has them."""
        found = tuple(found)
        first = tuple(one.standing for one in urgent(found)[:HEADLINES_SHOWN])
        return tuple(one.standing.kind for one in found), first, tuple(self._shell.holders().items())

    def _mark(self, name: str, here: Sequence[Held], before: object) -> str:
        """A place's marks anew; they light up once if they say something new, not if they were only confirmed."""
        said = before if isinstance(before, tuple) else ()
        fresh = [_says(one) for one in said] != [_says(one.standing) for one in here]
        module: Any = self._marks.module
        return str(module.mark(name, here, self._shell.console.now(), fresh, self._shell.trends()))

    def _overview(self, _before: object) -> str:
        version = self._shell.console.guide.current
        if version is None:
            return ""
        return self._shell.env.get_template("overview.html").render(self.context(version, None))

    def _contents(self, _before: object) -> str:
        version = self._shell.console.guide.current
        if version is None:
            return ""
        book = self.book(version)
        entries = marks.contents(book, self.held(book))
        return self._shell.env.get_template("contents.html").render(contents=entries)

    def headlines(self, version: Version, most: int | None = None) -> list[Headline]:
        """The promises that are broken or at risk, worst first, with who has them."""
        book, holders = self.book(version), self._shell.holders()
        return [
            Headline(one, holders.get(one.promise.id), one.label if one.promise.id in book.shared else "")
            for one in urgent(self.held(book))[:most]
        ]

    def context(self, version: Version, standing: StandingKind | None) -> dict[str, Any]:
        """What the templates of the guide page show."""
        book = self.book(version)
        found = self.held(book)
        return {
            "now": self._shell.console.now(),
            "service": self._shell.service,
            "version": version,
            "reading": version.adopted.reading,
            "book": book,
            "found": found,
            "counts": marks.counts(found, every=True),
            "headlines": self.headlines(version, HEADLINES_SHOWN),
            "more": len(urgent(found)) - HEADLINES_SHOWN,
            "next_binding": marks.next_binding(found),
            "standing": standing,
        }


ShelfDep: TypeAlias = NamedDependency[SkipValidation[Bookshelf]]
"""A handler's parameter `shelf: ShelfDep` has the typeset guide."""


def urgent(found: Iterable[Held]) -> list[Held]:
    """What is broken or at risk, worst first."""
    return list(marks.ordered(one for one in found if one.standing.kind in URGENT))


def _slot_name(version: Version, key: str) -> str:
    return f"mark-{version.seq}-{key}"


def _says(standing: Standing) -> tuple[str, str, str]:
    return standing.kind, standing.value, standing.limit


def _nothing(_before: object) -> str:
    return ""
