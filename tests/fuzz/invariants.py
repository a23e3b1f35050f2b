"""What holds of every input: nothing crashes, and nothing is said that the text does not say.

Each function takes an input and raises AssertionError with what is wrong. An input that is refused by a named error
is fine; any other exception is a crash.
"""

import html
import io
import json
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from opsguide.guide.bindings import check_against, read_bindings, unbound
from opsguide.guide.change import compare
from opsguide.guide.checking import Checked
from opsguide.guide.contract import Placed, Result, encode
from opsguide.guide.diagnostics import Paint
from opsguide.guide.findings import apply_edits, find
from opsguide.guide.fixing import applied, fixable
from opsguide.guide.formats import changes, github, junit, markdown, report, sarif
from opsguide.guide.formats.told import Manner
from opsguide.guide.lexicon import LANGUAGES, fold, language
from opsguide.guide.promise import Promise, Reading
from opsguide.guide.reading import read
from opsguide.guide.source import clean
from opsguide.kernel.errors import GuideError
from opsguide.kernel.promise import Span
from opsguide.readers import ALL
from tests.corpus.matching import NUMBERS
from tests.corpus.numbers import supported

# Keys with words of ours, never the guide's own.
OURS = ("fact", "op", "level", "objective", "until", "clock", "rrule", "start", "end")
# How we call what the guide leaves without a name.
UNNAMED = {"any", "on-call", "maintenance window"}
ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples"
ABOVE = ("\n\n", "Xyzzy plugh.\n\n", "<!-- Xyzzy -->\n\n")
BELOW = "\n\n# Xyzzy\n\nPlugh.\n"
MANNER = Manner(strict=True, paint=Paint(on=False), several=False)


def of_guide(text: str) -> None:
    """Everything that holds of one guide: its reading, its findings, its forms, its fixes."""
    reading = _read(text)
    if reading is None:
        return
    checked = _checked(text, reading)
    of_reading(text, reading)
    of_findings(checked)
    of_forms(checked)
    of_shifts(text, reading)
    of_fixes(checked)


def of_reading(text: str, reading: Reading) -> None:
    """Promises point into the text, are told apart, and say only what the text says."""
    lines = clean(text, where="guide.md")
    ids = [promise.id for promise in reading.promises]
    assert len(ids) == len(set(ids)), f"ids are there twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    spans = [span for promise in reading.promises for span in (promise.span, *promise.also)]
    spans += [gap.span for gap in reading.gaps] + [one.span for one in reading.statements]
    _within(spans, lines)
    for found in reading.diagnostics:
        assert 1 <= found.line <= len(lines), f"{found.code} is about line {found.line} of {len(lines)}"
    # Without the spaces: markup inside a word is gone from the value (`mi**nu**tes`).
    words = _words("\n".join(lines)).replace(" ", "")
    for promise in reading.promises:
        _amounts_are_said(promise, lines)
        _words_are_said(promise, words)


def of_findings(checked: Checked) -> None:
    lines = clean(checked.text, where="guide.md")
    for finding in checked.result.findings:
        _within([*finding.spans, *(edit.span for edit in finding.edits)], lines)


def of_forms(checked: Checked) -> None:
    """Every form can be written, and be read by what reads it."""
    assert json.loads(encode(checked.result))["guide"] == checked.name
    json.loads("".join(sarif.log([checked], MANNER)))
    ET.fromstring("\n".join(junit.suites([checked], MANNER)).encode())
    for line in github.commands([checked], MANNER):
        assert "\n" not in line
    for line in report.text([checked], MANNER):
        assert line.isprintable() or "\n" in line, f"would steer a terminal: {line!r}"


def of_shifts(text: str, reading: Reading) -> None:
    """Blank lines, prose and another section beside the guide move what it says, and change nothing of it."""
    if not text.startswith(("---", "+++", "\ufeff")):  # front matter stands in the first line, or it is none
        for above in ABOVE:
            _same(reading, _read(f"{above}{text}"), by=above.count("\n"))
    if not set("`~<") & set(text):  # what is never closed reaches to the end of the document
        _same(reading, _read(f"{text}{BELOW}"), by=0)


def _same(reading: Reading, other: Reading | None, by: int) -> None:
    assert other is not None
    ours, theirs = _said(reading.promises, by=by), _said(other.promises)
    assert ours == theirs, _difference(ours, theirs)
    assert [gap.why for gap in reading.gaps] == [gap.why for gap in other.gaps]


def of_fixes(checked: Checked) -> None:
    """Every proposed edit makes a guide that can be read, and touches no other line."""
    raw = checked.text.encode()
    for finding in fixable(checked):
        fixed = applied(raw, finding.edits).decode()
        assert fixed == apply_edits(checked.text, finding.edits)
        try:
            again = read(fixed, ALL)
        except GuideError as error:
            raise AssertionError(f"{finding.rule} makes a guide that cannot be read: {error}") from error
        find(again, None, fixed)


def of_change(old: str, new: str) -> None:
    """Two guides can be compared, in both directions; a guide means what it meant."""
    before, after = _read(old), _read(new)
    if before is None or after is None:
        return
    assert not compare(before, before).changes
    for one, other in ((before, after), (after, before)):
        found = changes.Compared("old.md", "new.md", compare(one, other))
        "\n".join(changes.text(found, Paint(on=False)))
        json.loads("".join(changes.as_json(found, Paint(on=False))))
        "\n".join(markdown.table(found, Paint(on=False)))


def of_bindings(text: str) -> None:
    """Bindings are read or every error is told with its place; never a crash."""
    bindings, said = read_bindings(text)
    lines = text.split("\n")
    for found in said:
        assert 1 <= found.line <= len(lines), f"{found.code} is about line {found.line} of {len(lines)}"
        assert found.column >= 1
    assert (bindings is None) == any(found.level == "error" for found in said)
    if bindings is not None:
        check_against(example(), bindings, text=text)
        unbound(example(), bindings)
        find(example(), bindings, _example_text())


@cache
def example() -> Reading:
    return read(_example_text(), ALL)


@cache
def _example_text() -> str:
    return (EXAMPLE / "operations.md").read_text(encoding="utf-8")


def _read(text: str) -> Reading | None:
    """None for what is refused by name."""
    try:
        return read(text, ALL)
    except GuideError:
        return None


def _checked(text: str, reading: Reading) -> Checked:
    said = tuple(Placed("guide.md", found) for found in reading.diagnostics)
    result = Result(guide="guide.md", reading=reading, findings=find(reading, None, text), diagnostics=said)
    return Checked(result, text)


def _within(spans: Iterable[Span], lines: list[str]) -> None:
    for span in spans:
        assert 1 <= span.line <= span.end_line <= len(lines), f"{span} of {len(lines)} lines"


def _amounts_are_said(promise: Promise, lines: list[str]) -> None:
    spans = (promise.span, *promise.also)
    said = "\n".join(line for span in spans for line in lines[span.line - 1 : span.end_line])
    said = html.unescape(said)
    for key, value in msgspec.to_builtins(promise.values).items():
        if key in NUMBERS and isinstance(value, int | float):
            assert supported(key, value, said), f"{promise.id}: {key} = {value} is not said in {said!r}"


def _words_are_said(promise: Promise, words: str) -> None:
    """A text is a term of the lexicon, or each of its words stands in the guide."""
    for key, value in msgspec.to_builtins(promise.values).items():
        if key in OURS or not isinstance(value, str) or value in UNNAMED | _terms():
            continue
        for word in _words(value).split():
            assert word in words, f"{promise.id}: {key} = {value!r}: `{word}` is nowhere in the guide"


@cache
def _terms() -> frozenset[str]:
    kinds = [language(code).terms for code in LANGUAGES]
    return frozenset(term for terms in kinds for named in terms.values() for term in named)


def _words(text: str) -> str:
    """Letters and digits, folded; all else, markup included, is a space."""
    plain = fold(unicodedata.normalize("NFC", html.unescape(text)).casefold())
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())


def _said(promises: Iterable[Promise], by: int = 0) -> list[tuple[object, ...]]:
    return [
        (
            promise.id,
            promise.section,
            promise.values,
            *((span.line + by, span.end_line + by) for span in (promise.span, *promise.also)),
        )
        for promise in promises
    ]


def _difference(ours: list[tuple[object, ...]], theirs: list[tuple[object, ...]]) -> str:
    out = io.StringIO()
    print("only without:", [one for one in ours if one not in theirs][:3], file=out)
    print("only with what is added:", [one for one in theirs if one not in ours][:3], file=out)
    return out.getvalue()
