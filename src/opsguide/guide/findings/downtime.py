"""What counts as downtime: a guide may say that planned maintenance does not count towards availability."""

from collections.abc import Sequence

from msgspec.structs import replace

from ..bindings import is_availability
from ..phrases import Analyst
from ..promise import Promise, StatementOutcome
from .words import found


def leave_out_maintenance(
    promises: Sequence[Promise], statements: Sequence[StatementOutcome], analyst: Analyst
) -> tuple[Promise, ...]:
    """The promises; availability targets say that maintenance is excluded where the guide says so: `excluding planned
    maintenance` in a line of their own (en_axiom), `Was nicht zählt: geplante Wartung` (de_dienstleister_sla), or
    `unplanned downtime` in theirs.
    """
    weighed = [one for one in promises if is_availability(one)]
    if not weighed:
        return tuple(promises)
    languages = analyst.lexicon.present
    anywhere = said_excluded(statements, analyst)
    without = {one.id for one in weighed if anywhere or found("unplanned", one.text, languages)}
    return tuple(
        replace(one, values=replace(one.values, maintenance="excluded")) if one.id in without else one
        for one in promises
    )


def said_excluded(statements: Sequence[StatementOutcome], analyst: Analyst) -> bool:
    """Does a line, or the heading above it, say that maintenance does not count?"""
    languages = analyst.lexicon.present
    for one in statements:
        texts = f"{one.text}\n{one.section.rpartition(' / ')[2]}"
        if not found("maintenance", texts, languages):
            continue
        if found("excluded", texts, languages):
            return True
        if found("but_for", one.text, languages) and _on_uptime(analyst, one.text):
            return True
    return False


def _on_uptime(analyst: Analyst, text: str) -> bool:
    phrase = analyst.phrase(text)
    return phrase.has("signal", "availability", "downtime") or phrase.has("objective")
