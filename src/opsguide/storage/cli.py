"""`opsguide ledger`: verify, export, show. Only reads, also while the service runs.

Exit status: 0 for success, 1 where the ledger does not verify (LedgerBroken), 2 for wrong usage and where there is
nothing to read (any other OpsguideError). The command's root prints the error.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console

from ..kernel.errors import LedgerError
from ..kernel.ledger import Head
from .export import export as write_export
from .export import exported
from .options import DEFAULT_DATA, DataOption
from .publish import published
from .reader import open_readonly
from .show import Wanted, as_line, as_table, wanted_rows
from .verify import Proof, verify, verify_stored

app = typer.Typer(
    help="Verify, export or show the ledger: what happened, hash by hash. Only reads, also beside a running service.",
    no_args_is_help=True,
    add_completion=False,
)

WIDTH_WITHOUT_TERMINAL = 200


@app.command("verify")
def verify_command(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="An export (JSON lines) in place of a data directory."),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    heads: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Heads published earlier: each must be on the chain, so a cut-off end shows."
        ),
    ] = None,
) -> None:
    """Check every row against the hash chain, and personal data against what the chain says of it.

    Needs no network, no service, and no knowledge of the facts' types. Exit status 1 names the first row that does
    not fit.
    """
    expected = [] if heads is None else published(heads)
    if file is None:
        reader = open_readonly(data)
        proof = verify_stored(reader, expected)
    else:
        proof = verify(exported(file), expected)
    typer.echo(_told(proof))


@app.command()
def export(
    data: DataOption = DEFAULT_DATA,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write, readable by you only; default: standard output."),
    ] = None,
) -> None:
    """Write the whole ledger as JSON lines, personal data that was not erased included.

    The first line says where the chain ends; then comes one row a line with its hashes and its bytes as they were
    hashed. `opsguide ledger verify FILE` checks it anywhere.
    """
    reader = open_readonly(data)
    if output is None:
        write_export(reader, sys.stdout.buffer)
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with _private(part) as file:
            head = write_export(reader, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LedgerError(f"the export cannot be written ({error.strerror})", where=str(output)) from error
    typer.echo(f"{output}: {_rows(head)}", err=True)


@app.command()
def show(
    data: DataOption = DEFAULT_DATA,
    subject: Annotated[
        str | None, typer.Option(metavar="SUBJECT", help="Only what is about this, as incident:INC-3.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="Only facts of this type, as incident.opened."),
    ] = None,
    after: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="The first rows after this number; default: the last rows."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many rows.")] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with all that is stored.")
    ] = False,
) -> None:
    """List facts: number, time, type, subject, who, and the reason they name."""
    rows = wanted_rows(open_readonly(data), Wanted(subject, kind, after, limit))
    if as_json:
        for row, body in rows:
            sys.stdout.buffer.write(as_line(row, body) + b"\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(as_table(rows) if rows else "no facts match", highlight=False)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _rows(head: Head) -> str:
    return f"{head.seq:,} row{'' if head.seq == 1 else 's'}, head {head.hash.hex()}"


def _told(proof: Proof) -> str:
    beside = f"personal data: {proof.personal} kept, {proof.erased} erased"
    heads = f"\n{proof.heads} published heads are on it" if proof.heads else ""
    return f"the chain verifies: {_rows(proof.head)}\n{beside}{heads}"
