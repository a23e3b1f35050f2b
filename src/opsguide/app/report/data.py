"""The report as JSON, for pipelines: a public contract (docs/reference/report.md). Instants are RFC 3339 in UTC."""

from typing import Any

import msgspec

from ...guide.formats.changes import details
from ...guide.versions import Entry, RefusedEntry
from ...kernel.clock import rfc3339, rfc3339_or_none
from . import words
from .model import IncidentLine, PromiseLine, Report

FORMAT = "opsguide report 1"


def text(report: Report) -> str:
    return msgspec.json.format(msgspec.json.encode(_report(report))).decode() + "\n"


def _report(report: Report) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "service": report.service,
        "guide": {"title": report.title, "version": report.version},
        "month": report.month,
        "zone": report.zone,
        "start": rfc3339(report.start),
        "end": rfc3339(report.end),
        "as_of": rfc3339(report.until),
        "complete": report.complete,
        "facts": report.facts,
        "summary": list(words.summary(report)),
        "promises": [_promise(line) for line in report.promises],
        "incidents": [_incident(one) for one in report.incidents],
        "changes": [_change(entry) for entry in report.changes],
        "signatures": [
            {
                "seq": one.seq,
                "at": rfc3339(one.at),
                "promise": one.promise,
                "by": one.by,
                "until": rfc3339_or_none(one.until),
                "withdrawn": one.withdrawn,
                "note": one.note,
            }
            for one in report.signatures
        ],
        "evidence": [
            {
                "seq": one.seq,
                "at": rfc3339(one.at),
                "type": one.type,
                "subject": one.subject,
                "said": one.said,
                "sha256": one.hash,
            }
            for one in report.evidence
        ],
        "evidence_left_out": report.left_out,
        "head": {
            "seq": report.head.seq,
            "sha256": report.head.hash.hex(),
            "at": rfc3339_or_none(report.head.at or None),
        },
    }


def _promise(line: PromiseLine) -> dict[str, Any]:
    promise, standing = line.promise, line.standing
    return {
        "id": promise.id,
        "line": promise.span.line,
        "section": promise.section,
        "keeper": promise.keeper,
        "control": promise.control,
        "text": promise.text,
        "verdict": line.verdict,
        "seconds": dict(line.totals.by_kind),
        "breaks": line.totals.breaks,
        "kept_share": line.kept_share,
        "broken": [
            {
                "start": rfc3339(stint.start),
                "end": rfc3339(stint.end),
                "reason": stint.standing.reason,
                "value": stint.standing.value,
                "limit": stint.standing.limit,
                "evidence": stint.standing.evidence,
            }
            for stint in line.breaks
        ],
        "at_end": None
        if standing is None
        else {"kind": standing.kind, "reason": standing.reason, "evidence": standing.evidence},
    }


def _incident(one: IncidentLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "severity": one.severity,
        "promise": one.promise,
        "opened_at": rfc3339(one.opened_at),
        "acknowledged_at": rfc3339_or_none(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "resolved_at": rfc3339_or_none(one.resolved_at),
        "resolved_by": one.resolved_by,
        "resolution": one.resolution,
        "evidence": one.opened_seq,
        "clocks": [
            {
                "name": clock.name,
                "promise": clock.promise,
                "limit_seconds": clock.limit,
                "taken_seconds": clock.taken,
                "state": clock.state,
            }
            for clock in one.clocks
        ],
    }


def _change(entry: Entry) -> dict[str, Any]:
    said = {"seq": entry.seq, "at": rfc3339(entry.at)}
    if isinstance(entry, RefusedEntry):
        wrong = [{"line": one.line, "message": one.message} for one in entry.diagnostics]
        return said | {"refused": True, "diagnostics": wrong}
    changes = entry.found.changes if entry.found is not None else ()
    return said | {
        "refused": False,
        "version": entry.version,
        "changes": [
            {"kind": one.kind, "promise": one.promise.id, "details": details(one)} for one in changes
        ],
    }
