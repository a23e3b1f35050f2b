"""Reads the way of a change to production, and how often it is gone."""

import itertools
import re
from collections.abc import Iterator

from ..guide.reader import Draft, Item, Scene
from ..guide.values import Release, Stage

_ARROWS = re.compile(r"\s*(?:-+>|→|=+>|➜|⇒)\s*")


def read_stages(scene: Scene) -> Iterator[Draft]:
    """Nodes of a flowchart under a pipeline heading (the seed), the points of an ordered list, `Build → Test →
    Deploy` (README files), rows of a table of stages.
    """
    if scene.aside or scene.topic != "pipeline":
        return
    kind = scene.block.kind
    if kind == "chart":
        names = [(item.label.text, item) for item in scene.items]
        after = {name: tuple(e.source for e in scene.block.edges if e.target == name) for name, _ in names}
    elif kind == "ordered" or (kind == "table" and scene.items[0].key_header.has("column", "step")):
        names = [(_stage_name(item), item) for item in scene.items]
        after = {b: (a,) for (a, _), (b, _) in itertools.pairwise(names)}
    else:
        chain = next((i for i in scene.items if len(_ARROWS.split(i.body.text)) > 2), None)
        if chain is None or kind == "heading":
            return
        names = [(part.strip(" .*"), chain) for part in _ARROWS.split(chain.body.text)]
        after = {b: (a,) for (a, _), (b, _) in itertools.pairwise(names)}
    for order, (name, item) in enumerate(names, 1):
        if name:
            yield Draft(
                keeper="delivery",
                control="declaration",
                name=("stage", name),
                values=Stage(stage=name, order=order, after=after.get(name, ())),
                items=(item,),
            )


def _stage_name(item: Item) -> str:
    """The name of a stage: its label, the cell after the number, or the point itself."""
    if item.row:
        texts = [c.text.text for c in item.columns if not re.fullmatch(r"[\d.]*", c.text.text)]
        return texts[0] if texts else ""
    return item.label.text or item.body.text.rstrip(".")


def read_releases(scene: Scene) -> Iterator[Draft]:
    """`Minor releases: weekly (Fridays)` and `Hotfixes: immediate for critical bugs` (the seed), a row of a table of
    releases.
    """
    if scene.aside or scene.topic != "releases" or scene.block.kind in ("heading", "chart", "data"):
        return
    for item in scene.items:
        if not item.label.text or item.label.blanked:
            continue
        if not (item.label.of("release") or (item.row and _lists_releases(item))):
            continue
        yield _release(item)


def _lists_releases(item: Item) -> bool:
    """A row by its first header or the heading right above; what the whole document is about says too little."""
    near = (*item.scene.labels[:1], *item.scene.headings[:1])
    return item.key_header.has("topic", "releases") or any(
        p.has("topic", "releases") and p.text != item.scene.title for p in near
    )


def _release(item: Item) -> Draft:
    schedules = [(c, s) for c in item.values for s in c.text.quantities.schedules]
    rrule = next((s.rrule for _, s in schedules if s.rrule), None)
    texts = [c.text for c in item.values]
    return Draft(
        keeper="delivery",
        control="declaration",
        name=("release", item.label.text),
        values=Release(
            release=item.label.text,
            rrule=rrule,
            immediate=any(t.has("immediate") for t in texts),
            condition=_condition(item),
            freeze=any(t.has("demand", "freeze") for t in texts),
        ),
        items=(item,),
        uses=frozenset(c.key(s.start) for c, s in schedules),
    )


def _condition(item: Item) -> str | None:
    """`immediate for critical bugs` → critical bugs."""
    for column in item.values:
        for hit in column.text.of("purpose"):
            words = column.text.text[hit.end :].strip(" .;,)")
            if words:
                return words
    return None
