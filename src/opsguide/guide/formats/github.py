"""GitHub's workflow commands: each message is shown at its line in the pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions; the escapes are those of
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from collections.abc import Iterable, Iterator, Mapping

from ..checking import Outcome, Unusable
from ..diagnostics import Level, Mark, Note, printable
from ..summary import verdict
from .told import Manner, told

_COMMANDS: Mapping[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def commands(outcomes: Iterable[Outcome], _manner: Manner) -> Iterator[str]:
    """A command a message, and a line for the log after each guide."""
    for outcome in outcomes:
        if isinstance(outcome, Unusable):
            hint = f"\n{outcome.error.hint}" if outcome.error.hint else ""
            yield _command(
                "error", {"file": outcome.name, "title": "opsguide"}, f"{outcome.error.what}{hint}"
            )
            continue
        for one in told(outcome.result):
            if one.silenced is None:
                yield _message(one.file, one.note)
        # Begins with a word of ours: a title in the guide must not be able to begin a command.
        yield f"checked {printable(outcome.name)}: {verdict([outcome.result])}"


def _message(file: str, note: Note) -> str:
    properties = {"file": file, **_place(note.marks[0]), "title": note.code}
    return _command(_COMMANDS[note.level], properties, f"{note.message}\n{note.hint}".rstrip())


def _place(mark: Mark) -> dict[str, str]:
    """GitHub takes columns only where one line is meant."""
    place = {"line": str(mark.span.line), "endLine": str(mark.span.end_line)}
    if mark.end_column > mark.column and mark.span.line == mark.span.end_line:
        place |= {"col": str(mark.column), "endColumn": str(mark.end_column)}
    return place


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {said}::{_data(printable(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
