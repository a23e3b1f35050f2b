"""`opsguide import`: from the exports of another tool to bindings, and a report of what has no equal here."""

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from ..guide import source as guide_source
from ..guide.bindings import Bindings, file, read_bindings
from ..guide.diagnostics import Paint, printable
from ..guide.files import Changed, put
from ..guide.init.terminal import Person as Terminal
from ..guide.reading import read
from ..kernel.errors import BindingsError, ImportFailed
from . import alertmanager, grafana_oncall, opsgenie, pagerduty
from .documents import load
from .draft import Draft
from .model import Found
from .names import Names
from .report import report as told_report
from .severities import meaning_of

Read: TypeAlias = Callable[[Mapping[str, str], datetime], Found]


class Source(StrEnum):
    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"
    ONCALL = "oncall"
    ALERTMANAGER = "alertmanager"


_READERS: dict[Source, Read] = {
    Source.PAGERDUTY: pagerduty.read,
    Source.OPSGENIE: opsgenie.read,
    Source.ONCALL: grafana_oncall.read,
    Source.ALERTMANAGER: alertmanager.read,
}


def import_(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    context: typer.Context,
    source: Annotated[
        Source, typer.Argument(metavar="TOOL", help="pagerduty, opsgenie, oncall or alertmanager.")
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="What its REST API answered; of Alertmanager its configuration."
        ),
    ],
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="FILE", help="Add to these bindings, after a look at what."),
    ] = None,
    guide: Annotated[
        Path | None, typer.Option("--guide", metavar="FILE", help="Compare its routes with what is imported.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the report there; default: print it."),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option("--team", metavar="SCHEDULE=TEAM", help="What the guide calls a schedule's team."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Take over people, schedules and escalation from another tool.

    Writes nothing without --into: prints the report, and the bindings in it. Nothing that is bound already is changed.
    """
    if into is not None and not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("import asks, and there is no terminal: add --yes", param_hint="--into")
    before = _before(into)
    old = _bindings(before or "", str(into))
    reading = None if guide is None else read(guide_source.load(guide), context.obj(), where=guide.name)
    found = _READERS[source](_texts(files), datetime.now(UTC))
    draft = Draft(found, old, Names(old, _teams(team or [], found)), meaning_of(old, reading))
    after = _after(before, draft, found.tool)
    told = told_report(found, draft, _whole(after, into), reading, preview=into is None)
    if into is not None and draft.text:
        _write(into, before, after, ask=not yes)
    _tell(told, report)
    if into is not None and not draft.text:
        typer.echo(f"There is nothing to add to {printable(str(into))}.")


def _texts(files: list[Path]) -> dict[str, str]:
    return {str(path): load(path) for path in files}


def _teams(given: list[str], found: Found) -> dict[str, str]:
    """What `--team` says, by the names of schedules."""
    teams = dict(one.rpartition("=")[::2] for one in given)
    known = {schedule.name.casefold() for schedule in found.schedules}
    for name, team in teams.items():
        if not name or not team.strip():
            raise typer.BadParameter(
                "write SCHEDULE=TEAM, such as 'Primary=core-platform'", param_hint="--team"
            )
        if name.casefold() not in known:
            listed = ", ".join(schedule.name for schedule in found.schedules) or "none"
            message = f"there is no schedule `{name}` that could be taken over; there are: {listed}"
            raise typer.BadParameter(printable(message), param_hint="--team")
    return {name: team.strip() for name, team in teams.items()}


def _before(into: Path | None) -> str | None:
    """What the bindings hold; None where there are none yet."""
    if into is None or not into.exists():
        if into is not None and not into.parent.is_dir():
            raise BindingsError("there is no such folder", where=str(into.parent), hint="create it first")
        return None
    return file.load(into)


def _bindings(text: str, where: str) -> Bindings:
    found, problems = read_bindings(text, where=where)
    if found is None:
        wrong = next(one for one in problems if one.level == "error")
        raise BindingsError(
            wrong.message,
            where=f"{where}:{wrong.line}",
            hint="mend it first: `opsguide check` says all that is wrong",
        )
    return found


def _after(before: str | None, draft: Draft, tool: str) -> str:
    """The old text with the new one after it: what people wrote stays as they wrote it."""
    if not draft.text:
        return before or ""
    head = f"# From {tool}, by `opsguide import`. What has no equal here stands in its report.\n"
    return (
        f"{before.rstrip()}\n\n\n{head}\n{draft.text}"
        if before and before.strip()
        else f"{head}\n{draft.text}"
    )


def _whole(text: str, into: Path | None) -> Bindings:
    """The bindings with what is imported, which have to be right before anything is written."""
    found, problems = read_bindings(text)
    if found is None:
        wrong = next(one for one in problems if one.level == "error")
        raise ImportFailed(
            f"what is imported does not go with what is there: {wrong.message}",
            where=str(into or "opsguide.toml"),
            hint=f"{wrong.hint or 'give each person, team and channel a table of its own'}; nothing was written",
        )
    return found


def _write(into: Path, before: str | None, after: str, *, ask: bool) -> None:
    """After a look at what changes, and a yes."""
    paint = Paint.for_stream(sys.stdout, os.environ)
    shades = {"+": "help", "-": "error"}
    for one in difflib.unified_diff(
        (before or "").splitlines(), after.splitlines(), str(into), str(into), lineterm=""
    ):
        typer.echo(paint(shades[one[0]], printable(one)) if one[:1] in shades else printable(one), color=True)
    if ask and not Terminal(paint).agrees(f"Write this to {into}? [y/N]"):
        raise ImportFailed("was left as it is", where=str(into))
    raw = None if before is None else into.read_bytes()
    try:
        if before is not None and file.load(into) != before:
            raise Changed
        put(into, after.encode(), before=raw)
    except Changed:
        raise BindingsError("was changed meanwhile", where=str(into), hint="nothing was written") from None
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise BindingsError(
            f"cannot be written: {reason}", where=str(into), hint="nothing was written"
        ) from None
    typer.echo(f"wrote {printable(str(into))}\n")


def _tell(told: str, path: Path | None) -> None:
    if path is None:
        typer.echo(printable(told))
        return
    try:
        before = path.read_bytes() if path.exists() else None
        if before is not None and not before.startswith(b"# Import from "):
            raise ImportFailed(
                "is there, and no report", where=str(path), hint="give the report another name"
            )
        put(path, told.encode(), before=before)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise ImportFailed(f"the report cannot be written: {reason}", where=str(path)) from None
    typer.echo(f"the report stands in {printable(str(path))}")
