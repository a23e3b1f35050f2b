"""The guide's lines as they stand in the file: which belong together, and under which heading. 1-based, inclusive."""

import re
from collections.abc import Callable, Sequence

_FENCE = re.compile(r"^\s{0,12}(?:[-*+>]\s+)*(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:\s|$)")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_FRONT = "---"


def fences(lines: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line of each fenced block; one that is never closed reaches to the end."""
    found: list[tuple[int, int]] = []
    marker, first = "", 0
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if not marker and match:
            marker, first = match[1], number
        elif marker and match and match[1].startswith(marker) and not line.strip().strip(marker[0]):
            found.append((first, number))
            marker = ""
    if marker:
        found.append((first, len(lines)))
    return found


def headings(lines: Sequence[str], skip: frozenset[int]) -> list[tuple[int, int]]:
    """Line and depth of each heading; `skip` holds the lines of fences."""
    found: list[tuple[int, int]] = []
    start = _front_matter(lines)
    for number in range(start + 1, len(lines) + 1):
        line = lines[number - 1]
        match = None if number in skip else _HEADING.match(line)
        if match:
            found.append((number, len(match[1])))
        elif (
            number not in skip
            and number > start + 1
            and _UNDERLINE.match(line)
            and _is_text(lines[number - 2])
        ):
            found.append((number - 1, 1 if "=" in line else 2))
    return found


def _front_matter(lines: Sequence[str]) -> int:
    """Its last line, 0 where there is none."""
    if not lines or lines[0].rstrip() != _FRONT:
        return 0
    return next((n for n, line in enumerate(lines[1:200], 2) if line.rstrip() == _FRONT), 0)


def _is_text(line: str) -> bool:
    """Can it be underlined to be a heading? A row of a table, a bullet or a comment cannot."""
    return bool(line.strip()) and not re.match(r"\s*(?:[|#>]|[-*+]\s|\d+[.)]\s|<!--)", line)


def section(lines: Sequence[str], line: int, skip: frozenset[int]) -> tuple[int, int]:
    """The section that a line stands in, with all that is nested in it; the whole guide above the first heading."""
    found = headings(lines, skip)
    above = [(number, depth) for number, depth in found if number <= line]
    if not above:
        return 1, len(lines)
    first, depth = above[-1]
    after = [number for number, other in found if number > first and other <= depth]
    return first, (after[0] - 1 if after else len(lines))


def block(lines: Sequence[str], line: int) -> tuple[int, int]:
    """What begins on a line: a whole fence or table, in a fence a key with all below it, else the line itself."""
    for first, last in fences(lines):
        if first == line:
            return first, last
        if first < line < last:
            return line, _while(
                lines[: last - 1], line, lambda below: _depth(below) > _depth(lines[line - 1])
            )
    text = lines[line - 1].lstrip()
    if text.startswith("|"):
        return line, _while(lines, line, lambda row: row.lstrip().startswith("|"))
    if text.lower().startswith("<table"):
        return line, _while(lines, line, lambda row: "</table" not in row.lower()) + 1
    return line, line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else len(line) + 1000


def _while(lines: Sequence[str], line: int, holds: Callable[[str], bool]) -> int:
    last = line
    while last < len(lines) and holds(lines[last]):
        last += 1
    return min(last, len(lines))
