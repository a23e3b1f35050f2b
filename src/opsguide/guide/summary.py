"""The summary of a check: one line a chapter, what would bind more, and a last line that says it all."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from ..kernel.promise import Keeper
from .bindings import Missing, file
from .contract import Result
from .diagnostics import Paint, printable
from .formats.told import told
from .promise import Promise, Reading
from .routes import A_ROUTE, NOBODY, calls_nobody
from .wording import plural

WIDTH = 80
"""Columns of the narrowest terminal that people use."""

_COLUMNS = ("promises", "bound", "unbound", "later")

MAX_KEYS = 12
"""Keys that are listed as binding more; the JSON has all."""


def summary(result: Result, paint: Paint) -> Iterator[str]:
    """Lines to print."""
    reading = result.reading
    title = f" · {printable(reading.title)}" if reading.title else ""
    yield paint("bold", f"{printable(result.guide)}{title}")
    yield f"  {_coverage(reading)}"
    if result.bindings is not None:
        yield f"  bound by {printable(result.bindings)}"
    if reading.promises:
        yield ""
        yield from _chapters(reading, result.unbound, paint)
    if result.bindings is not None and calls_nobody(reading.promises):
        yield ""
        yield paint("warning", NOBODY)
        yield f"  = help: {A_ROUTE}"
    if result.unbound:
        yield from _keys(result.unbound, result.bindings or file.NAME, paint)
    yield ""
    yield from _next(result)
    yield verdict([result])


def _next(result: Result) -> Iterator[str]:
    """What can be done about the findings, and about a guide without bindings."""
    if result.bindings is None and result.reading.promises and result.guide != "stdin":
        yield f"`opsguide init {printable(result.guide)}` asks where these things are, and binds them"
    findings = [finding for finding in result.findings if finding.silenced is None]
    if findings:
        edits = sum(bool(finding.edits) for finding in findings)
        yield f"`opsguide explain {findings[0].rule}` says more about a finding"
        if edits and result.guide != "stdin":
            yield f"`opsguide check {printable(result.guide)} --fix` can write the edits of {edits}"


def _coverage(reading: Reading) -> str:
    seen = reading.coverage
    counts = ((seen.promises, "with promises"), (seen.prose, "prose"), (seen.gaps, "not understood"))
    said = ", ".join(f"{count} {what}" for count, what in counts if count or what != "prose")
    return f"{plural(seen.statements, 'statement')}: {said}"


def _chapters(reading: Reading, unbound: Iterable[Missing] | None, paint: Paint) -> Iterator[str]:
    later, lacking = set[str](), set[str]()
    for missing in unbound or ():
        (lacking if missing.key else later).add(missing.promise)
    heads = ("", *(_COLUMNS if unbound is not None else _COLUMNS[:1]))
    yield paint("quiet", _row(heads, ["what they say"]))
    for keeper in get_args(Keeper):
        promises = [promise for promise in reading.promises if promise.keeper == keeper]
        if promises:
            yield _row((keeper, *_counts(promises, lacking, later, unbound is not None)), _facts(promises))
    if later:
        yield paint("quiet", "  later: opsguide reads these, and does not keep them yet")


def _counts(promises: list[Promise], lacking: set[str], later: set[str], bindings: bool) -> tuple[str, ...]:
    if not bindings:
        return (str(len(promises)),)
    open_ = sum(promise.id in lacking for promise in promises)
    late = sum(promise.id in later and promise.id not in lacking for promise in promises)
    return tuple(str(count) for count in (len(promises), len(promises) - open_ - late, open_, late))


def _facts(promises: list[Promise]) -> list[str]:
    """`7 stage`, `3 environment`: how many promises say what, most first."""
    kinds = Counter(str(type(promise.values).__struct_config__.tag) for promise in promises)
    return [f"{count} {kind}" for kind, count in kinds.most_common()]


def _row(cells: tuple[str, ...], words: list[str]) -> str:
    """Within WIDTH: the last words give way."""
    first, *numbers = cells
    row = f"  {first:<11}"
    for number, head in zip(numbers, _COLUMNS, strict=False):
        row += f"{number:>{len(head) + 2}}"
    said = ", ".join(words)
    while len(row) + 2 + len(said) > WIDTH:
        said = said.removesuffix(", …").rpartition(", ")[0] + ", …"
    return f"{row}  {said}"


def _keys(unbound: Iterable[Missing], where: str, paint: Paint) -> Iterator[str]:
    """Most useful first: lines to paste, and how many promises need each; the keys of a table together."""
    needed = Counter(missing.key for missing in unbound if missing.key)
    if not needed:
        return
    first = {missing.key: missing for missing in reversed(list(unbound)) if missing.key}
    tables: dict[str, list[str]] = {}
    for key, count in needed.most_common(MAX_KEYS):
        table, line = first[key].toml.split("\n", 1)
        why = f"# {plural(count, 'promise')}: {first[key].reason}"
        tables.setdefault(table, []).extend([paint("quiet", printable(why)), printable(line)])
    yield ""
    yield paint("bold", f"What would bind more, most useful first: lines for {printable(where)}")
    for table, lines in tables.items():
        yield ""
        yield from (f"  {line}" for line in (printable(table), *lines))
    if len(needed) > MAX_KEYS:
        yield ""
        yield paint("quiet", f"  and {plural(len(needed) - MAX_KEYS, 'more key')}: see --json")


def verdict(results: Iterable[Result]) -> str:
    """`62 promises, 0 gaps, 1 finding; 0 errors, 1 warning`: what there is, and how it was told above.

    And how many findings are silenced, if any.
    """
    every = list(results)
    messages = [message for result in every for message in told(result)]
    levels = Counter(message.note.level for message in messages if message.silenced is None)
    findings = sum(len(result.findings) for result in every)
    silenced = sum(message.silenced is not None for message in messages)
    there = [
        plural(sum(len(result.reading.promises) for result in every), "promise"),
        plural(sum(len(result.reading.gaps) for result in every), "gap"),
        plural(findings - silenced, "finding"),
    ]
    said = [plural(levels["error"], "error"), plural(levels["warning"], "warning")]
    said += [plural(levels["note"], "note")] if levels["note"] else []
    return f"{', '.join(there)}; {', '.join(said)}" + (f"; {silenced} silenced" if silenced else "")
