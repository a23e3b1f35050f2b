"""Checks one guide: reads it, holds its bindings to it, finds what cannot be so. What `check` prints, and more."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeAlias

from msgspec import Struct

from ..kernel.errors import OpsguideError
from . import source
from .bindings import Bindings, check_against, file, read_bindings, unbound
from .contract import Placed, Result
from .findings import find
from .memory import Memory
from .promise import Diagnostic, Reading
from .reader import Reader
from .reading import read

STDIN = "-"


class Checked(Struct, frozen=True):
    """A guide that was checked, with the texts that its messages point into."""

    result: Result
    text: str
    bindings_text: str = ""

    @property
    def name(self) -> str:
        return self.result.guide


class Unusable(Struct, frozen=True):
    """A guide, or its bindings, that could not be checked at all."""

    name: str
    error: OpsguideError


Outcome: TypeAlias = Checked | Unusable


def check(guide: str, readers: Sequence[Reader], bindings: Path | None = None) -> Outcome:
    """A file or `-`, with these bindings, else those beside it."""
    # A file's name may hold bytes that are no text; what is written about it is text.
    name = "stdin" if guide == STDIN else os.fsencode(guide).decode(errors="replace")
    try:
        beside = None if guide == STDIN else file.beside(Path(guide))
        return judge(name, _text(guide), readers, bindings or beside)
    except OpsguideError as error:
        return Unusable(name, error)


def _text(guide: str) -> str:
    """Raises GuideError."""
    if guide != STDIN:
        return source.load(Path(guide))
    raw = _at_most(sys.stdin.buffer, source.MAX_BYTES)
    if raw is None:
        raise source.too_large("stdin")
    return source.decode(raw, where="stdin")


def _at_most(stream: IO[bytes], limit: int) -> bytes | None:
    """All bytes, None if there are more than `limit`: an endless stream ends here."""
    raw = stream.read(limit + 1)
    return raw if len(raw) <= limit else None


def judge(
    name: str,
    text: str,
    readers: Sequence[Reader],
    path: Path | None,
    load: Callable[[Path], str] = file.load,
    memory: Memory | None = None,
) -> Checked:
    """Everything that there is to say about a text. Raises GuideError or BindingsError.

    `load` gives the text of the bindings. With the same `memory` a text that differs little is read faster.
    """
    reading = read(text, readers, where=name, memory=memory)
    said = [Placed(name, diagnostic) for diagnostic in reading.diagnostics]
    bound, bindings_text = None, ""
    if path is not None:
        bindings_text = load(path)
        bound, complaints = _bindings(reading, bindings_text, path.name)
        said += [Placed(str(path), diagnostic) for diagnostic in complaints]
    result = Result(
        guide=name,
        bindings=None if path is None else str(path),
        reading=reading,
        findings=find(reading, bound, text, memory),
        diagnostics=tuple(said),
        unbound=None if bound is None else unbound(reading, bound),
    )
    return Checked(result, text, bindings_text)


def _bindings(reading: Reading, text: str, where: str) -> tuple[Bindings | None, tuple[Diagnostic, ...]]:
    bound, complaints = read_bindings(text, where=where)
    if bound is not None:
        complaints = (*complaints, *check_against(reading, bound, text=text, where=where))
    return bound, complaints


def status(outcome: Outcome, *, strict: bool) -> int:
    """The exit status: 0 clean, 1 something is wrong (see `fails`), 2 it could not be used."""
    if isinstance(outcome, Unusable):
        return 2
    result = outcome.result
    levels = {placed.diagnostic.level for placed in result.diagnostics}
    open_findings = any(finding.silenced is None for finding in result.findings)
    unclear = result.reading.gaps or open_findings or "warning" in levels
    return int("error" in levels or (strict and bool(unclear)))
