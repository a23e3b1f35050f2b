"""Reads who must agree to a change, by its risk."""

import re
from collections.abc import Iterator

from ..guide.reader import Draft, Item, Scene
from ..guide.values import Rule

_PAIR = re.compile(r"(?P<risk>[^\s,;()][^,;()]*?)\s*\((?P<who>[^()]+)\)")


def read_approvals(scene: Scene) -> Iterator[Draft]:
    """`Approvals: Low (self), Med (peer + on-call)` (en_axiom), a row with an approval column (en_handbook_0210's
    maintenance types).
    """
    if scene.aside or scene.block.kind in ("heading", "chart"):
        return
    for item in scene.items:
        if item.label.blanked:
            continue
        column = item.under("approval") if item.row else None
        if column is not None and column is not item.columns[0] and not column.text.placeholder:
            yield _draft(item, item.label.text, column.text.text)
        elif not item.row and item.label.has("topic", "approvals"):
            for pair in _PAIR.finditer(item.body.text):
                yield _draft(item, pair["risk"].strip(), pair["who"].strip())


def _draft(item: Item, scope: str, who: str) -> Draft:
    return Draft(
        keeper="maintenance" if item.scene.chapter == "maintenance" else "delivery",
        control="gate",
        name=("approval", scope),
        values=Rule(rule="approval", demands=("approval",), by=who, scope=scope),
        items=(item,),
    )
