"""The summary of a check: one line a chapter, what would bind more, and a last line that says it all."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from ..kernel.promise import Keeper
from .bindings import Missing
from .contract import Result
from .diagnostics import Paint, printable
from .promise import Promise, Reading
from .wording import plural

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
    if result.unbound:
        yield from _keys(result.unbound, paint)
    yield ""
    yield from _next(result)
    yield verdict([result])


def _next(result: Result) -> Iterator[str]:
    """What can be done about the findings."""
    findings = [finding for finding in result.findings if finding.silenced is None]
    if findings:
        edits = sum(bool(finding.edits) for finding in findings)
        fix = f"; `opsguide check --fix` can write the edits of {edits}" if edits else ""
        yield f"`opsguide explain {findings[0].rule}` says more about a finding{fix}"


def _coverage(reading: Reading) -> str:
    seen = reading.coverage
    counts = ((seen.promises, "with promises"), (seen.prose, "prose"), (seen.gaps, "not understood"))
    said = ", ".join(f"{count} {what}" for count, what in counts if count or what != "prose")
    return f"{plural(seen.statements, 'statement')}: {said}"


def _chapters(reading: Reading, unbound: Iterable[Missing] | None, paint: Paint) -> Iterator[str]:
    later, lacking = set[str](), set[str]()
    for missing in unbound or ():
        (lacking if missing.key else later).add(missing.promise)
    heads = ("", "promises", *(("bound", "unbound", "later") if unbound is not None else ()))
    yield paint("quiet", _row(heads, "what they say"))
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


def _facts(promises: list[Promise]) -> str:
    """`3 environment, 7 stage`: how many promises say what, most first."""
    kinds = Counter(str(type(promise.values).__struct_config__.tag) for promise in promises)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())


def _row(cells: tuple[str, ...], words: str) -> str:
    first, *numbers = cells
    return f"  {first:<12}{''.join(f'{number:>9}' for number in numbers)}   {words}"


def _keys(unbound: Iterable[Missing], paint: Paint) -> Iterator[str]:
    """Most useful first: the lines that would bind more, and how many promises each would help."""
    helped = Counter(missing.key for missing in unbound if missing.key)
    first = {missing.key: missing for missing in reversed(list(unbound)) if missing.key}
    if not helped:
        return
    yield ""
    yield paint("bold", "What would bind more, most useful first")
    for key, count in helped.most_common(MAX_KEYS):
        toml = first[key].toml.replace("\n", "  ")
        yield f"  {plural(count, 'promise'):<12} {paint('quiet', f'{first[key].reason:<48}')} {toml}"
    if len(helped) > MAX_KEYS:
        yield paint("quiet", f"  and {len(helped) - MAX_KEYS} more keys: see --json")


def verdict(results: Iterable[Result]) -> str:
    """`62 promises, 0 gaps, 1 finding, 0 errors, 0 warnings`; and how many findings are silenced, if any."""
    every = list(results)
    levels = Counter(placed.diagnostic.level for result in every for placed in result.diagnostics)
    findings = [finding for result in every for finding in result.findings]
    silenced = sum(finding.silenced is not None for finding in findings)
    parts = [
        plural(sum(len(result.reading.promises) for result in every), "promise"),
        plural(sum(len(result.reading.gaps) for result in every), "gap"),
        plural(len(findings) - silenced, "finding"),
        plural(levels["error"], "error"),
        plural(levels["warning"], "warning"),
    ]
    return ", ".join(parts) + (f"; {silenced} silenced" if silenced else "")
