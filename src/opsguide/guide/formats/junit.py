"""JUnit XML, as GitLab, Jenkins and others read it: a suite a guide, a case a message.

A case fails where the exit status fails because of it, so that the report and the job say the same. Names hold no
line numbers: a report is compared with the one before, and a message that only moved is not new.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Literal

from msgspec import Struct

from ..checking import Checked, Outcome, Unusable
from .told import Manner, Told, told

# Compiled where it is first used: such a class of signs takes longer than all else here, and few write this form.
_NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class Case(Struct, frozen=True, kw_only=True):
    """One testcase: what came of it, and the words below it."""

    name: str
    file: str
    line: int = 1
    result: Literal["passed", "failure", "error", "skipped"] = "passed"
    kind: str = ""
    message: str = ""
    words: str = ""


def suites(outcomes: Iterable[Outcome], manner: Manner) -> Iterator[str]:
    """The lines of one document."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<testsuites name="opsguide">'
    for outcome in outcomes:
        cases = [_unusable(outcome)] if isinstance(outcome, Unusable) else list(_cases(outcome, manner))
        yield from suite(outcome.name, cases)
    yield "</testsuites>"


def _unusable(outcome: Unusable) -> Case:
    error = outcome.error
    return Case(
        name="the guide can be read",
        file=outcome.name,
        result="error",
        kind=type(error).__name__,
        message=error.what,
        words=str(error),
    )


def _cases(checked: Checked, manner: Manner) -> Iterator[Case]:
    yield Case(name="the guide can be read", file=checked.name)
    for one in told(checked.result):
        yield _case(one, manner)


def _case(one: Told, manner: Manner) -> Case:
    note = one.note
    line = note.marks[0].span.line
    failed = one.fails(strict=manner.strict)
    return Case(
        name=f"{note.code}: {note.message}",
        file=one.file,
        line=line,
        result="skipped" if one.silenced is not None else "failure" if failed else "passed",
        kind=note.code,
        message=one.silenced if one.silenced is not None else note.message,
        words=f"{one.file}:{line}: {note.level}: {note.message}" + (f"\n{note.hint}" if note.hint else ""),
    )


def suite(name: str, cases: list[Case]) -> Iterator[str]:
    """The lines of one suite."""
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    said = {key: str(sum(case.result == result for case in cases)) for key, result in counts.items()}
    yield f"  <testsuite{_attributes({'name': name, 'tests': str(len(cases))} | said)}>"
    for case in cases:
        yield from _testcase(case)
    yield "  </testsuite>"


def _testcase(case: Case) -> Iterator[str]:
    place = {"name": case.name, "classname": case.file, "file": case.file, "line": str(case.line)}
    if case.result == "passed" and not case.words:
        yield f"    <testcase{_attributes(place)}/>"
        return
    yield f"    <testcase{_attributes(place)}>"
    words = escape(_xml(case.words), quote=False)
    match case.result:
        case "passed":
            yield f"      <system-out>{words}</system-out>"
        case "skipped":
            yield f"      <skipped{_attributes({'message': case.message})}/>"
        case result:
            yield f"      <{result}{_attributes({'message': case.message, 'type': case.kind})}>{words}</{result}>"
    yield "    </testcase>"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {key}="{_attribute(value)}"' for key, value in values.items())


def _attribute(text: str) -> str:
    """A line end in an attribute is read as a space unless it is written as a reference."""
    said = escape(_xml(text))
    return said.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")


def _xml(text: str) -> str:
    """Without signs that XML cannot hold."""
    return re.sub(_NO_XML, "\N{REPLACEMENT CHARACTER}", text)
