"""`opsguide check`: reads a guide and says what it promises, what is unclear, and what is not bound.

Exit status: 0 clean; 1 the guide or the bindings have an error, or with --strict a gap, a finding or a warning;
2 the input cannot be used.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

import typer

from ..kernel.errors import BindingsError
from . import source
from .bindings import Bindings, check_against, read_bindings, unbound
from .contract import Placed, Result, encode
from .diagnostics import Note, Paint, Sheet, of_diagnostic, of_finding, of_gap
from .findings import find
from .promise import Diagnostic, Reading
from .reader import Readers
from .reading import read
from .summary import summary

STDIN = "-"
MAX_NOTES = 200
"""Notes that are drawn; the JSON has all."""
MAX_BINDINGS_BYTES = 1_000_000

Provide: TypeAlias = Callable[[], Readers]
"""What the root hands in as the context's object: guide knows no chapter, so it is given their readers."""


def check(
    context: typer.Context,
    guide: Annotated[str, typer.Argument(metavar="GUIDE", help="A Markdown file, or - for standard input.")],
    bindings: Annotated[
        Path | None,
        typer.Option(
            "--bindings", metavar="FILE", help="Bindings; default: opsguide.toml beside the guide, if any."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the public contract as JSON.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on gaps, findings and warnings too.")
    ] = False,
) -> None:
    """Read a guide: what it promises, what is unclear, what is not bound.

    Exit status: 0 clean; 1 an error in the guide or the bindings, or with --strict a gap, a finding or a
    warning; 2 the input cannot be used.
    """
    readers: Provide = context.obj
    name, text = _guide(guide)
    reading = read(text, readers(), where=name)
    result, bound_text = _judge(name, reading, bindings or _beside(guide))
    if as_json:
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(result))
    else:
        paint = Paint.for_stream(sys.stdout, os.environ)
        for line in report(result, text, bound_text, paint):
            typer.echo(line, color=True)
    raise typer.Exit(status(result, strict=strict))


def _guide(guide: str) -> tuple[str, str]:
    """The guide's name for messages, and its text. Raises GuideError."""
    if guide != STDIN:
        return guide, source.load(Path(guide))
    raw = _at_most(sys.stdin.buffer, source.MAX_BYTES)
    if raw is None:
        raise source.too_large("stdin")
    return "stdin", source.decode(raw, where="stdin")


def _beside(guide: str) -> Path | None:
    """The bindings that `serve` would take too."""
    path = Path(guide).parent / "opsguide.toml"
    return path if guide != STDIN and path.is_file() else None


def _at_most(stream: BinaryIO, limit: int) -> bytes | None:
    """All bytes, None if there are more than `limit`: an endless stream ends here."""
    raw = stream.read(limit + 1)
    return raw if len(raw) <= limit else None


def _judge(name: str, reading: Reading, path: Path | None) -> tuple[Result, str]:
    """Everything that there is to say, and the text of the bindings."""
    said = [Placed(name, diagnostic) for diagnostic in reading.diagnostics]
    bound, text = None, ""
    if path is not None:
        text = load_bindings(path)
        bound, complaints = _bindings(reading, text, path.name)
        said += [Placed(str(path), diagnostic) for diagnostic in complaints]
    result = Result(
        guide=name,
        bindings=None if path is None else str(path),
        reading=reading,
        findings=find(reading, bound),
        diagnostics=tuple(said),
        unbound=None if bound is None else unbound(reading, bound),
    )
    return result, text


def _bindings(reading: Reading, text: str, where: str) -> tuple[Bindings | None, tuple[Diagnostic, ...]]:
    bound, complaints = read_bindings(text, where=where)
    if bound is not None:
        complaints = (*complaints, *check_against(reading, bound, text=text, where=where))
    return bound, complaints


def load_bindings(path: Path) -> str:
    """The text of a bindings file. Raises BindingsError."""
    where = str(path)
    try:
        with path.open("rb") as file:
            raw = _at_most(file, MAX_BINDINGS_BYTES)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise BindingsError(f"cannot be read: {reason}", where=where, hint="check the path") from None
    if raw is None:
        raise BindingsError("is too large for bindings", where=where, hint="name opsguide.toml")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BindingsError(
            "is not UTF-8 text", where=where, hint="save it as UTF-8: TOML asks for it"
        ) from None


def report(result: Result, text: str, bindings_text: str, paint: Paint) -> Iterator[str]:
    """The lines of the text report: notes first, the summary last, where the eye is."""
    told = [of_diagnostic(placed.diagnostic) for placed in result.diagnostics if placed.file == result.guide]
    about_guide = [*told, *map(of_gap, result.reading.gaps), *map(of_finding, result.findings)]
    yield from _drawn(Sheet(result.guide, source.clean(text, where=result.guide), paint), about_guide)
    others = [placed for placed in result.diagnostics if placed.file != result.guide]
    if others:
        sheet = Sheet(others[0].file, bindings_text.split("\n"), paint)
        yield from _drawn(sheet, [of_diagnostic(placed.diagnostic) for placed in others])
    yield from summary(result, paint)


def _drawn(sheet: Sheet, notes: Sequence[Note]) -> Iterator[str]:
    ordered = sorted(notes, key=lambda note: note.marks[0].span)
    yield from sheet.draw(islice(ordered, MAX_NOTES))
    if len(notes) > MAX_NOTES:
        yield f"and {len(notes) - MAX_NOTES} more: see --json\n"


def status(result: Result, *, strict: bool) -> int:
    """0 or 1; see the top of this file."""
    levels = {placed.diagnostic.level for placed in result.diagnostics}
    unclear = result.reading.gaps or result.findings or "warning" in levels
    return int("error" in levels or (strict and bool(unclear)))
