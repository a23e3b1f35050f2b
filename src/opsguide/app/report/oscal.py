"""The report as OSCAL assessment results (NIST, version 1.1.3), for the tools of auditors.

A promise is a control of the guide: the assessment is what opsguide watched, the plan is the guide itself. A finding
says `satisfied` only where evidence says so the whole time that anything looked; what nobody looked at is
`not-satisfied` with the reason `other`, never green. Identifiers are version 5 UUIDs from the ledger's first row: the
same month of the same ledger always has the same ones.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import msgspec

from ... import __version__
from ...kernel.clock import rfc3339
from ...kernel.duration import spoken
from ...web.marks import WORDS, said
from . import words
from .model import EvidenceLine, PromiseLine, Report

VERSION = "1.1.3"
NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""The namespace of URLs (RFC 9562), in which the ledger has a name: `urn:opsguide:ledger:` and its first hash."""

PROPERTIES = "urn:opsguide:oscal"
MOST_LISTED = 100


def text(report: Report) -> str:
    document = {"assessment-results": _Writer(report).document()}
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def token(name: str) -> str:
    """A promise's id as OSCAL's token: letters, digits, `.`, `-`, `_`, and no digit first."""
    found = re.sub(r"[^\w.\-]", "_", name)
    return found if re.match(r"[^\W\d]|_", found) else f"_{found}"


class _Writer:
    def __init__(self, report: Report) -> None:
        self._report = report
        ledger = uuid5(NAMESPACE, f"urn:opsguide:ledger:{report.origin}")
        self._space = uuid5(ledger, f"{report.month}/{rfc3339(report.until)}")
        self._cited = {one.seq: one for one in report.evidence}

    def _uuid(self, name: str) -> str:
        return str(uuid5(self._space, name))

    def document(self) -> dict[str, Any]:
        report = self._report
        return {
            "uuid": self._uuid("assessment-results"),
            "metadata": {
                "title": f"{report.service}: {words.month_name(report.month)}",
                "last-modified": rfc3339(report.until),
                "version": f"{report.month}.{report.head.seq}",
                "oscal-version": VERSION,
                "roles": [{"id": "assessor", "title": "What watched the promises"}],
                "parties": [
                    {
                        "uuid": self._uuid("opsguide"),
                        "type": "organization",
                        "name": f"opsguide {__version__}",
                    }
                ],
                "responsible-parties": [{"role-id": "assessor", "party-uuids": [self._uuid("opsguide")]}],
            },
            "import-ap": {
                "href": f"#{self._uuid('guide')}",
                "remarks": "The plan is the operations guide as adopted: each line is what is assessed.",
            },
            "results": [self._result()],
            "back-matter": {"resources": list(self._resources())},
        }

    def _result(self) -> dict[str, Any]:
        report = self._report
        result: dict[str, Any] = {
            "uuid": self._uuid("result"),
            "title": words.month_name(report.month),
            "description": " ".join(words.summary(report)),
            "start": rfc3339(report.start),
            "end": rfc3339(report.until),
            "props": [
                _prop("ledger-head", str(report.head.seq)),
                _prop("ledger-head-sha256", report.head.hash.hex()),
                _prop("time-zone", report.zone),
            ],
            "reviewed-controls": {"control-selections": [self._selection()]},
        }
        observations, findings = list(self._observations()), list(self._findings())
        if observations:
            result["observations"] = observations
        if findings:
            result["findings"] = findings
        return result

    def _selection(self) -> dict[str, Any]:
        ids = dict.fromkeys(token(line.promise.id) for line in self._report.promises)
        if not ids:
            return {"description": "No guide was in force.", "include-all": {}}
        return {"include-controls": [{"control-id": one} for one in ids]}

    def _observations(self) -> Iterator[dict[str, Any]]:
        for line in self._report.promises:
            seen = self._evidence_of(line)
            if line.verdict == "unbound" or (line.verdict == "unproven" and not seen):
                continue
            yield {
                "uuid": self._uuid(f"observation/{line.promise.id}"),
                "title": said(line.promise),
                "description": _spent(line),
                "props": [_prop("promise", line.promise.id), _prop("breaks", str(line.totals.breaks))],
                "methods": ["EXAMINE" if line.verdict == "by_hand" else "TEST"],
                "types": ["control-objective"],
                "relevant-evidence": [self._relevant(one) for one in seen[:MOST_LISTED]]
                or [{"description": "On the ledger before this month."}],
                "collected": rfc3339(seen[-1].at if seen else self._report.until),
            }

    def _relevant(self, one: EvidenceLine) -> dict[str, Any]:
        return {
            "description": f"#{one.seq}: {_line(one.said)}",
            "props": [_prop("ledger-seq", str(one.seq)), _prop("sha256", one.hash)],
        }

    def _evidence_of(self, line: PromiseLine) -> list[EvidenceLine]:
        subject = f"promise:{line.promise.id}"
        numbers = {stint.standing.evidence for stint in line.breaks}
        if line.standing is not None:
            numbers.add(line.standing.evidence)
        return [one for seq, one in self._cited.items() if one.subject == subject or seq in numbers]

    def _findings(self) -> Iterator[dict[str, Any]]:
        for line in self._report.promises:
            satisfied = line.verdict in ("kept", "by_hand")
            status: dict[str, Any] = {"state": "satisfied" if satisfied else "not-satisfied"}
            if not satisfied:
                status["reason"] = "fail" if line.verdict == "broken" else "other"
                status["remarks"] = _why(line)
            finding: dict[str, Any] = {
                "uuid": self._uuid(f"finding/{line.promise.id}"),
                "title": said(line.promise),
                "description": f"{WORDS[line.verdict].capitalize()}. {_spent(line)}",  # type: ignore[index]
                "props": [_prop("promise", line.promise.id), _prop("standing", line.verdict)],
                "target": {
                    "type": "objective-id",
                    "target-id": token(line.promise.id),
                    "description": f"Line {line.promise.span} of the guide: {_line(line.promise.text)}",
                    "status": status,
                },
            }
            if line.verdict != "unbound" and (line.verdict != "unproven" or self._evidence_of(line)):
                observation = self._uuid(f"observation/{line.promise.id}")
                finding["related-observations"] = [{"observation-uuid": observation}]
            yield finding

    def _resources(self) -> Iterator[dict[str, Any]]:
        report = self._report
        version = f", version {report.version}" if report.version is not None else ""
        yield {
            "uuid": self._uuid("guide"),
            "title": f"{report.title or 'Operations guide'}{version}",
            "description": "Pinned on the ledger by the fact guide.adopted.",
            "props": [_prop("version", str(report.version or 0))],
        }
        yield {
            "uuid": self._uuid("ledger"),
            "title": "The ledger",
            "description": "Verify an export of it with: opsguide ledger verify FILE",
            "props": [
                _prop("head", str(report.head.seq)),
                _prop("head-sha256", report.head.hash.hex()),
                _prop("first-sha256", report.origin or "none"),
            ],
        }


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": PROPERTIES, "value": _line(value)}


def _line(text: str) -> str:
    return " ".join(text.split()) or "–"


def _spent(line: PromiseLine) -> str:
    """`Kept 29 d, broken 2 h.`"""
    parts = [f"{WORDS[kind]} {spoken(seconds)}" for kind, seconds in line.totals.by_kind.items() if seconds]
    return f"{', '.join(parts).capitalize()}." if parts else "It was not promised for any length of time."


def _why(line: PromiseLine) -> str:
    if line.breaks:
        return _line(line.breaks[-1].standing.reason)
    return _line(line.standing.reason if line.standing is not None else "it left the guide")
