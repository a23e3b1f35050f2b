"""Whom an event of a calendar means: by mail address, name or id. Pure."""

import re
from collections.abc import Iterable, Mapping

from ...guide.bindings.model import Person
from .events import Event
from .facts import Entry


def matched(
    events: Iterable[Event], people: Mapping[str, Person]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries of those that mean one person, and what the others say, once each.

    Who takes part decides; else what the summary says, as a whole or in it: `Ana Pop`, `On call: ana`.
    """
    entries, others = list[Entry](), dict[str, None]()
    for event in events:
        found = _meant(event, people)
        if found:
            entries.append(Entry(found, event.start, event.end))
        else:
            others[event.summary or "an event without a summary"] = None
    return tuple(entries), tuple(others)


def _meant(event: Event, people: Mapping[str, Person]) -> str:
    """The one person, "" for nobody or several."""
    taking_part = {
        one for one, bound in people.items() for said in event.who if said.casefold() in _names(one, bound)
    }
    if len(taking_part) == 1:
        return next(iter(taking_part))
    summary = event.summary.casefold()
    named = {one for one, bound in people.items() if any(_says(summary, name) for name in _names(one, bound))}
    return next(iter(named)) if len(named) == 1 else ""


def _names(person: str, bound: Person) -> set[str]:
    return {one.casefold() for one in (person, bound.name, bound.mail) if one}


def _says(summary: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", summary) is not None
