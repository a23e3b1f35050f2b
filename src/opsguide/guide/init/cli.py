"""`opsguide init`: from a guide to bindings that `check` accepts."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from ...kernel.errors import BindingsError
from .. import source
from ..bindings import SCHEMA_FILE, Bindings, file, schema, unbound
from ..diagnostics import Paint, printable
from ..files import Changed, put
from ..promise import Reading
from ..reader import Readers
from ..reading import read
from ..routes import A_ROUTE, NOBODY, calls_nobody
from ..wording import plural
from .draft import Draft
from .interview import Interview, Nobody
from .local import PROMETHEUS
from .looking import look
from .terminal import Person

Provide: TypeAlias = Callable[[], Readers]
_HEAD = '{\n  "$schema": "http://json-schema.org/draft-07/schema#",\n  "title": "opsguide.toml"'
"""How a schema of ours begins: a newer one may take its place unasked."""


def init(
    context: typer.Context,
    guide: Annotated[Path, typer.Argument(metavar="GUIDE", help="The operations guide, a Markdown file.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Where to write; default: opsguide.toml beside the guide."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: write what can be found.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    prometheus: Annotated[
        int,
        typer.Option("--prometheus", metavar="PORT", min=1, max=65_535, help="Of a Prometheus on 127.0.0.1."),
    ] = PROMETHEUS,
) -> None:
    """Ask what a guide's promises need, and write the bindings.

    Looks at the git remote, a Compose file, its ports on this machine and a Prometheus on it for answers to offer.
    What is left out stands in the file as a comment.
    """
    path = output or guide.parent / file.NAME
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("init asks, and there is no terminal: add --yes", param_hint="GUIDE")
    provide: Provide = context.obj
    reading = read(source.load(guide), provide(), where=guide.name)
    person = None if yes else Person(Paint.for_stream(sys.stdout, os.environ))
    before = _before(path, force=force, person=person)
    found = look(guide, prometheus=prometheus)
    for note in found.notes:
        typer.echo(f"note: {printable(note)}", err=True)
    if person is not None:
        person.greet(printable(guide.name))
    interview = Interview(reading, found, person or Nobody())
    interview.run()
    _write(path, interview.draft.document(printable(guide.name)), before)
    for line in _told(reading, interview.draft, guide, path):
        typer.echo(line)


def _before(path: Path, *, force: bool, person: Person | None) -> bytes | None:
    """What the file holds that is to be replaced; None where there is none. Raises BindingsError, if it is to stay."""
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        if path.parent.is_dir():
            return None
        raise BindingsError(
            "there is no such folder", where=str(path.parent), hint="create it first"
        ) from None
    except OSError as problem:
        raise _refused(path, problem) from None
    if not force and not (person and person.agrees(f"{path} is there. Replace it with a new one? [y/N]")):
        raise BindingsError("is there, and was left as it is", where=str(path), hint="--force replaces it")
    return before


def _write(path: Path, text: str, before: bytes | None) -> None:
    try:
        put(path, text.encode(), before=before)
    except Changed:
        raise BindingsError("was changed meanwhile", where=str(path), hint="nothing was written") from None
    except OSError as problem:
        raise _refused(path, problem) from None
    beside = path.with_name(SCHEMA_FILE)
    try:
        old = beside.read_bytes() if beside.exists() else None
        if old is None or old.decode(errors="replace").startswith(_HEAD):
            put(beside, schema().encode(), before=old)
    except OSError as problem:
        typer.echo(f"note: {beside} was not written: {problem.strerror or problem}", err=True)


def _refused(path: Path, problem: OSError) -> BindingsError:
    reason = (problem.strerror or str(problem)).lower()
    return BindingsError(f"cannot be written: {reason}", where=str(path), hint="nothing was written")


def _told(reading: Reading, draft: Draft, guide: Path, path: Path) -> list[str]:
    """How much is bound now, and what to do next."""
    every = len(reading.promises)
    now = unbound(reading, draft.bindings())
    lacking = {missing.promise for missing in now if missing.key}
    later = {missing.promise for missing in now} - lacking
    before = len({missing.promise for missing in unbound(reading, Bindings())})
    named = "" if path == guide.parent / file.NAME else f" --bindings {path}"
    variables = [
        str(value).removeprefix("env:")
        for key, value in draft.bound.items()
        if key[0] == "channels" and str(value).startswith("env:")
    ]
    return [
        "",
        f"wrote {path}, and {SCHEMA_FILE} beside it for editors",
        f"{every - len(lacking) - len(later)} of {plural(every, 'promise')} are bound now, {every - before} were "
        f"without it; {len(lacking)} without a key, {len(later)} not kept by this version yet",
        *((NOBODY, f"  {A_ROUTE}") if calls_nobody(reading.promises) else ()),
        *([f"set for the service before it starts: {', '.join(variables)}"] if variables else []),
        "next:",
        f"  opsguide check {guide}{named}",
        f"  opsguide serve {guide}{named} --data ./data",
    ]
