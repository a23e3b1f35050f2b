"""`opsguide prove`: a drill of a promise, through the running service; what was proven, step by step."""

import getpass
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ...kernel.clock import parse_instant, rfc3339
from ...kernel.duration import spoken
from ...kernel.errors import OpsguideError
from ...monitoring.drills.timeline import RESULTS, WHAT
from ...storage.options import DEFAULT_DATA, DataOption
from ..remote import AsOption, ask, post

LOOK_SECONDS = 1.0


def prove(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    promise: Annotated[
        str | None, typer.Argument(help="A promise's id, as `opsguide prove --list` shows it.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Leave the alert's wait out; it is not proven then.")
    ] = False,
    to: Annotated[
        str, typer.Option("--to", metavar="PERSON", help="Page this person, not who is on call.")
    ] = "",
    no_page: Annotated[
        bool, typer.Option("--no-page", help="Stop before anybody is told; proves the rest.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Page people without asking first.")] = False,
    show: Annotated[
        bool, typer.Option("--list", help="What can be proven, what was, and the coming drills.")
    ] = False,
    stop: Annotated[
        str | None, typer.Option("--stop", metavar="DRILL", help="End a drill that runs, as DRILL-3.")
    ] = None,
    who: AsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Prove by a drill that a breach of a promise is detected, opens an incident, and reaches the person on call.

    Samples made for it break the promise in a world of their own; from there on all is real, and marked DRILL. Ends
    when somebody acknowledges, or by itself. Ctrl-C leaves the drill running.
    Exit status: 0 proven; 1 it stopped on the way, the last line says where and why; 2 it cannot be proven.
    """
    by = who or getpass.getuser()
    if show:
        _list(ask(data, "drills?limit=200"), as_json=as_json)
        return
    if stop is not None:
        _told(post(data, f"drills/{stop.upper()}/stop", {"by": by}), as_json=as_json)
        return
    if promise is None:
        hint = "opsguide prove --list shows which can be proven"
        raise OpsguideError("name a promise", hint=hint)
    if not no_page and not yes:
        _confirmed(ask(data, "on-call"), to)
    body = {"promise": promise, "by": by, "fast": fast, "tell": not no_page, "to": to}
    found = _followed(post(data, "drills", body), data, quiet=as_json)
    _told(found, as_json=as_json)
    raise typer.Exit(0 if found["state"] in ("proven", "partly") else 1)


def _confirmed(on_call: Any, to: str) -> None:
    """Real people are about to be told: ask once."""
    whom = to or on_call["name"] or on_call["person"] or "nobody (no one is on call now)"
    if not sys.stdin.isatty():
        raise OpsguideError(
            f"this would page {whom}, and there is no terminal to ask on", hint="add --yes, or --no-page"
        )
    typer.confirm(f"This pages {whom}, marked as a drill. Go on?", abort=True)


def _followed(found: Any, data: Path, *, quiet: bool) -> Any:
    """Until it ends, each stage as it is passed."""
    shown = 0
    if not quiet:
        typer.echo(f"{found['id']} of {found['promise']}; it ends by {found['ends_at']} if nothing shows")
    while True:
        for stage in found["stages"][shown:] if not quiet else ():
            typer.echo(f"  {spoken(stage['seconds']):>10}  {WHAT[stage['stage']]}: {stage['said']}")
        shown = len(found["stages"])
        if found["state"] != "running":
            return found
        time.sleep(LOOK_SECONDS)
        found = ask(data, f"drills/{found['id']}")


def _told(found: Any, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        return
    if found["state"] == "running":
        typer.echo(f"{found['id']} runs")
    else:
        typer.echo(f"{found['id']} {RESULTS[found['state']]}: {found['reason']}")


def _list(found: Any, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found["items"])) + b"\n")
        return
    for one in found["items"]:
        typer.echo(f"{one['promise']}  line {one['line']}")
        typer.echo(f"    {_said(one)}")
    if not found["items"]:
        typer.echo("No alert, alert level or uptime of the guide could be proven by a drill.")


def _said(one: Any) -> str:
    if one["problem"]:
        return f"cannot be drilled now: {one['problem']}"
    parts = [f"proven {_day(one['proven_at'])}" if one["proven_at"] else "never proven by a drill"]
    if one["running"]:
        parts.append(f"{one['running']} runs")
    elif one["last_result"] in ("failed", "stopped"):
        parts.append(f"the last one {one['last_result']}: {one['last_reason']}")
    if one["due_at"]:
        parts.append(f"next by schedule {_day(one['due_at'])}, unproven after {_day(one['by'])}")
    return "; ".join(parts)


def _day(text: str) -> str:
    return rfc3339(parse_instant(text))[:16].replace("T", " ") + " UTC"
