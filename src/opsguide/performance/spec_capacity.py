"""Reads how much room must be kept, and how much growth must be planned for."""

from collections.abc import Iterator

from ..guide.claims import Claim, amount, claims
from ..guide.phrases import slug
from ..guide.reader import Draft, Item, Scene
from ..guide.values import Rule


def read_capacity(scene: Scene) -> Iterator[Draft]:
    """`Traffic growth: plan for 2x growth over 6 months` (the seed), `maintain 30% headroom` (en_axiom)."""
    if scene.aside or scene.block.kind in ("heading", "chart") or scene.chapter != "performance":
        return
    for item in scene.items:
        if item.label.blanked:
            continue
        for claim in claims(item, "factor", "ratio"):
            if claim.measure.unit == "factor" and item.whole.has("topic", "capacity"):
                yield _draft(item, claim, slug(item.label.text) or "growth", _horizon(item, claim))
            elif claim.measure.unit == "ratio" and claim.text.between("demand", *claim.clause):
                if any(h.name == "headroom" for h in claim.text.between("demand", *claim.clause)):
                    yield _draft(item, claim, "headroom", None)


def _horizon(item: Item, claim: Claim) -> Claim | None:
    """`… over 6 months`: how far the plan looks ahead."""
    return next((c for c in claims(item, "months", "years", "seconds") if c.clause == claim.clause), None)


def _draft(item: Item, claim: Claim, name: str, horizon: Claim | None) -> Draft:
    months = None
    if horizon is not None and horizon.measure.unit in ("months", "years"):
        months = horizon.measure.value * (12 if horizon.measure.unit == "years" else 1)
    return Draft(
        keeper="performance",
        control="invariant",
        name=("capacity", name),
        values=Rule(rule=name, demands=("planned",), horizon_months=months, **amount(claim.measure)),  # type: ignore[arg-type]
        items=(item,),
        uses=frozenset({claim.key, *((horizon.key,) if horizon else ())}),
    )
