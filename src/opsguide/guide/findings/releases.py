"""Releases: recurrences with two meanings or no beginning, freezes without a length."""

from collections.abc import Iterator

from ..promise import Edit, Promise
from ..values import Duty, Release, Window
from ..wording import listed
from .edits import swap
from .guide import Fact, Guide, promises
from .registry import Case, rule
from .words import written

_TWO_WAYS = {
    "twice_or_every_second_week": ("twice a week and every two weeks", "every_two_weeks", "week"),
    "twice_or_every_second_month": ("twice a month and every two months", "every_two_months", "month"),
}


@rule("ambiguous-cadence", "missing")
def ambiguous_cadence(guide: Guide) -> Iterator[Case]:
    """`bi-weekly` means twice a week and every two weeks, and counts from no week."""
    for promise in guide.promises:
        if not isinstance(promise.values, Release | Duty | Window) or not promise.values.rrule:
            continue
        for name, (meanings, text, unit) in _TWO_WAYS.items():
            word = guide.found(name, promise.text)
            if word is None or guide.said("told_which", promise.text):
                continue
            yield Case(
                message=f"`{word}` means {meanings}{_and_no_anchor(guide, promise, unit)}",
                about=(promise,),
                proposal=f"write `{written(text, 'en')}` or `twice a {unit}`, and from which {unit} it counts",
                edits=_clear(guide, promise, word, written(text, guide.language)),
            )


def _and_no_anchor(guide: Guide, promise: Promise, unit: str) -> str:
    return "" if guide.said("anchored", promise.text) else f", and no line says from which {unit} it counts"


def _clear(guide: Guide, promise: Promise, word: str, text: str) -> tuple[Edit, ...]:
    """What the reader took it for; a capital letter stays one."""
    new = text.capitalize() if word[:1].isupper() else text
    return swap(guide, promise.span.line, rf"(?<!\w){word}(?!\w)", new)


@rule("cadence-without-anchor", "missing")
def cadence_without_anchor(guide: Guide) -> Iterator[Case]:
    """Every second week, while no line says from which week it counts."""
    for promise in guide.promises:
        values = promise.values
        if not isinstance(values, Release | Window) or not _every_few_weeks(values.rrule):
            continue
        doubtful = any(guide.said(name, promise.text) for name in _TWO_WAYS)
        if not doubtful and not guide.said("anchored", promise.text) and not _dated(promise.text):
            yield Case(
                message="this recurs every few weeks, but no line says from which week it counts",
                about=(promise,),
                proposal="name a week to count from: `starting 2026-01-09`, or `in even ISO weeks`",
            )


def _every_few_weeks(rrule: str | None) -> bool:
    return bool(rrule) and "FREQ=WEEKLY" in str(rrule) and "INTERVAL=" in str(rrule)


def _dated(text: str) -> bool:
    return any(len(word.strip(".,;()")) >= 4 and word.strip(".,;()")[:4].isdigit() for word in text.split())


@rule("freeze-without-length", "missing")
def freeze_without_length(guide: Guide) -> Iterator[Case]:
    """A feature freeze, while no line says how long it lasts."""
    frozen = [fact for fact in guide.facts(Release) if fact.values.freeze]
    if not frozen or any(_limited(guide, one.text) for one in guide.meaning("demand", "freeze")):
        return
    yield Case(
        message=f"{_names(frozen)} {'comes' if len(frozen) == 1 else 'come'} with a feature freeze,"
        " but no line says how long it lasts",
        about=promises(frozen),
        proposal="add from when to when, for example `with a feature freeze of 2 days`",
    )


def _limited(guide: Guide, text: str) -> bool:
    """Does a line about a freeze hold a time, besides how often there is a release?"""
    phrase = guide.phrase(text)
    return bool(phrase.of("weekday")) or any(
        measure.unit in ("seconds", "business_days", "months") and not measure.every
        for measure in phrase.measures
    )


def _names(facts: list[Fact[Release]]) -> str:
    return listed(fact.values.release for fact in facts)
