"""The versions of a guide, as they were put in force: what each one changed, and what was refused in between."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from ..kernel.clock import Instant
from ..kernel.facts import Recorded
from .adoption import BindingsText, GuideAdopted, GuideRefused
from .change import KINDS, Change, Comparison, Kind, compare
from .promise import Diagnostic
from .wording import listed_in_words


class VersionEntry(Struct, frozen=True):
    """A version that was adopted. `found` compares it with the one before it, None for the first.

    What besides the text became another: the bindings, or the reader (an upgrade reads an old text anew).
    """

    seq: int
    at: Instant
    actor: str
    version: int
    promises: int
    gaps: int
    found: Comparison | None
    text_changed: bool
    bindings_changed: bool
    reader_changed: bool

    @property
    def groups(self) -> Mapping[Kind, tuple[Change, ...]]:
        """Its changes by kind, what may be weaker first; only kinds that occur."""
        if self.found is None:
            return {}
        return {kind: changes for kind in KINDS if (changes := self.found.of(kind))}

    @property
    def why(self) -> str:
        """What was changed on disk, in words."""
        if self.found is None:
            return "The first version"
        changed = {
            "the guide": self.text_changed,
            "the bindings": self.bindings_changed,
            "the reader of opsguide": self.reader_changed,
        }
        return f"Changed: {listed_in_words(name for name, so in changed.items() if so)}"


class RefusedEntry(Struct, frozen=True):
    """A text that could not be used; the version before it stayed in force."""

    seq: int
    at: Instant
    diagnostics: tuple[Diagnostic, ...]
    places: tuple[tuple[str, Diagnostic], ...] = ()


Entry: TypeAlias = VersionEntry | RefusedEntry


class Versions:
    """Folded from the facts about the guide, oldest first; what was folded is never asked for again."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seq = 0
        self._last: tuple[GuideAdopted, str] | None = None

    def fold(self, facts: Iterable[Recorded]) -> None:
        """Facts after `seq`, in order; those about anything else are left out."""
        for recorded in facts:
            self.seq = max(self.seq, recorded.seq)
            data = recorded.fact.data
            if isinstance(data, GuideAdopted):
                self.entries.append(self._adopted(recorded, data))
            elif isinstance(data, GuideRefused):
                self.entries.append(
                    RefusedEntry(recorded.seq, recorded.fact.at, data.diagnostics, data.places)
                )

    def _adopted(self, recorded: Recorded, data: GuideAdopted) -> VersionEntry:
        personal = recorded.fact.personal
        bindings = personal.text if isinstance(personal, BindingsText) else ""
        before, self._last = self._last, (data, bindings)
        return VersionEntry(
            seq=recorded.seq,
            at=recorded.fact.at,
            actor=recorded.fact.actor,
            version=data.version,
            promises=len(data.reading.promises),
            gaps=len(data.reading.gaps),
            found=None if before is None else compare(before[0].reading, data.reading),
            text_changed=before is not None and before[0].text != data.text,
            bindings_changed=before is not None
            and (before[1] != bindings or before[0].bindings != data.bindings),
            reader_changed=before is not None and before[0].reading.reader != data.reading.reader,
        )

    def between(self, start: Instant, end: Instant) -> Iterator[Entry]:
        """What happened from `start` until just before `end`, oldest first."""
        return (entry for entry in self.entries if start <= entry.at < end)
