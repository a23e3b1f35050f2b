"""A comparison of two guides in Markdown, for a pull request.

Words of the guide stand in code: a handle in them must notify nobody, and no sign of theirs is markup.
"""

import re
from collections.abc import Iterator

from ..change import Change
from ..diagnostics import Paint, printable
from ..promise import Promise
from .changes import UNSAID, Compared, verdict

MAX_ROWS = 200
MAX_WORDS = 160


def table(compared: Compared, _paint: Paint) -> Iterator[str]:
    """A sentence, and a row a changed part of a promise."""
    found = compared.found
    yield f"**What {code(compared.new)} promises**: {verdict(found)}"
    rows = [row for change in found.changes for row in _rows(change)]
    rows += [("unclear", code(gap.why), "", f"line {gap.span}: {code(gap.text)}") for gap in found.unclear]
    if not rows:
        return
    yield ""
    yield "| | promise | before | after |"
    yield "|---|---|---|---|"
    for row in rows[:MAX_ROWS]:
        yield f"| {' | '.join(row)} |"
    if len(rows) > MAX_ROWS:
        yield ""
        yield f"and {len(rows) - MAX_ROWS} more rows"


def _rows(change: Change) -> Iterator[tuple[str, str, str, str]]:
    name, kind = code(change.promise.id), f"**{change.kind}**"
    if change.kind == "moved":
        yield kind, name, _place(change.before), _place(change.after)
    elif not change.details:
        yield kind, name, _stated(change.before), _stated(change.after)
    for detail in change.details:
        what = f"{name}, line {change.promise.span}<br>{detail.what}"
        yield kind, what, code(detail.before or UNSAID), code(detail.after or UNSAID)


def _stated(promise: Promise | None) -> str:
    return "" if promise is None else f"line {promise.span}: {code(promise.text)}"


def _place(promise: Promise | None) -> str:
    return "" if promise is None else f"line {promise.span}, {code(promise.section or 'the top')}"


def code(text: str) -> str:
    """As a code span that may stand in a table: one line, its backticks and pipes harmless."""
    line = " ".join(printable(text).split())
    line = line[:MAX_WORDS] + "…" if len(line) > MAX_WORDS else line
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")
