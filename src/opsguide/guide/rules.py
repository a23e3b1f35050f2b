"""Reads obligations without a number: `MFA required`, `encrypted in a vault`, `always prepared`. The last to read."""

import re
from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from ..kernel.promise import Control, Keeper
from .lexicon import Hit
from .phrases import Phrase, slug
from .reader import Draft, Item, Scene
from .reader import Rule as ReaderRule
from .values import Rule

_STRONG = ("required", "always", "never", "only", "approval")
_FIRM: tuple[Keeper, ...] = ("security", "recovery", "performance", "maintenance")
_APPROVER = re.compile(
    r"^(?:the |an? )?(?P<who>[^()]{2,40}?)\s+(?:(?:must|has to|have to|needs? to|shall) )?(?:approv|sign|authori[sz])",
    re.I,
)
_ARTICLE = re.compile(
    r"^(?:the|an?|der|die|das|ein|eine|el|la|los|las|le|les|un|une|o|os|as|um|uma)\s+", re.I
)
_VERB = re.compile(r"\s+(?:is|are|ist|sind|est|sont|es|son|é|são|este|sunt|là)$", re.I)


def rules_of(keeper: Keeper) -> ReaderRule:
    """The reader of one chapter: it asks last, for statements under its own headings."""

    def read(scene: Scene) -> Iterator[Draft]:
        """A demand that the lexicon knows: `Admin access: MFA required` (the seed), `Secrets: managed in vault`
        (en_axiom); a sentence only where it says must, never, always or only.
        """
        if (
            scene.aside
            or scene.block.kind in ("heading", "chart", "table", "data")
            or scene.chapter != keeper
        ):
            return
        for item in scene.left:
            if item.whole.blanked or item.label.has("aside"):
                continue
            if item.scene.mentions(item.label, names=False):
                continue
            demands = list(dict.fromkeys(h.name for h in item.body.of("demand") if not _denied(item.body, h)))
            if not demands or not _binds(item, demands, keeper):
                continue
            yield _draft(item, keeper, demands)

    return read


def _denied(body: Phrase, demand: Hit) -> bool:
    """`not required` and `No backup windows required` ask for nothing."""
    first = body.of("negation")[:1]
    if demand.name == "required" and first and first[0].start == 0 and first[0].name == "no":
        return demand.end >= len(body.text.rstrip(" ."))
    return demand.name != "never" and any(
        0 <= demand.start - hit.end <= 1 for hit in body.of("negation") if hit.end <= demand.start
    )


def _binds(item: Item, demands: list[str], keeper: Keeper) -> bool:
    """Is it an obligation, and no description? Labelled points of a firm chapter are; others must say so."""
    strong = any(name in _STRONG for name in demands)
    if item.label.text or item.scene.block.kind in ("list", "ordered"):
        return strong or keeper in _FIRM
    return strong and bool(item.whole.of("modal"))


def _draft(item: Item, keeper: Keeper, demands: list[str]) -> Draft:
    name = slug(item.label.text) or ("approval" if "approval" in demands else slug(_subject(item.body)))
    by = _approver(item.body) if "approval" in demands else None
    return Draft(
        keeper=keeper,
        control=_control(demands),
        name=("rule", name),
        values=Rule(
            rule=name, demands=tuple(demands), by=by, scope=None, seconds=_cadence(item.body, demands)
        ),
        items=(item,),
        qualifier=item.scene.block.labels[-1] if item.scene.block.labels else "",
    )


def _cadence(body: Phrase, demands: list[str]) -> float | UnsetType:
    """`Real-time status updates, at least every 30 minutes`: the one amount that says how real the time is."""
    every = [m.value for m in body.measures if m.every and m.unit == "seconds"]
    return every[0] if "real_time" in demands and len(every) == 1 else UNSET


def _control(demands: list[str]) -> Control:
    return "gate" if "approval" in demands else "invariant"


def _approver(body: Phrase) -> str | None:
    """`CTO approval required` → CTO."""
    found = _APPROVER.match(body.text)
    return found["who"].strip() if found else None


def _subject(body: Phrase) -> str:
    """The words before the demand name the rule of a sentence."""
    first = min((h.start for h in body.of("modal") or body.of("demand")), default=len(body.text))
    words = _ARTICLE.sub("", body.text[:first] if first > 3 else body.text)
    return _VERB.sub("", words.strip()) or body.text
