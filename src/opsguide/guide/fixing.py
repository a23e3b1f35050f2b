"""Writes proposed edits into a guide: chosen ones only, and every other byte stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TypeAlias

from ..kernel.errors import GuideError
from . import source
from .checking import Checked
from .files import Changed, put
from .findings import apply_edits
from .promise import Edit, Finding

Choose: TypeAlias = Callable[[Finding], bool]
"""Asked once for each finding with edits, in the order of the document: write them?"""

_CODECS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"), (b"", "utf-8"))


def fix(path: Path, checked: Checked, choose: Choose) -> list[Finding]:
    """Write the edits of the chosen findings; returns these findings.

    Two findings may want to change the same line: the later one is not asked for, and found again by the next check.
    Raises GuideError, with nothing written, where the file is no longer what was checked.
    """
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise _refused(path, "read", problem) from None
    if source.decode(raw, where=str(path)) != checked.text:
        raise _changed(path)
    chosen: list[Finding] = []
    for finding in fixable(checked):
        if not _touches(finding, chosen) and choose(finding):
            chosen.append(finding)
    if chosen:
        _write(path, raw, applied(raw, [edit for finding in chosen for edit in finding.edits]))
    return chosen


def fixable(checked: Checked) -> list[Finding]:
    """The findings that say what to write, and are not silenced."""
    return [finding for finding in checked.result.findings if finding.edits and finding.silenced is None]


def _touches(finding: Finding, others: Iterable[Finding]) -> bool:
    """Would it change a line that another one changes, and not in the same way?"""
    theirs = {edit for other in others for edit in other.edits}
    return any(
        edit not in theirs and edit.span.line <= their.span.end_line and their.span.line <= edit.span.end_line
        for edit in finding.edits
        for their in theirs
    )


def applied(raw: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with the edits made: encoding, byte order mark and line ends are those of the file."""
    mark, codec = next((mark, codec) for mark, codec in _CODECS if raw.startswith(mark))
    return mark + apply_edits(raw[len(mark) :].decode(codec), edits).encode(codec)


def difference(text: str, edits: Sequence[Edit]) -> Iterator[str]:
    """The edits as a unified diff, a line around each."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for edit in sorted(edits, key=lambda edit: edit.span):
        old = lines[edit.span.line - 1 : edit.span.end_line]
        new = edit.text.split("\n") if edit.text else []
        hunks = unified_diff(old, new, n=1, lineterm="")
        # Two lines of file names, and line numbers that count from the edit: our own say where it is.
        yield f"@@ line {edit.span} @@"
        yield from (line for line in list(hunks)[2:] if not line.startswith("@@"))


def _write(path: Path, before: bytes, after: bytes) -> None:
    try:
        put(path, after, before=before)
    except Changed:
        raise _changed(path) from None
    except OSError as problem:
        raise _refused(path, "written", problem) from None


def _refused(path: Path, what: str, problem: OSError) -> GuideError:
    reason = (problem.strerror or str(problem)).lower()
    return GuideError(f"cannot be {what}: {reason}", where=str(path), hint="nothing was changed")


def _changed(path: Path) -> GuideError:
    return GuideError(
        "was changed while it was being fixed", where=str(path), hint="nothing was written: run it again"
    )
