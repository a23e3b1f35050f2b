"""Alert rules beside each other: what one of them leaves out and the others say."""

from collections.abc import Iterator

from ..values import Alert
from ..wording import listed
from .amounts import duration
from .guide import Fact, Guide, promises
from .lines import block
from .registry import Case, rule
from .signals import signal

_SPIKY = {
    *(
        "response_time",
        "query_time",
        "error_rate",
        "cpu",
        "memory",
        "connections",
        "pool_utilisation",
        "throughput",
    ),
    *("queue", "replication_lag", "success_rate"),
}
"""Signals that jump for a moment without meaning anything. A disk does not fill and empty within a minute."""


@rule("alert-without-duration", "advice")
def alert_without_duration(guide: Guide) -> Iterator[Case]:
    """Alerts that fire at the first sample, beside others that wait."""
    alerts = guide.facts(Alert)
    waits = [fact for fact in alerts if fact.values.for_seconds is not None]
    hasty = [fact for fact in alerts if _is_hasty(guide, fact)]
    if waits and hasty:
        names = list(dict.fromkeys(fact.values.signal for fact in hasty))
        other = duration(waits[0].values.for_seconds or 0)
        yield Case(
            message=f"{listed(names)} {'alerts' if len(names) == 1 else 'alert'} at the first sample over the limit;"
            f" the alert of line {waits[0].line} waits for {other}",
            about=promises(hasty),
            proposal=f"say for how long it has to last, for example `for {other}`",
        )


def _is_hasty(guide: Guide, fact: Fact[Alert]) -> bool:
    """No duration, and none in its words that may not have been understood."""
    if fact.values.for_seconds is not None or signal(guide, fact.values.signal) not in _SPIKY:
        return False
    times = [measure for measure in guide.phrase(fact.promise.text).measures if measure.unit == "seconds"]
    return len(times) <= (1 if isinstance(fact.values.seconds, float | int) else 0)


@rule("alert-without-severity", "missing")
def alert_without_severity(guide: Guide) -> Iterator[Case]:
    """An alert without a severity among others that have one: nobody knows whom it wakes."""
    sections: dict[str, list[Fact[Alert]]] = {}
    for fact in guide.facts(Alert):
        sections.setdefault(fact.promise.section, []).append(fact)
    for alerts in sections.values():
        rated = [fact for fact in alerts if fact.values.severity]
        bare = [fact for fact in alerts if not fact.values.severity and not _rated(guide, fact, rated)]
        if guide.severities and bare and len(rated) > len(bare):
            names = listed(dict.fromkeys(fact.values.alert or fact.values.signal for fact in bare))
            yield Case(
                message=f"{names} {'has' if len(bare) == 1 else 'have'} no severity, all other alerts here do",
                about=promises(bare),
                proposal=f"add one of {', '.join(severity.severity for severity in guide.severities)}",
            )


def _rated(guide: Guide, fact: Fact[Alert], others: list[Fact[Alert]]) -> bool:
    """Does its text, or in data anything that belongs to it, name a severity all the same?"""
    text = "\n".join((fact.promise.text, *_beside(guide, fact.line))).casefold()
    words = {other.values.severity or "" for other in others} | {s.severity for s in guide.severities}
    otherwise = guide.said("told_otherwise", text) or guide.has(text, "severity")
    return otherwise or any(word in text for word in words)


def _beside(guide: Guide, line: int) -> list[str]:
    """The lines of a fence below this one that are indented as far, or further: the other keys of the alert."""
    if line not in guide.fenced:
        return []
    first, last = block(guide.lines, line)
    depth = len(guide.lines[line - 1]) - len(guide.lines[line - 1].lstrip(" -"))
    below = last + 1
    while (
        below in guide.fenced and len(guide.lines[below - 1]) - len(guide.lines[below - 1].lstrip()) >= depth
    ):
        below += 1
    return guide.lines[first - 1 : below - 1]
