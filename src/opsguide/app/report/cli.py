"""`opsguide report`: what was kept and broken in a month, from the ledger alone."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...kernel.clock import to_datetime
from ...kernel.errors import OpsguideError
from ...kernel.facts import FactTypes, Recorded
from ...service.clock import SystemClock
from ...storage.options import DEFAULT_DATA, DataOption
from ...storage.reader import Reader, open_readonly
from ..core import fact_types
from ..options import AsOfOption, moment
from .build import build
from .forms import SUFFIXES, WRITE, Format


class Stored:
    """A ledger's folder as the report reads it, also beside a running service."""

    def __init__(self, reader: Reader, types: FactTypes) -> None:
        self._reader, self._types = reader, types
        self._upto = reader.head().seq

    def read(self, after: int = 0, *, subject: str | None = None) -> Iterator[Recorded]:
        if subject is not None:
            return self._reader.read_about(self._types, subject, after, self._upto)
        return self._reader.read(self._types, after, self._upto)

    def hash_at(self, seq: int) -> bytes:
        return self._reader.hash_at(seq)


def report(
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="The month; default: the current one.")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to write it.", show_default="by --output, else md")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; default: standard output.")
    ] = None,
    as_of: AsOfOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Report a month: kept and broken promises, incidents against their clocks, guide changes, signatures, evidence.

    Reads the ledger, so it also answers when the service is down; every row is checked against the chain on the way.
    """
    at = moment(as_of, SystemClock().now())
    chosen = form or _by_name(output)
    if chosen is Format.PDF and output is None and sys.stdout.isatty():
        raise OpsguideError("a PDF is no text for a terminal", hint="name a file with --output")
    source = Stored(open_readonly(data), fact_types())
    written = WRITE[chosen](build(source, month or f"{to_datetime(at):%Y-%m}", at))
    if output is None:
        sys.stdout.buffer.write(written)
        return
    part = output.with_name(f"{output.name}.part")
    try:
        # It names people and quotes their notes: readable by its owner only.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(written)
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OpsguideError(f"the report cannot be written ({error.strerror})", where=str(output)) from error
    typer.echo(f"{output}: {len(written):,} bytes", err=True)


def _by_name(output: Path | None) -> Format:
    """`report.pdf` is a PDF, `report.oscal.json` OSCAL; what says nothing is Markdown."""
    name = output.name.lower() if output is not None else ""
    found = [form for form, suffix in SUFFIXES.items() if name.endswith(f".{suffix}")]
    return found[-1] if found else Format.MD
