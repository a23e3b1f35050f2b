"""What a reader sees: a block with its statements analysed, and what stands around it."""

import re
from collections.abc import Iterator

from .phrases import Analyst, Phrase
from .quantities import VOID
from .severities import Mention, SeverityBook
from .statements import Block, Statement
from .values import Hours

CHAPTERS: dict[str, str] = {
    **dict.fromkeys(("environments", "pipeline", "releases", "delivery", "approvals"), "delivery"),
    **dict.fromkeys(("monitoring", "alerts", "objectives", "databases"), "monitoring"),
    **dict.fromkeys(
        (
            "incidents",
            "severities",
            "oncall",
            "escalation",
            "communication",
            "postmortems",
            "timeline",
            "runbook",
            "detecting",
        ),
        "incidents",
    ),
    **dict.fromkeys(("backups", "recovery", "retention", "data"), "recovery"),
    **dict.fromkeys(("security", "detection", "patching", "access", "secrets"), "security"),
    **dict.fromkeys(("performance", "capacity", "cost"), "performance"),
    **dict.fromkeys(("maintenance", "emergency"), "maintenance"),
}
"""Topic → the chapter that keeps what stands under it."""


_ASIDES = (
    "example",
    "merits",
    "glossary",
    "history",
    "references",
    "raci",
    "toc",
    "roadmap",
    "credits",
    "exclusion",
)
# `2026-08`, `v4.2 (March 2026)`, `09/2026`, `iul. 2026`: how points of a change log begin.
_VERSION = re.compile(
    r"^(?:v\d+(?:\.(?:\d+|x))*\b|\d+(?:\.\d+){2,}\b|\d+\.(?:\d+|x)\s*(?:\(|$)"
    r"|(?:indice|rev|révision|revision|revisión|revisão|revizia|ausgabe|versión|versão|phiên bản)\.?\s*\w{1,3}\s*\("
    r"|(?:\w+\.?\s)?\(?(?:\d{1,2}[./-])?(?:19|20)\d\d(?:[-/.]\d{1,2})?\b)",
    re.I,
)


class Column:
    """A cell of a row (or the body of any other statement) under its header, with its place in the row."""

    __slots__ = ("header", "item", "place", "text")

    def __init__(self, item: "Item", place: int, header: Phrase, text: Phrase) -> None:
        self.item, self.place, self.header, self.text = item, place, header, text

    def key(self, start: int) -> tuple[int, int, int]:
        """The name of a quantity that starts here, for saying who has read it."""
        return (self.item.number, self.place, start)


class Item:
    """A statement of the scene. `columns` are its parts: the cells of a row after the first, else the one body."""

    def __init__(self, scene: "Scene", number: int, statement: Statement) -> None:
        phrase = scene.analyst.phrase
        self.scene, self.number, self.statement = scene, number, statement
        self.label = phrase(statement.label)
        self.body = phrase(statement.body)
        self.whole = phrase(statement.text)
        cells = statement.cells
        if cells:
            self.columns = tuple(
                self._column(n, phrase(c.header), phrase(c.text)) for n, c in enumerate(cells)
            )
        else:
            self.columns = (Column(self, 0, scene.nothing, self.body),)

    def _column(self, place: int, header: Phrase, text: Phrase) -> Column:
        """What was measured (`Current`, `August`, `Budget left`) or is an example is nothing that is promised."""
        measured = header.has("aside", "review", "example", "history", "credits") or header.has(
            "column", "month"
        )
        # `Q3 2026`: a header that is a date stands above what was measured then.
        measured = measured or bool(header.text and not header.masked.strip(f"{VOID} "))
        return Column(self, place, header, self.scene.nothing if place and measured else text)

    @property
    def row(self) -> bool:
        return bool(self.statement.cells)

    @property
    def promises_nothing(self) -> bool:
        """To tick off (`- [ ] restart`), or shown as an example: no reader sees it."""
        asked = self.statement.text.endswith("?") or self.statement.label.endswith("?")
        return self.statement.task or asked or self.label.has("aside", "example", "history")

    @property
    def key_header(self) -> Phrase:
        return self.columns[0].header if self.row else self.scene.nothing

    @property
    def subject(self) -> Phrase:
        """What a row is about: the cell under `System`, `Service` … where another one stands before it."""
        if self.row and not self.key_header.has("column", "scope"):
            for column in self.columns[1:3]:
                if column.header.has("column", "scope") and column.text.text and not column.text.measures:
                    return column.text
        return self.label

    @property
    def rated(self) -> Phrase:
        """The cell that names a row's severity: in `| Impact | Urgency | Priority |` the third, else the label."""
        if self.row and self.key_header.has("axis"):
            for column in self.columns[1:]:
                if column.header.has("column", "severity") and not column.header.has("axis"):
                    return column.text
        return self.label

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns that say something about the label."""
        return self.columns[1:] if self.row else self.columns

    def under(self, name: str) -> Column | None:
        """The cell under the column of this meaning (`hours`, `role` …), if the row has one."""
        return next((c for c in self.columns if c.header.has("column", name)), None)

    def chain(self, column: Column | None = None) -> tuple[Phrase, ...]:
        """What leads to a value, nearest first: header, label, labels around the block, headings."""
        header = (column.header,) if column is not None and column.header.text else ()
        label = (self.label,) if self.label.text else ()
        return (*header, *label, *self.scene.outer)

    def beside(self, *names: str) -> "Item | None":
        """The sibling whose label has one of these column meanings (`severity`, `for` …): for data and forms."""
        known = self.scene.labelled
        if names not in known:
            known[names] = next((o for o in self.scene.items if o.label.has("column", *names)), None)
        return known[names]


class Shared:
    """What all scenes of one guide share: its severities, when their clocks run, what its business hours are."""

    def __init__(self, analyst: Analyst, title: str) -> None:
        self.analyst, self.title = analyst, title
        self.book = SeverityBook(analyst)
        self.hours: dict[str, tuple[Hours, Item]] = {}
        self.transparent: dict[tuple[str, tuple[str, ...]], bool] = {}


class Scene:
    """A block in its place. `outer` leads from the nearest label to the outermost heading.

    `items` are the statements that may promise something; `every` also those to tick off and the examples.
    """

    def __init__(self, block: Block, first: int, shared: Shared) -> None:
        self.block, self.shared = block, shared
        self.analyst, self.book, self.title = shared.analyst, shared.book, shared.title
        analyst = shared.analyst
        self.nothing = analyst.phrase("")
        self.labels = tuple(analyst.phrase(text) for text in reversed(block.labels))
        self.headings = tuple(analyst.phrase(text) for text in reversed(block.headings))
        self.outer = (*self.labels, *self.headings)
        self.every = tuple(Item(self, first + n, s) for n, s in enumerate(block.statements))
        self.items = tuple(item for item in self.every if not item.promises_nothing)
        self.read: set[int] = set()
        self.labelled: dict[tuple[str, ...], Item | None] = {}
        self.after: tuple[Scene, ...] = ()
        self.topics = tuple(self._topics())
        self.aside = self._aside()

    def _topics(self) -> Iterator[tuple[str, int]]:
        """Topics of what stands around, nearest first, with how far away.

        In a heading the head noun weighs most: it stands last in English and German (`Maintenance Windows`), first in
        the other languages (`Ventanas de mantenimiento`).
        """
        last = self.language in ("en", "de")
        for distance, phrase in enumerate(self.outer):
            hits = phrase.of("topic")
            for hit in reversed(hits) if last else hits:
                yield hit.name, distance

    def _aside(self) -> bool:
        """Is this an example, a template, a glossary, a change log …? Nothing here is promised."""
        labels = [item.statement.label for item in self.every]
        if (
            self.block.kind != "table"
            and len(labels) > 1
            and sum(bool(_VERSION.match(label)) for label in labels) > len(labels) / 2
        ):
            return True
        header = self.every[0].key_header if self.every else self.nothing
        if header.has("aside", "history", "credits", "example", "glossary"):
            return True
        data = self.block.kind == "data"
        return any(
            hit.name in _ASIDES
            for phrase in self.outer
            for hit in phrase.of("aside")
            # `Appendix 3: Service levels` is the guide itself.
            if not (phrase.text == self.title and hit.name in ("references", "glossary", "raci"))
            # A key called `QueueBacklog` is no backlog.
            if not (data and phrase in self.labels and phrase.residue(kinds=("aside",)))
        )

    @property
    def left(self) -> tuple[Item, ...]:
        """The statements that nobody has read yet."""
        return tuple(item for item in self.items if item.number not in self.read)

    def below(self) -> Iterator["Scene"]:
        """For a heading: the blocks under it."""
        path = (*self.block.headings, self.every[0].statement.text)
        for scene in self.after:
            if scene.block.headings[: len(path)] != path:
                return
            yield scene

    @property
    def language(self) -> str:
        return self.analyst.lexicon.present[0]

    def about(self, *topics: str, within: int = 99) -> bool:
        """Do the labels or headings around name one of these topics, at most so far away?"""
        return any(name in topics and distance <= within for name, distance in self.topics)

    @property
    def topic(self) -> str | None:
        """The nearest topic."""
        return self.topics[0][0] if self.topics else None

    @property
    def chapter(self) -> str | None:
        return CHAPTERS[self.topics[0][0]] if self.topics else None

    def severities_around(self) -> tuple[str, ...]:
        """The severities that the nearest label or heading above names, if any does."""
        for phrase in self.outer:
            found = self.mentions(phrase)
            if found:
                return found[0].keys
        return ()

    def mentions(self, phrase: Phrase, *, names: bool = True) -> list[Mention]:
        return self.book.mentions(phrase, names=names)
