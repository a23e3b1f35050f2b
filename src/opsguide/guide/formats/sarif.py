"""SARIF 2.1.0, the exchange format of static analysis: for code scanning on a forge, and for editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from ... import __version__
from ..checking import Checked, Outcome, Unusable
from ..diagnostics import Level, Mark
from ..findings import RULES
from ..pages import page
from ..promise import Edit, Finding
from .told import Manner, Told, told

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Json = dict[str, Any]

_LEVELS: Mapping[Level, str] = {"error": "error", "warning": "warning", "note": "note"}


def log(outcomes: Iterable[Outcome], _manner: Manner) -> Iterator[str]:
    """One document with one run."""
    guides: dict[str, Json] = {}
    results: list[Json] = []
    problems: list[Json] = []
    rules: dict[str, Json] = {}
    for outcome in outcomes:
        guides[outcome.name] = {"location": _artifact(outcome.name)}
        if isinstance(outcome, Unusable):
            problems.append(_problem(outcome))
            continue
        for one in told(outcome.result):
            rules.setdefault(one.note.code, _rule(one))
            results.append(_result(one, outcome, list(rules).index(one.note.code)))
    run = {
        "tool": {
            "driver": {"name": "opsguide", "semanticVersion": __version__, "rules": list(rules.values())}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not problems, "toolExecutionNotifications": problems}],
        "artifacts": list(guides.values()),
        "results": results,
    }
    made = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    yield msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def _problem(outcome: Unusable) -> Json:
    """A guide that could not be checked: not a result, but a run that did not succeed."""
    return {
        "level": "error",
        "message": {"text": str(outcome.error)},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(outcome.name)}}],
    }


def _rule(one: Told) -> Json:
    code, rule = one.note.code, RULES.get(one.note.code)
    described: Json = {
        "id": code,
        "shortDescription": {"text": rule.says if rule is not None else code.replace("-", " ")},
        "defaultConfiguration": {"level": _LEVELS[one.note.level]},
    }
    help_page = page(code)
    if help_page is not None:
        described["help"] = {"text": help_page, "markdown": help_page}
    return described


def _result(one: Told, checked: Checked, index: int) -> Json:
    note = one.note
    text = f"{note.message}\n{note.hint}" if note.hint else note.message
    places = [_location(one.file, mark) for mark in note.marks]
    result: Json = {
        "ruleId": note.code,
        "ruleIndex": index,
        "level": _LEVELS[note.level],
        "message": {"text": text},
        "locations": places[:1],
        "partialFingerprints": {"opsguide/v1": _fingerprint(one)},
    }
    if places[1:]:
        result["relatedLocations"] = places[1:]
    if one.silenced is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": one.silenced}]
    if one.finding is not None and one.finding.edits:
        result["fixes"] = [_fix(one.file, one.finding, checked.text)]
    return result


def _fingerprint(one: Told) -> str:
    """The same message after the lines above it changed: it is known by what it says, not by where."""
    return hashlib.sha256(f"{one.file}\0{one.note.code}\0{one.note.message}".encode()).hexdigest()[:32]


def _location(file: str, mark: Mark) -> Json:
    region: Json = {"startLine": max(1, mark.span.line)}
    if mark.end_column > mark.column:
        region |= {"startColumn": mark.column, "endColumn": mark.end_column}
    else:
        region["endLine"] = max(1, mark.span.end_line)
    return {"physicalLocation": {"artifactLocation": _artifact(file), "region": region}}


def _artifact(file: str) -> Json:
    """An absolute path as a file's address, any other relative to wherever the source is."""
    path = Path(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _fix(file: str, finding: Finding, text: str) -> Json:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    changes = [_replacement(edit, lines) for edit in finding.edits]
    return {
        "description": {"text": finding.proposal or finding.message},
        "artifactChanges": [{"artifactLocation": _artifact(file), "replacements": changes}],
    }


def _replacement(edit: Edit, lines: list[str]) -> Json:
    """Whole lines. Without a text they go with their line end; else it stays."""
    first, last = edit.span.line, edit.span.end_line
    if not edit.text:
        return {"deletedRegion": {"startLine": first, "startColumn": 1, "endLine": last + 1, "endColumn": 1}}
    end = len(lines[last - 1]) + 1 if last <= len(lines) else 1
    region = {"startLine": first, "startColumn": 1, "endLine": last, "endColumn": end}
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}
