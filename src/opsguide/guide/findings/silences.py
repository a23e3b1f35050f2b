"""What a guide silences, with its reason: `<!-- opsguide: allow backup-rpo because the log is shipped -->`.

The comment counts for the statement that it stands in or directly above (a whole table or fence, whose rows have no
room for it); alone between blank lines for its section; under the title for the guide. In a fence it is written as
the language writes comments.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ...kernel.promise import Span
from ..promise import Edit, Finding
from ..wording import did_you_mean, listed
from .lines import block, fences, section

UNUSED, UNKNOWN, UNREASONED = "silence-unused", "silence-unknown-rule", "silence-without-reason"

_COMMENT = re.compile(r"<!--\s*opsguide:(.*?)-->", re.DOTALL | re.IGNORECASE)
_IN_FENCE = re.compile(r"(?:#|//|(?<!<!)--|%%|;)\s*opsguide:(.*)$", re.IGNORECASE)
_ALLOW = re.compile(
    r"\s*allow\s+(?P<rules>.*?)(?:\s+because\b[\s:]*(?P<reason>.*))?$", re.DOTALL | re.IGNORECASE
)
_HOW = "write `<!-- opsguide: allow RULE because REASON -->`"


class Silence(NamedTuple):
    """One rule that a comment names. `first` and `last` are the lines that it counts for."""

    span: Span
    rule: str
    reason: str
    first: int
    last: int

    def covers(self, finding: Finding) -> bool:
        lines = finding.spans
        return finding.rule == self.rule and any(
            s.line <= self.last and self.first <= s.end_line for s in lines
        )


def settle(findings: list[Finding], lines: Sequence[str], rules: Sequence[str]) -> list[Finding]:
    """The findings, the silenced ones with their reason, and what is wrong with the silences themselves."""
    if not any("opsguide:" in line.casefold() for line in lines):
        return findings
    silences, wrong = _read(lines, rules)
    used: set[Silence] = set()
    result: list[Finding] = []
    for finding in findings:
        fitting = [silence for silence in silences if silence.covers(finding)]
        used.update(fitting)
        result.append(replace(finding, silenced=fitting[0].reason) if fitting else finding)
    return [*result, *wrong, *(_unused(silence, lines) for silence in silences if silence not in used)]


def _read(lines: Sequence[str], rules: Sequence[str]) -> tuple[list[Silence], list[Finding]]:
    silences: list[Silence] = []
    wrong: list[Finding] = []
    for span, said in _comments(lines):
        match = _ALLOW.match(said)
        names = _names(match["rules"]) if match else []
        reason = " ".join((match["reason"] or "").split()) if match else ""
        unknown = [name for name in names if name not in rules]
        wrong += [_unknown(span, name, rules, lines) for name in unknown]
        if not names:
            wrong.append(_unknown(span, " ".join(said.split()), rules, lines))
        elif not reason:
            wrong.append(_unreasoned(span, names))
        else:
            first, last = _counts_for(lines, span)
            silences += [Silence(span, name, reason, first, last) for name in names if name not in unknown]
    return silences, wrong


def _names(said: str) -> list[str]:
    return [name for each in said.split(",") if (name := each.strip().strip("`"))]


def _comments(lines: Sequence[str]) -> Iterator[tuple[Span, str]]:
    """The comments to opsguide, with their lines; one that is shown as code is none."""
    fenced = {line for first, last in fences(lines) for line in range(first, last + 1)}
    outside = "\n".join("" if number in fenced else line for number, line in enumerate(lines, 1))
    for match in _COMMENT.finditer(outside):
        if outside[match.start() - 1 : match.start()] != "`":
            first = outside.count("\n", 0, match.start()) + 1
            yield Span(first, first + match[0].count("\n")), match[1].strip()
    for number in sorted(fenced):
        found = _IN_FENCE.search(lines[number - 1])
        if found:
            yield Span(number, number), found[1].strip()


def _counts_for(lines: Sequence[str], span: Span) -> tuple[int, int]:
    """First and last line that the comment counts for."""
    if not _alone(lines, span):
        return span.line, span.end_line
    below = span.end_line + 1
    skip = frozenset(line for first, last in fences(lines) for line in range(first, last + 1))
    if below > len(lines) or not lines[below - 1].strip():
        return section(lines, span.line, skip)
    if below not in skip and lines[below - 1].startswith("#"):
        return section(lines, below, skip)
    return block(lines, below)


def _alone(lines: Sequence[str], span: Span) -> bool:
    """Is there nothing on its lines but the comment?"""
    text = "\n".join(lines[span.line - 1 : span.end_line]).strip()
    return _COMMENT.fullmatch(text) is not None or (
        span.line == span.end_line and _IN_FENCE.match(text) is not None
    )


def _unknown(span: Span, name: str, rules: Sequence[str], lines: Sequence[str]) -> Finding:
    near = did_you_mean(name, rules)
    right = near.split("`")[1] if near else ""
    return Finding(
        rule=UNKNOWN,
        kind="conflict",
        message=f"there is no rule `{name}`, so that nothing is silenced",
        spans=(span,),
        proposal=near or f"{_HOW}; docs/findings/ lists the rules",
        edits=_renamed(span, name, right, lines) if right else (),
    )


def _renamed(span: Span, name: str, right: str, lines: Sequence[str]) -> tuple[Edit, ...]:
    text = "\n".join(lines[span.line - 1 : span.end_line])
    return (Edit(span, text.replace(name, right, 1)),) if text.count(name) == 1 else ()


def _unreasoned(span: Span, names: list[str]) -> Finding:
    return Finding(
        rule=UNREASONED,
        kind="missing",
        message=f"{listed(names)} would be silenced here, but no reason is given; it is not",
        spans=(span,),
        proposal=f"add why: `allow {', '.join(names)} because …`",
    )


def _unused(silence: Silence, lines: Sequence[str]) -> Finding:
    return Finding(
        rule=UNUSED,
        kind="outdated",
        message=f"`{silence.rule}` is silenced here, but finds nothing any more",
        spans=(silence.span,),
        proposal=f"take `{silence.rule}` out of the comment, or delete it",
        edits=_without(silence.span, lines),
    )


def _without(span: Span, lines: Sequence[str]) -> tuple[Edit, ...]:
    """The lines without the comment; none if it names several rules, of which others may still count."""
    text = "\n".join(lines[span.line - 1 : span.end_line])
    found = _COMMENT.search(text) or _IN_FENCE.search(text)
    if found is None or "," in found[1].casefold().partition(" because")[0]:
        return ()
    rest = text[: found.start()].rstrip() + text[found.end() :].rstrip()
    return (Edit(span, rest),)
