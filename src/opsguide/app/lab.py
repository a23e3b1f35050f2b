"""`opsguide lab`: the pages of the running service's lab, and a check of one now."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..kernel.clock import parse_instant, seconds_between
from ..kernel.duration import spoken
from ..kernel.errors import OpsguideError, Refused
from ..monitoring.lab.words import COLUMNS, say
from ..service.clock import SystemClock
from ..storage.options import DEFAULT_DATA, DataOption
from .options import JsonOption
from .remote import ask, post

LOOK_SECONDS = 0.5

app = typer.Typer(add_completion=False, help="How fast the pages of the lab are; check one now.")


@app.callback(invoke_without_command=True)
def listed(context: typer.Context, data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """Without a command: the last check of every page. Exit status 1 where nobody knows how one is."""
    if context.invoked_subcommand is not None:
        return
    pages = ask(data, "lab")["items"]
    if not pages and not as_json:
        typer.echo("No page is bound: add [lab.NAME] to opsguide.toml, with page = URL.")
    _told(pages, as_json=as_json)


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A page's name under [lab].")],
    data: DataOption = DEFAULT_DATA,
    as_json: JsonOption = False,
) -> None:
    """Check a page now, and print what came of it. Ctrl-C leaves the check running. Exit status 1: it failed."""
    path = f"lab/{quote(name, safe='')}"
    before = ask(data, path)["checked_at"]
    try:
        post(data, f"{path}/check", {})
    except Refused as refused:
        if refused.reason != "already_running":
            raise
    if not as_json:
        typer.echo(f"{name} is being loaded", err=True)
    _told([_over(data, path, before)], as_json=as_json)


def _over(data: Path, path: str, before: str | None) -> Any:
    """The page once it was checked again."""
    while True:
        found = ask(data, path)
        if found["state"] != "running":
            if found["checked_at"] == before:
                hint = "is it still bound under [lab]?"
                raise OpsguideError("the check was given up", where=found["name"], hint=hint)
            return found
        time.sleep(LOOK_SECONDS)


def _told(pages: list[Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(pages)) + b"\n")
    else:
        console = Console(highlight=False)
        for one in pages:
            _show(console, one)
    raise typer.Exit(0 if all(one["state"] in ("measured", "running") for one in pages) else 1)


def _show(console: Console, one: Any) -> None:
    head = Text(one["name"], "bold")
    head.append(f"  {one['page']}  {one['form']}, {one['state']}: {one['reason']}", "not bold")
    if one["checked_at"]:
        now = SystemClock().now()
        head.append(
            f" ({spoken(max(0.0, seconds_between(parse_instant(one['checked_at']), now)))} ago)", "not bold"
        )
    console.print(head, soft_wrap=True)
    if one["metrics"]:
        table = Table(box=None, padding=(0, 2), header_style="bright_black")
        table.add_column("")
        for title in ("median", "lowest", "highest"):
            table.add_column(title, justify="right")
        for found in one["metrics"]:
            values = (say(found["metric"], found[key]) for key in ("median", "lowest", "highest"))
            table.add_row(COLUMNS[found["metric"]][0], *values)
        console.print(table)
    for said in one["errors"]:
        console.print(Text(f"  {said}", "bright_black"), soft_wrap=True)
