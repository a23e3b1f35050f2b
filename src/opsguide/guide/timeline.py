"""Facts about the guide, its promises and their signatures in plain words."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..kernel.clock import rfc3339
from ..kernel.facts import Data, Recorded
from ..kernel.standing import EvidenceRecorded
from .adoption import GuideAdopted, GuideRefused
from .signing import Note, PromiseSigned, SignatureWithdrawn
from .wording import plural

Names: TypeAlias = Mapping[str, str]
Say: TypeAlias = Callable[[Recorded, Names], str]


def _evidence(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, EvidenceRecorded)
    measured = " / ".join(part for part in (data.value, data.limit) if part)
    return f"{data.verdict.replace('_', ' ')}: {data.reason}" + (f" ({measured})" if measured else "")


def _adopted(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, GuideAdopted)
    promises = plural(len(data.reading.promises), "promise")
    return f"Version {data.version} of the guide is in force, with {promises}, by {actor(recorded.fact.actor, names)}"


def _refused(recorded: Recorded, _names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, GuideRefused)
    first = next(iter(data.places), None)
    return "A changed guide was refused" + (f": {first[0]}, {first[1].message}" if first else "")


def _signed(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, PromiseSigned)
    by = names.get(data.by, data.by)
    return f"{by} signed for it until {rfc3339(data.until)[:10]}: {_note(recorded)}"


def _withdrawn(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, SignatureWithdrawn)
    return f"{names.get(data.by, data.by)} withdrew signature #{data.signed}: {_note(recorded)}"


def _note(recorded: Recorded) -> str:
    text = recorded.fact.personal
    return text.text if isinstance(text, Note) else "the words were erased"


def actor(who: str, names: Names) -> str:
    """Who did it, as people know them: `person:ana` → Ana."""
    kind, _, person = who.partition(":")
    return names.get(person, person) if kind in ("person", "account") else who


WORDS: Mapping[type[Data], Say] = {
    EvidenceRecorded: _evidence,
    GuideAdopted: _adopted,
    GuideRefused: _refused,
    PromiseSigned: _signed,
    SignatureWithdrawn: _withdrawn,
}
