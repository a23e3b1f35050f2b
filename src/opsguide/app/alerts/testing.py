"""Runs files of tests, of rule files or of a guide."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from ...guide.reader import Readers
from ...rulefiles.files import text_of
from ...rulefiles.model import Group, Problem
from ...rulefiles.reading import read as read_rules
from ...rulefiles.unittests.model import CaseResult, TestFile
from ...rulefiles.unittests.reading import TestFileError, read
from ...rulefiles.unittests.running import RuleSubject, ordered, run
from .guide import GuideSubject, adopted


class FileResult(Struct, frozen=True):
    """What came of a file: its cases, or why it cannot be used."""

    file: str
    cases: tuple[CaseResult, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> int:
        return sum(case.result != "passed" for case in self.cases)


def results_of(path: Path, readers: Callable[[], Readers], only: str = "") -> FileResult:
    """`only`: tests whose name has this text in it."""
    try:
        file = read(path)
        cases = _of_guide(file, readers, only) if file.guide is not None else _of_rules(file, only)
        return FileResult(str(path), tuple(cases))
    except TestFileError as error:
        return FileResult(str(path), problems=error.problems)


def groups_of(paths: Sequence[Path]) -> tuple[list[Group], list[Problem]]:
    """The groups of rule files, and what is wrong in them."""
    groups, problems = list[Group](), list[Problem]()
    for path in paths:
        text, problem = text_of(path, str(path))
        found = read_rules(text, str(path))
        groups += found.groups
        problems += [problem] if problem is not None else found.problems
    return groups, problems


def _of_rules(file: TestFile, only: str) -> Iterator[CaseResult]:
    groups, problems = groups_of(file.rule_files)
    if problems:
        raise TestFileError(problems)
    for test in file.tests:
        if only in test.name:
            yield from run(test, file, RuleSubject(ordered(groups, file.group_order), test, file.interval))


def _of_guide(file: TestFile, readers: Callable[[], Readers], only: str) -> Iterator[CaseResult]:
    assert file.guide is not None
    adopt = adopted(file.guide, file.bindings, readers())
    with asyncio.Runner() as loop:
        for test in file.tests:
            if only in test.name:
                subject = GuideSubject(adopt, file.guide, file.interval, loop)
                _hold_names(file, subject)
                yield from run(subject.scraped(test), file, subject)


def _hold_names(file: TestFile, subject: GuideSubject) -> None:
    """A name that the guide does not have is a slip: nothing could ever fire. Raises TestFileError."""
    known = ", ".join(f"`{one}`" for one in subject.names()) or "none"
    problems = [
        Problem(
            str(file.file), case.line, f"the guide has no alert `{case.alertname}`", f"its alerts are {known}"
        )
        for test in file.tests
        for case in test.alerts
        if not subject.knows(case.alertname)
    ]
    if problems:
        raise TestFileError(problems)
