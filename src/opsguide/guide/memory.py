"""What a reading leaves behind for the next one of nearly the same text, as an editor asks for it at every pause.

What words mean is remembered for good; what a scene said, while all that a rule may look at is as it was: the scene's
block, the blocks below it if it is a heading, and what all scenes share. Lines may have moved. That a remembered
reading is a fresh one is held by tests/guide/test_memory.py: a rule that looks at something else shows there.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from .lexicon import detect, lexicon
from .phrases import Analyst
from .reader import Draft, Key
from .scene import Item, Scene
from .statements import Block, Statement

Ask: TypeAlias = Callable[[Scene], list[tuple[int, Draft]]]
"""A scene → what the readers make of it, each draft with its reader's place in the order."""

_MAX_PHRASES = 20_000
"""Every keystroke leaves a phrase behind."""


class _Kept(NamedTuple):
    """A draft and its reader's place. Statements are counted from the scene's first; business hours have names."""

    order: int
    draft: Draft
    items: tuple[int | str, ...]
    extra: tuple[int | str, ...]
    uses: tuple[Key, ...]


class Memory:
    """For one document at a time, or many that take turns; not for threads."""

    def __init__(self) -> None:
        self._analysts: dict[tuple[str, ...], Analyst] = {}
        self._kept: dict[Hashable, tuple[_Kept, ...]] = {}
        self._detected: tuple[str, tuple[str, ...]] = ("", ("en",))

    def languages(self, text: str) -> tuple[str, ...]:
        """Those of the text, its own first. A check asks twice: the reading, and the findings."""
        if self._detected[0] != text:
            self._detected = (text, detect(text))
        return self._detected[1]

    def analyst(self, languages: tuple[str, ...]) -> Analyst:
        made = self._analysts.get(languages)
        if made is None or made.size > _MAX_PHRASES:
            made = self._analysts[languages] = Analyst(lexicon(languages))
        return made

    def drafts(self, scenes: Sequence[Scene], ask: Ask) -> list[tuple[int, Draft]]:
        """What is said by all scenes; asked are those that are not remembered. The last reading alone is."""
        places = _Places(scenes)
        told: list[tuple[int, Draft]] = []
        kept: dict[Hashable, tuple[_Kept, ...]] = {}
        for scene in scenes:
            if not scene.items:
                continue
            key = places.key(scene)
            known = self._kept.get(key) if key not in kept else kept[key]
            if known is None:
                said = ask(scene)
                told += said
                known = places.keep(scene, said)
            else:
                told += [places.again(scene, one) for one in known]
            if known is not None:
                kept[key] = known
        self._kept = kept
        return told


class _Places:
    """The scenes of one reading: where each statement of theirs is, and what each of them depends on."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._items = [item for scene in scenes for item in scene.every]
        self._numbers = {id(item.statement): item.number for item in self._items}
        shared = scenes[0].shared if scenes else None
        hours = shared.hours if shared is not None else {}
        self._hours = {name: item for name, (_, item) in hours.items()}
        self._named = {item.number: name for name, item in self._hours.items()}
        self._shared: Hashable = shared and (
            shared.title,
            shared.analyst.lexicon.present,
            shared.book.signature,
            tuple((name, said) for name, (said, _) in hours.items()),
        )
        self._blocks: dict[int, Hashable] = {}

    def key(self, scene: Scene) -> Hashable:
        below = tuple(self._block(each) for each in scene.after)
        return (self._shared, self._block(scene), below)

    def _block(self, scene: Scene) -> Hashable:
        known = self._blocks.get(id(scene))
        if known is None:
            known = self._blocks[id(scene)] = _content(scene.block)
        return known

    def keep(self, scene: Scene, said: Iterable[tuple[int, Draft]]) -> tuple[_Kept, ...] | None:
        """None where a draft holds a statement from elsewhere, which would not be found again."""
        first = scene.every[0].number
        end = scene.after[-1].every[-1].number if scene.after else scene.every[-1].number
        kept: list[_Kept] = []
        for order, draft in said:
            numbers = [item.number for item in draft.items]
            extra = [self._numbers.get(id(statement), -1) for statement in draft.extra]
            uses = [key[0] for key in draft.uses]
            if not all(first <= n <= end or n in self._named for n in (*numbers, *extra)):
                return None
            if not all(first <= n <= end for n in uses):
                return None
            kept.append(
                _Kept(
                    order,
                    draft,
                    tuple(self._relative(n, first, end) for n in numbers),
                    tuple(self._relative(n, first, end) for n in extra),
                    tuple((n - first, place, start) for n, place, start in draft.uses),
                )
            )
        return tuple(kept)

    def _relative(self, number: int, first: int, end: int) -> int | str:
        return number - first if first <= number <= end else self._named[number]

    def again(self, scene: Scene, kept: _Kept) -> tuple[int, Draft]:
        """The same draft, of the statements as they stand now."""
        first = scene.every[0].number
        draft = replace(
            kept.draft,
            items=tuple(self._item(where, first) for where in kept.items),
            extra=tuple(self._statement(where, first) for where in kept.extra),
            uses=frozenset((first + n, place, start) for n, place, start in kept.uses),
        )
        return kept.order, draft

    def _item(self, where: int | str, first: int) -> Item:
        return self._hours[where] if isinstance(where, str) else self._items[first + where]

    def _statement(self, where: int | str, first: int) -> Statement:
        return self._item(where, first).statement


def _content(block: Block) -> Hashable:
    """All that a block says, wherever it stands: lines are counted from its first one. Data keep their lines, since
    every node of them has its own."""
    if block.node is not None:
        return block
    top = block.span.line
    return (
        block.kind,
        block.headings,
        block.labels,
        block.language,
        block.edges,
        tuple(_said(statement, top) for statement in block.statements),
    )


def _said(statement: Statement, top: int) -> Hashable:
    span = (statement.span.line - top, statement.span.end_line - top)
    cells = tuple((cell.header, cell.text, cell.line - top) for cell in statement.cells)
    return (span, statement.text, statement.label, statement.body, cells, statement.task, statement.number)
