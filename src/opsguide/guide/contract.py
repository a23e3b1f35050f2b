"""The public JSON of a reading, as `opsguide check --json` prints it. Documented in docs/reference/contract.md."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..kernel.promise import Span
from .bindings import Missing
from .promise import Diagnostic, Finding, Gap, Promise, Reading


class Placed(Struct, frozen=True):
    """A diagnostic and the file that it is about."""

    file: str
    diagnostic: Diagnostic


class Result(Struct, frozen=True, kw_only=True):
    """All that a check found. `unbound` is None where there are no usable bindings."""

    guide: str
    bindings: str | None = None
    reading: Reading
    findings: tuple[Finding, ...]
    diagnostics: tuple[Placed, ...]
    unbound: tuple[Missing, ...] | None = None


def contract(result: Result) -> dict[str, Any]:
    """Plain JSON values, keys in the documented order."""
    reading, missing = result.reading, result.unbound
    return {
        "guide": result.guide,
        "bindings": result.bindings,
        "title": reading.title,
        "language": reading.language,
        "reader": reading.reader,
        "promises": [_promise(promise) for promise in reading.promises],
        "gaps": [_gap(gap) for gap in reading.gaps],
        "findings": [_finding(finding) for finding in result.findings],
        "coverage": msgspec.to_builtins(reading.coverage),
        "diagnostics": [_diagnostic(placed) for placed in result.diagnostics],
        "unbound": None if missing is None else [msgspec.to_builtins(entry) for entry in missing],
    }


def encode(result: Result) -> bytes:
    """The contract as indented UTF-8 JSON with a line end."""
    return msgspec.json.format(msgspec.json.encode(contract(result)), indent=2) + b"\n"


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.id,
        "keeper": promise.keeper,
        "section": promise.section,
        "control": promise.control,
        "line": promise.span.line,
        "end_line": promise.span.end_line,
        "text": promise.text,
        "values": msgspec.to_builtins(promise.values),
        "also": _lines(promise.also),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "line": gap.span.line,
        "end_line": gap.span.end_line,
        "section": gap.section,
        "text": gap.text,
        "why": gap.why,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "kind": finding.kind,
        "message": finding.message,
        "lines": _lines(finding.spans),
        "promises": list(finding.promises),
        "proposal": finding.proposal,
        "edits": [
            {"line": edit.span.line, "end_line": edit.span.end_line, "text": edit.text}
            for edit in finding.edits
        ],
        "silenced": finding.silenced,
    }


def _diagnostic(placed: Placed) -> dict[str, Any]:
    return {"file": placed.file, **msgspec.to_builtins(placed.diagnostic)}


def _lines(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.line, span.end_line] for span in spans]
