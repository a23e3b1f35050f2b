"""Reading a guide: document → scenes → drafts (by the chapters' readers) → promises, prose and gaps."""

from collections.abc import Iterable, Sequence

from .declarations import declare
from .document import parse
from .findings.downtime import leave_out_maintenance
from .identity import settle
from .memory import Memory
from .obligations import gap_reason
from .phrases import Analyst
from .promise import Coverage, Gap, Reading, Role, StatementOutcome
from .reader import Draft, Key, Reader
from .scene import Scene, Shared
from .statements import Document

__all__ = ["READER", "Reader", "read"]

READER = "2026.3"
"""Version of the rules: a guide that was adopted with another one is shown the difference."""


def read(
    text: str, readers: Sequence[Reader], *, where: str = "guide.md", memory: Memory | None = None
) -> Reading:
    """Reads a guide with the chapters' readers. Raises GuideError for what is empty, binary or too large.

    `memory` is that of an earlier reading: a text that differs little from the one before is read faster.
    """
    memory = memory or Memory()
    document = parse(text, where=where)
    present = memory.languages(text)
    scenes = _scenes(document, memory.analyst(present))
    drafts = _drafts(scenes, readers, memory)
    settled = settle(drafts)
    ids: dict[int, list[str]] = {}
    for promise, sources in settled:
        for number in _numbers(sources):
            ids.setdefault(number, []).append(promise.id)
    outcomes, gaps = _outcomes(scenes, ids)
    promises = tuple(promise for promise, _ in settled)
    return Reading(
        reader=READER,
        title=document.title,
        language=present[0],
        promises=leave_out_maintenance(promises, outcomes, memory.analyst(present)),
        gaps=tuple(gaps),
        findings=(),
        diagnostics=document.diagnostics,
        statements=tuple(outcomes),
        coverage=_coverage(outcomes),
    )


def _scenes(document: Document, analyst: Analyst) -> list[Scene]:
    """The blocks in their places. Severities are declared first: whoever names one later is understood."""
    shared = Shared(analyst, document.title)
    scenes: list[Scene] = []
    first = 0
    for block in document.blocks:
        scenes.append(Scene(block, first, shared))
        first += len(block.statements)
    for place, scene in enumerate(scenes):
        if scene.block.kind == "heading":
            scene.after = _following(scenes, place)
    declare(scenes, shared)
    return scenes


def _following(scenes: Sequence[Scene], place: int) -> tuple[Scene, ...]:
    """The scenes under the heading at `place`."""
    path = (*scenes[place].block.headings, scenes[place].every[0].statement.text)
    end = place + 1
    while end < len(scenes) and scenes[end].block.headings[: len(path)] == path:
        end += 1
    return tuple(scenes[place + 1 : end])


def _drafts(scenes: Sequence[Scene], readers: Sequence[Reader], memory: Memory) -> list[Draft]:
    """What the readers make of each scene; a quantity that one of them has read is nobody else's."""
    found: list[Draft] = []
    taken: dict[Key, int] = {}

    def take(order: int, draft: Draft) -> None:
        if all(taken.get(key, order) == order for key in draft.uses):
            taken.update(dict.fromkeys(draft.uses, order))
            found.append(draft)
            for item in draft.items:
                item.scene.read.add(item.number)

    first = [(order, reader.rule) for order, reader in enumerate(readers) if not reader.fallback]
    said = memory.drafts(scenes, lambda scene: [(order, d) for order, rule in first for d in rule(scene)])
    for order, draft in sorted(said, key=lambda pair: pair[0]):
        take(order, draft)
    for order, reader in enumerate(readers):
        for scene in scenes if reader.fallback else ():
            if scene.left:
                for draft in reader.rule(scene):
                    take(order, draft)
    return sorted(found, key=lambda draft: draft.items[0].number)


def _numbers(drafts: Iterable[Draft]) -> list[int]:
    return list(dict.fromkeys(item.number for draft in drafts for item in draft.items))


def _outcomes(scenes: Sequence[Scene], ids: dict[int, list[str]]) -> tuple[list[StatementOutcome], list[Gap]]:
    outcomes: list[StatementOutcome] = []
    gaps: list[Gap] = []
    for scene in scenes:
        for item in scene.every:
            said = tuple(dict.fromkeys(ids.get(item.number, ())))
            if scene.block.kind == "heading" and not said:
                continue
            statement = item.statement
            why = None if said else gap_reason(item)
            role: Role = "promise" if said else "gap" if why else "prose"
            outcomes.append(
                StatementOutcome(
                    span=statement.span,
                    section=scene.block.section,
                    text=statement.text,
                    role=role,
                    promises=said,
                )
            )
            if why:
                gaps.append(
                    Gap(span=statement.span, section=scene.block.section, text=statement.text, why=why)
                )
    return outcomes, gaps


def _coverage(outcomes: Sequence[StatementOutcome]) -> Coverage:
    count = {role: sum(o.role == role for o in outcomes) for role in ("promise", "prose", "gap")}
    return Coverage(len(outcomes), count["promise"], count["prose"], count["gap"])
