"""What a test needs to ask a text for its findings."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from opsguide.guide.findings import find
from opsguide.guide.promise import Finding
from opsguide.guide.reading import read
from opsguide.readers import ALL

CASES = Path(__file__).parent / "cases"
_MARK = "=== "


def findings(text: str) -> tuple[Finding, ...]:
    """Everything that is found in a guide, the silenced included."""
    return find(read(text, ALL), None, text)


def of(rule: str, text: str) -> list[Finding]:
    return [finding for finding in findings(text) if finding.rule == rule]


def lines(finding: Finding) -> list[int]:
    """The lines on which what is involved begins."""
    return [span.line for span in finding.spans]


def summary(found: Sequence[Finding]) -> list[str]:
    """`backup-rpo 83 98`: a rule with its lines, for exact lists."""
    return [" ".join((finding.rule, *map(str, lines(finding)))) for finding in found]


class Case(NamedTuple):
    """A guide in cases/RULE.txt, and the lines of what the rule finds in it; none for one that nearly has it."""

    rule: str
    number: int
    text: str
    wanted: list[int]

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.number}"


def cases() -> list[Case]:
    """All of them: `=== has 5, 11` and `=== nearly` begin one."""
    return [case for path in sorted(CASES.glob("*.txt")) for case in _of_file(path)]


def _of_file(path: Path) -> list[Case]:
    parts = path.read_text(encoding="utf-8").split(f"\n{_MARK}")
    found = []
    for number, part in enumerate(parts, 1):
        mark, _, text = part.removeprefix(_MARK).partition("\n")
        wanted = [int(line) for line in mark.removeprefix("has").split(",")] if mark.startswith("has") else []
        found.append(Case(path.stem, number, text.rstrip("\n") + "\n", wanted))
    return found
