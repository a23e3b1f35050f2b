"""Reads what a definition of a severity names: a system down, degraded, lost data, a breach. See conditions.py."""

from collections.abc import Iterator

from ..guide.lexicon import Hit
from ..guide.phrases import Phrase
from .conditions import CONDITIONS, Condition

_NEAR = 30
"""So many characters may stand between the system and what it is: `Website ou API totalement indisponible`."""

_BEFORE = 20
"""And between `a` and the system: `a public-facing service`."""


def conditions_of(phrase: Phrase) -> tuple[Condition, ...]:
    """`System down, data loss, security breach` (the seed), `hệ thống ngừng hoàn toàn, mất dữ liệu` (vi_ung_pho_su_co).

    A part that says no, `single`, `partial`, `possible` names nothing (`Outage of a single office`, en_agency_policy;
    `sistema parado em uma unidade`, pt_prefeitura_continuidade): whoever held an incident to it would hold it too low.
    """
    found = {name for start, end in phrase.clauses() for name in _named(phrase, start, end)}
    return tuple(name for name in CONDITIONS if name in found)


def _named(phrase: Phrase, start: int, end: int) -> Iterator[Condition]:
    hits = phrase.between("trouble", start, end)
    names = {hit.name for hit in hits}
    if "less" in names or _is_denied(phrase.between("negation", start, end), hits):
        return
    if "system_down" in names or _is_down(hits):
        # `A major, system-wide outage or degradation` is no measure of what is merely degraded.
        names = (names | {"system_down"}) - {"degraded"}
    for name in CONDITIONS:
        if name in names:
            yield name


def _is_down(hits: list[Hit]) -> bool:
    """Is the system itself said to be down? `a service is down` may be any of them."""
    ones = [hit.end for hit in hits if hit.name == "one"]
    downs = [hit.start for hit in hits if hit.name == "down"]
    return any(
        any(0 <= down - hit.end <= _NEAR for down in downs)
        and not any(0 <= hit.start - one <= _BEFORE for one in ones)
        for hit in hits
        if hit.name == "system"
    )


def _is_denied(negations: list[Hit], hits: list[Hit]) -> bool:
    """`sans perte de service`, but not the `nicht` in `nicht verfügbar`."""
    return any(not any(hit.start <= no.start and no.end <= hit.end for hit in hits) for no in negations)
