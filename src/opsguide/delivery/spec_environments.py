"""Reads which environments there are."""

from collections.abc import Iterator

from ..guide.reader import Draft, Item, Scene
from ..guide.values import Environment


def read_environments(scene: Scene) -> Iterator[Draft]:
    """`- **Staging**: pre-production testing` (the seed), `- Prod: primary customer-facing` (en_axiom), a row of a
    table of environments.
    """
    if scene.aside or scene.topic != "environments" or scene.block.kind in ("heading", "chart", "paragraph"):
        return
    for item in scene.items:
        label = item.label if item.label.text else item.whole
        named = label.of("environment")
        table = item.row and item.key_header.has("column", "environment")
        if item.label.blanked or len(label.text.split()) > 4 or not (named or table):
            continue
        yield Draft(
            keeper="delivery",
            control="declaration",
            name=("environment", label.text),
            values=Environment(environment=label.text.casefold(), definition=_definition(item)),
            items=(item,),
        )


def _definition(item: Item) -> str | None:
    if item.row:
        column = item.under("definition") or item.values[0]
        return column.text.text or None
    return item.body.text if item.label.text else None
