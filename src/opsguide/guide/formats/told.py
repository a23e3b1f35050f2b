"""What there is to say about one guide, message by message, for every form that it is written in."""

from typing import NamedTuple

from msgspec import Struct

from ..contract import Result
from ..diagnostics import Note, Paint, of_diagnostic, of_finding, of_gap
from ..promise import Finding


class Manner(NamedTuple):
    """How to write: what counts as failed, in which colours, and whether there is more than one guide."""

    strict: bool
    paint: Paint
    several: bool


class Told(Struct, frozen=True):
    """One message: about which file, and which finding it comes from, if any."""

    file: str
    note: Note
    finding: Finding | None = None

    @property
    def silenced(self) -> str | None:
        """Why the guide leaves it as it is; None where it does not."""
        return self.finding.silenced if self.finding is not None else None

    def fails(self, *, strict: bool) -> bool:
        """Does the exit status come from this one, too?"""
        if self.silenced is not None:
            return False
        unclear = self.note.level == "warning" or self.finding is not None
        return self.note.level == "error" or (strict and unclear)


def told(result: Result) -> list[Told]:
    """All messages, the silenced ones too: those about the guide first, each file's in the order of its lines."""
    found = [Told(placed.file, of_diagnostic(placed.diagnostic)) for placed in result.diagnostics]
    found += [Told(result.guide, of_gap(gap)) for gap in result.reading.gaps]
    found += [Told(result.guide, of_finding(finding), finding) for finding in result.findings]
    return sorted(found, key=lambda one: (one.file != result.guide, one.file, one.note.marks[0].span))
