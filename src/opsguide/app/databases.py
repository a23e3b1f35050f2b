"""`opsguide databases`: what the watched databases wait for, asked of the running service."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from ..kernel.duration import spoken
from ..storage.options import DEFAULT_DATA, DataOption
from .options import JsonOption
from .remote import ask

NameArgument = Annotated[
    str | None, typer.Argument(help="One database, by its name in the bindings. Default: all of them.")
]
QUERY_WIDTH = 100


def databases(
    name: NameArgument = None, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False
) -> None:
    """Show who blocks whom, old transactions, pools and what is unusual. Exit status 1 while somebody waits for a lock.

    Asks the running service. It prints statements that end a session; it runs none.
    """
    found = ask(data, f"databases/{quote(name, safe='')}" if name else "databases")
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    else:
        _told([found] if name else found["items"])
    shown = [found] if name else found["items"]
    raise typer.Exit(1 if any(one["waiting"] or one["state"] == "away" for one in shown) else 0)


def _told(shown: list[dict[str, Any]]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not shown:
        console.print("No database is watched. Bind one: docs/how-to/watch-postgresql.md")
    for one in shown:
        for line in _lines(one):
            console.print(line)


def _lines(one: dict[str, Any]) -> Iterator[Text]:
    yield Text(f"{one['name']}  {one['environment']}", "bold")
    if one["state"] == "away":
        since = f" since {one['since']}" if one["since"] else ""
        yield Text(f"  ✕ not watched{since}: {one['problem']}", "bold red")
        if one["looked_at"]:
            yield Text(f"    what was seen last, at {one['looked_at']}:", "bright_black")
    if one["waiting"]:
        yield Text(f"  ✕ {one['waiting']} waiting for a lock", "bold red")
    elif one["state"] == "watched":
        yield Text("  ● nobody waits for a lock", "green")
    yield from _blocking(one["blocking"])
    yield from _pools(one)
    for session in one["transactions"][:5]:
        yield Text(f"  transaction of {spoken(session['transaction_seconds'])}: ").append(_who(session))
    for figure in one["figures"]:
        if figure["worries"]:
            most = f" of {figure['most']}" if figure["most"] else ""
            yield Text(f"  ◐ {figure['name']}: {figure['said']}{most}", "yellow")
    for lack in one["lacks"]:
        yield Text(f"  ○ {lack}", "bright_black")


def _blocking(lines: list[dict[str, Any]]) -> Iterator[Text]:
    for line in lines:
        session, indent = line["session"], "    " + "   " * line["depth"]
        waited = session["waited_seconds"]
        wants = f" waits {spoken(waited)} for {session['lock']}" if waited is not None else ""
        holds = f" holds up {line['holds_up']}" if line["holds_up"] else ""
        yield Text(f"{indent}{_who(session)}{wants}{holds}")
        yield Text(f"{indent}  {session['query'][:QUERY_WIDTH]}", "bright_black")
        if line["depth"] == 0:
            for statement in filter(None, (session["cancel"], session["terminate"])):
                yield Text(f"{indent}  end it: {statement}", "cyan")


def _pools(one: dict[str, Any]) -> Iterator[Text]:
    if one["pooler"]:
        yield Text(f"  ✕ its PgBouncer is not watched: {one['pooler']}", "bold red")
    for pool in one["pools"]:
        waiting = (
            f", {pool['waiting']} waiting, the first for {spoken(pool['longest_wait_seconds'])}"
            if pool["waiting"]
            else ""
        )
        style = "bold red" if pool["waiting"] else "default"
        yield Text(
            f"  pool {pool['database']} of {pool['user']}: {pool['active']} of {pool['size']} lent{waiting}",
            style,
        )


def _who(session: dict[str, Any]) -> str:
    name = session["application"] or f"role {session['role']}"
    return f"{name} ({session['pid']}, {session['state']})"
