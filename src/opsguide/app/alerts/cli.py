"""`opsguide alerts`: test, check and export. Reads files only; no service is needed."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...guide.diagnostics import Paint, printable
from ...guide.reader import Readers
from ...guide.wording import plural
from ...rulefiles.unittests.reading import TestFileError
from . import told
from .export import exported
from .guide import adopted
from .testing import FileResult, groups_of, results_of

app = typer.Typer(
    help="Test alerts, check rule files, write the guide's alerts as a rule file.",
    no_args_is_help=True,
    add_completion=False,
)


class Form(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of tests, as promtool reads them.")]


@app.command("test")
def run_tests(
    context: typer.Context,
    files: Files,
    form: Annotated[Form, typer.Option("--format", help="How to write the results.")] = Form.TEXT,
    run: Annotated[str, typer.Option("--run", help="Only tests with this text in their name.")] = "",
) -> None:
    """Run unit tests of alerts: of rule files, or of a guide.

    Exit status: 0 all passed; 1 something failed; 2 a file cannot be used.
    """
    readers: Callable[[], Readers] = context.obj
    results = [results_of(path, readers, run) for path in files]
    _write(form, results)
    unusable = any(result.problems for result in results)
    raise typer.Exit(2 if unusable else 1 if any(result.failed for result in results) else 0)


def _write(form: Form, results: Sequence[FileResult]) -> None:
    if form is Form.TEXT:
        _text(told.text(results, Paint.for_stream(sys.stdout, os.environ)))
        return
    for line in (told.as_json if form is Form.JSON else told.junit)(results):
        sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _text(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line, color=True)


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Prometheus rule files.")],
) -> None:
    """Check rule files as the service reads them: every problem with its line, and what to do.

    Exit status: 0 they can be used; 2 they cannot.
    """
    paint = Paint.for_stream(sys.stdout, os.environ)
    groups, problems = groups_of(files)
    for line in told.problems(problems, paint):
        typer.echo(line, color=True)
    rules = sum(len(group.rules) for group in groups)
    typer.echo(
        f"{plural(rules, 'rule')} in {plural(len(groups), 'group')}, {plural(len(problems), 'problem')}"
    )
    raise typer.Exit(2 if problems else 0)


@app.command("export")
def export(
    context: typer.Context,
    guide: Annotated[Path, typer.Argument(metavar="GUIDE", help="A guide.")],
    bindings: Annotated[
        Path | None,
        typer.Option("--bindings", help="Bindings; default: opsguide.toml beside the guide, if any."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help="A metric that the service has: built-in signals are chosen by it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write there; default: print it.")
    ] = None,
) -> None:
    """Write the guide's alerts as a Prometheus rule file. What it lacks is told on standard error."""
    readers: Callable[[], Readers] = context.obj
    try:
        found = exported(adopted(guide, bindings, readers()), guide.name, metrics or ())
    except TestFileError as error:
        for problem in told.problems(error.problems, Paint.for_stream(sys.stderr, os.environ)):
            typer.echo(problem, err=True, color=True)
        raise typer.Exit(2) from None
    for line, why in found.left_out:
        typer.echo(f"{guide}:{line}: left out: {printable(why)}", err=True)
    if output is None:
        sys.stdout.buffer.write(found.text.encode("utf-8", "backslashreplace"))
        return
    output.write_text(found.text, encoding="utf-8")
    typer.echo(f"wrote {plural(found.rules, 'rule')} to {output}")
