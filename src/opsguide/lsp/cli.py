"""`opsguide lsp`: the language server, on standard input and output. An editor starts it."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..kernel.errors import GuideError
from .server import build

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def lsp(
    context: typer.Context,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="GLOB",
            help="Check only guides with such a name; default: every Markdown document.",
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Write what it does there, beside its errors."),
    ] = None,
    stdio: Annotated[bool, typer.Option("--stdio", help="Accepted, since some editors pass it.")] = False,
) -> None:
    """Language server for editors: speaks the protocol on standard input and output."""
    _log(log)
    # What anybody prints by mistake must not end between two messages.
    output, sys.stdout = sys.stdout.buffer, sys.stderr
    build(context.obj(), only or ()).start_io(stdout=output)


def _log(path: Path | None) -> None:
    """Warnings to standard error, which editors show; with a file all that was checked, too."""
    noise = logging.StreamHandler(sys.stderr)
    noise.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [noise]
    if path is not None:
        try:
            handlers.append(logging.FileHandler(path, encoding="utf-8"))
        except OSError as problem:
            reason = (problem.strerror or str(problem)).lower()
            raise GuideError(
                f"cannot be written: {reason}", where=str(path), hint="name another file"
            ) from None
    logging.basicConfig(level=logging.INFO, format=FORM, handlers=handlers, force=True)
    # It writes each message that it receives, which are whole guides.
    logging.getLogger("pygls").setLevel(logging.WARNING)
