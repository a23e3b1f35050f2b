"""The report as Markdown, for pipelines and pull requests."""

from collections.abc import Iterable, Iterator

from ...guide.formats.changes import details
from ...guide.versions import RefusedEntry
from ...kernel.clock import rfc3339
from ...web.marks import WORDS, said
from . import words
from .model import Report

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#~"})


def text(report: Report) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {_safe(report.service)}: {words.month_name(report.month)}"
    yield ""
    over = "" if report.complete else f" The month is not over: as known on {rfc3339(report.until)}."
    yield f"Times in {report.zone}.{over}"
    yield ""
    yield from (f"- {_safe(sentence)}" for sentence in words.summary(report))
    if report.promises:
        yield from _promises(report)
    yield from _incidents(report)
    yield from _changes(report)
    yield from _signatures(report)
    yield from _evidence(report)


def _promises(report: Report) -> Iterator[str]:
    yield from ("", "## Promises", "")
    yield from _table(
        ("line", "promise", "in the month", "broken", "breaks", "kept while looked at", "at the end"),
        (
            (
                str(line.promise.span),
                said(line.promise),
                WORDS[line.verdict],  # type: ignore[index]
                words.minutes(line.broken_seconds),
                str(line.totals.breaks),
                words.share(line),
                WORDS[line.standing.kind] if line.standing is not None else "left the guide",
            )
            for line in report.promises
        ),
    )
    for line in report.broken:
        yield from ("", f"### Broken: {_safe(said(line.promise))}", "")
        for stint in line.breaks:
            seen = f" (#{stint.standing.evidence})" if stint.standing.evidence is not None else ""
            began = words.moment(stint.start, report.zone)
            yield f"- {began}, {words.minutes(stint.seconds)}: {_safe(stint.standing.reason)}{seen}"


def _incidents(report: Report) -> Iterator[str]:
    yield from ("", "## Incidents", "")
    if not report.incidents:
        yield "None was open."
        return
    yield from _table(
        ("incident", "severity", "what", "opened", "acknowledged by", "resolved by", "clocks"),
        (
            (
                one.id,
                one.severity,
                one.title,
                words.moment(one.opened_at, report.zone),
                words.person(one.acknowledged_by, report.names) or "nobody",
                words.person(one.resolved_by, report.names) or "open",
                "; ".join(words.clock(each) for each in one.clocks),
            )
            for one in report.incidents
        ),
    )


def _changes(report: Report) -> Iterator[str]:
    yield from ("", "## Guide changes", "")
    if not report.changes:
        yield "None."
    for entry in report.changes:
        when = words.moment(entry.at, report.zone)
        if isinstance(entry, RefusedEntry):
            yield f"- {when}: a text was refused (#{entry.seq})"
            continue
        yield f"- {when}: version {entry.version}, {entry.promises} promises (#{entry.seq}). {entry.why}"
        for change in entry.found.changes if entry.found is not None else ():
            shifted = "; ".join(details(change))
            yield f"  - {change.kind}: {_safe(change.promise.id)}{': ' if shifted else ''}{_safe(shifted)}"


def _signatures(report: Report) -> Iterator[str]:
    yield from ("", "## Signatures", "")
    if not report.signatures:
        yield "None."
    for one in report.signatures:
        deed = "withdrew the signature" if one.withdrawn else f"signed until {rfc3339(one.until or 0)[:10]}"
        who, note = words.person(one.by, report.names), one.note or "the words were erased"
        when = words.moment(one.at, report.zone)
        yield f"- {when}: {_safe(who)} {deed}, {_safe(one.promise)}: {_safe(note)} (#{one.seq})"


def _evidence(report: Report) -> Iterator[str]:
    yield from ("", "## Evidence", "")
    if report.left_out:
        yield f"{report.left_out} more facts are on the ledger and not listed."
        yield ""
    yield from _table(
        ("seq", "time (UTC)", "subject", "what", "sha256"),
        ((str(one.seq), rfc3339(one.at), one.subject, one.said, one.hash) for one in report.evidence),
    )
    yield from ("", f"Head of the chain: #{report.head.seq}, sha256 `{report.head.hash.hex()}`.")
    yield "Every row up to it was checked against the chain; `opsguide ledger verify` does it again, anywhere."


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = tuple(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_safe(cell) for cell in row)} |"


def _safe(text: str) -> str:
    """Words of the guide and of facts are text, never markup, and stay on one line."""
    return " ".join(text.split()).translate(_SPECIAL)
