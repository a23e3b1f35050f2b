"""What came of tests, as text, JSON and JUnit XML."""

from collections.abc import Iterator, Sequence

import msgspec

from ...guide.diagnostics import Paint, printable
from ...guide.formats.junit import Case, suite
from ...guide.wording import plural
from ...kernel.duration import spoken
from ...rulefiles.model import Problem
from ...rulefiles.unittests.model import CaseResult
from .testing import FileResult

MOST_LINES = 20
"""So many alerts or samples are shown of each side."""


def text(results: Sequence[FileResult], paint: Paint) -> Iterator[str]:
    """What failed, with what was expected and what came; closes with the counts."""
    for result in results:
        yield from problems(result.problems, paint)
        for case in result.cases:
            if case.result != "passed":
                yield from _failed(case, paint)
        if not result.problems:
            shade, mark = ("error", "✕") if result.failed else ("help", "✓")
            said = f"{plural(len(result.cases), 'expectation')}" + (
                f", {result.failed} failed" if result.failed else ""
            )
            yield f"{paint(shade, mark)} {printable(result.file)}: {said}"
        for case in result.cases:
            if case.result == "passed" and case.message:
                yield f"  {paint('warning', 'note:')} {case.file}:{case.line}: {printable(case.message)}"
    failures = sum(result.failed for result in results)
    passed = sum(len(result.cases) for result in results) - failures
    broken = sum(bool(result.problems) for result in results)
    yield f"{passed} passed, {failures} failed" + (
        f", {plural(broken, 'file')} could not be used" if broken else ""
    )


def problems(found: Sequence[Problem], paint: Paint) -> Iterator[str]:
    """What is wrong with files, each with its place and what to do."""
    for problem in found:
        yield f"{paint('error', 'error:')} {printable(str(problem))}"


def _failed(case: CaseResult, paint: Paint) -> Iterator[str]:
    what = {"alert": f"alert {case.name}", "query": case.name}.get(case.kind, case.name)
    at = f" at {spoken(case.at_seconds)}" if case.kind in ("alert", "query") else ""
    yield f"{paint('error', 'failed:')} {printable(f'{case.file}:{case.line}: {case.test}: {what}{at}')}"
    if case.message:
        yield f"  {printable(case.message)}"
    if case.kind in ("alert", "query"):
        missing, more = _differing(case)
        yield from _side("expected", missing, case.expected)
        yield from _side("got", more, case.got)


def _differing(case: CaseResult) -> tuple[list[str], list[str]]:
    missing, more = list(case.expected), list(case.got)
    for line in case.expected:
        if line in more:
            more.remove(line)
            missing.remove(line)
    return missing, more


def _side(word: str, lines: Sequence[str], whole: Sequence[str]) -> Iterator[str]:
    same = len(whole) - len(lines)
    beside = f", and {same} as {'expected' if word == 'got' else 'got'}" if same else ""
    if not lines:
        yield f"  {word}: {'nothing' if not whole else 'nothing else'}{beside}"
        return
    yield f"  {word}:{beside.removeprefix(',')}"
    for line in lines[:MOST_LINES]:
        yield f"    {printable(line)}"
    if len(lines) > MOST_LINES:
        yield f"    … and {len(lines) - MOST_LINES} more"


def as_json(results: Sequence[FileResult]) -> Iterator[str]:
    told = {
        "passed": sum(len(one.cases) - one.failed for one in results),
        "failed": sum(one.failed for one in results),
        "files": results,
    }
    yield msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def junit(results: Sequence[FileResult]) -> Iterator[str]:
    """A suite a file, a case an expectation."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<testsuites name="opsguide alerts">'
    for result in results:
        cases = [*map(_unusable, result.problems), *map(_junit_case, result.cases)]
        yield from suite(result.file, cases)
    yield "</testsuites>"


def _unusable(one: Problem) -> Case:
    name = "the file can be used"
    return Case(
        name=name, file=one.file, line=one.line, result="error", kind="file", message=one.what, words=str(one)
    )


def _junit_case(case: CaseResult) -> Case:
    at = f" at {spoken(case.at_seconds)}" if case.kind in ("alert", "query") else ""
    name = f"{case.test}: {case.name}{at}"
    if case.result == "passed":
        return Case(name=name, file=case.file, line=case.line)
    words = "\n".join(_failed(case, Paint(False)))
    said = case.message or "what came is not what was expected"
    return Case(
        name=name,
        file=case.file,
        line=case.line,
        result="error" if case.result == "error" else "failure",
        kind=case.kind,
        message=said,
        words=words,
    )
