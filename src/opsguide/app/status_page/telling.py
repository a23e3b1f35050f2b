"""Telling the public of an incident: words to begin with, what it concerns, and what in it is known only inside."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from msgspec import structs

from ...guide.bindings import Bindings, StatusPage
from ...incidents.process.facts import Phase
from ...kernel.clock import Instant
from .entries import affected, entry_of
from .model import Entry
from .state import Known, Update

WORDS: dict[Phase, str] = {
    "investigating": "We are looking into a problem with {what}. We will say more as soon as we know it.",
    "identified": "We know the cause of the problem with {what} and are working on it.",
    "monitoring": "A fix for {what} is in place. We are watching whether all stays well.",
    "resolved": "The problem with {what} is over. We are sorry for the trouble.",
}
SHORTEST = 3
"""Names of fewer letters stand in many words."""

_NUMBERED = re.compile(r"\b(?:INC|MNT|SIL|DRILL|OVR|SWAP)-\d+\b")


def words_for(phase: Phase, labels: Sequence[str]) -> str:
    """To begin with: what can be said of every incident in that phase."""
    what = f"{', '.join(labels[:-1])} and {labels[-1]}" if labels[1:] else "".join(labels) or "our service"
    return WORDS[phase].format(what=what)


def concerned(page: StatusPage, known: Known) -> list[str]:
    """The components, by the names of their tables, that the page would show as affected."""
    labels = set(affected(page, known))
    return [name for name, one in page.components.items() if one.label in labels]


def foreseen(
    page: StatusPage, known: Known, phase: Phase, text: str, components: tuple[str, ...], now: Instant
) -> Entry | None:
    """The incident as the public will read it with one more update."""
    update = Update(0, now, phase, text, components)
    return entry_of(page, structs.replace(known, told=(*known.told, update)))


def known_inside(text: str, bindings: Bindings) -> list[str]:
    """Words of the text that only the team knows: names and addresses of the bindings, numbers of incidents.

    A name that the page itself has is no secret.
    """
    public, found = " ".join(_public(bindings.status)), dict.fromkeys(_NUMBERED.findall(text))
    for name in sorted(set(_names(bindings))):
        if len(name) >= SHORTEST and _holds(text, name) and not _holds(public, name):
            found[name] = None
    return list(found)


def _holds(text: str, name: str) -> bool:
    """As words, however they are written."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _public(page: StatusPage | None) -> Iterator[str]:
    if page is not None:
        yield from (page.title, page.about)
        for one in page.components.values():
            yield from (one.label, one.about, one.group)


def _names(bindings: Bindings) -> Iterator[str]:
    for table in (bindings.environments, bindings.probes, bindings.teams, bindings.channels, bindings.people):
        yield from table
    for person in bindings.people.values():
        yield from (person.name or "").split()
    urls = (
        *(one.url for one in bindings.environments.values()),
        *(one.url for one in bindings.probes.values()),
    )
    for url in urls:
        yield urlsplit(url or "").hostname or ""
    yield from (one.tcp.partition(":")[0] for one in bindings.probes.values() if one.tcp)
