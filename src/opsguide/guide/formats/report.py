"""The text report: messages as a good compiler writes them, what the guide promises, and one line that says it all."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from .. import source
from ..checking import Checked, Outcome
from ..contract import Result
from ..diagnostics import Sheet
from ..summary import summary, verdict
from .told import Manner, told

MAX_NOTES = 200
"""Messages of one file that are drawn; the other forms have all."""


def text(outcomes: Iterable[Outcome], manner: Manner) -> Iterator[str]:
    """Lines to print; of several guides one report after the other, and a last line for all."""
    results: list[Result] = []
    for outcome in outcomes:
        if isinstance(outcome, Checked):
            results.append(outcome.result)
            yield from _report(outcome, manner)
            if manner.several:
                yield ""
    if manner.several:
        yield f"{len(results)} guides: {verdict(results)}"


def _report(checked: Checked, manner: Manner) -> Iterator[str]:
    shown = (one for one in told(checked.result) if one.silenced is None)
    for file, messages in groupby(shown, key=lambda one: one.file):
        notes = [one.note for one in messages]
        yield from Sheet(file, _lines(checked, file), manner.paint).draw(islice(notes, MAX_NOTES))
        if len(notes) > MAX_NOTES:
            yield f"and {len(notes) - MAX_NOTES} more: see --json\n"
    yield from summary(checked.result, manner.paint)


def _lines(checked: Checked, file: str) -> list[str]:
    if file == checked.name:
        return source.clean(checked.text, where=file)
    return checked.bindings_text.split("\n")
