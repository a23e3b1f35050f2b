"""`opsguide diff`: what a change of the guide means for what is promised.

Exit status: 0 compared; 1 with --strict where a promise was dropped or loosened, or changed so that nobody can tell;
2 one of the two cannot be used.
"""

import os
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from . import revisions
from .change import compare
from .diagnostics import Paint
from .formats import changes, markdown
from .formats.changes import Compared
from .formats.choice import chosen
from .reading import read

Write: TypeAlias = Callable[[Compared, Paint], Iterator[str]]


class Format(StrEnum):
    """How the comparison is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


WRITE: dict[Format, Write] = {
    Format.TEXT: changes.text,
    Format.JSON: changes.as_json,
    Format.MARKDOWN: markdown.table,
}


def diff(
    context: typer.Context,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A file, REVISION:PATH of git, or a REVISION of NEW.")
    ],
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="A file, - or REVISION:PATH; default: OLD, and its HEAD as OLD."),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to write it.", show_default="text")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a promise is dropped, loosened or changed.")
    ] = False,
) -> None:
    """What a change of the guide means: promises added, dropped, loosened, tightened, changed, moved.

    Exit status: 0 compared; 1 with --strict where a promise was dropped or loosened, or changed in a way that is
    neither; 2 one of the two cannot be used.
    """
    form = chosen(form, as_json=as_json, json=Format.JSON, otherwise=Format.TEXT)
    readers = context.obj()
    (was, before), (now, after) = _both(old, new)
    compared = Compared(
        old=was, new=now, found=compare(read(before, readers, where=was), read(after, readers, where=now))
    )
    paint = Paint.for_stream(sys.stdout, os.environ)
    for line in WRITE[form](compared, paint):
        typer.echo(line, color=True)
    raise typer.Exit(int(strict and compared.found.may_be_weaker))


def _both(old: str, new: str | None) -> tuple[tuple[str, str], tuple[str, str]]:
    """Name and text of both guides. Raises GuideError."""
    if new is None:
        return revisions.load_before("HEAD", old), revisions.load(old)
    if _is_revision(old):
        return revisions.load_before(old, new), revisions.load(new)
    return revisions.load(old), revisions.load(new)


def _is_revision(name: str) -> bool:
    return name != revisions.STDIN and ":" not in name and not Path(name).exists()
