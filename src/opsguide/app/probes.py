"""`opsguide probes`: every probe of the running service, what is wrong first."""

import json
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from ..kernel.clock import Instant, parse_instant, seconds_between
from ..kernel.duration import spoken
from ..service.clock import SystemClock
from ..storage.options import DEFAULT_DATA, DataOption
from .options import JsonOption
from .reach import way

SHAPES = {
    "up": ("●", "green"),
    "down": ("✕", "bold red"),
    "unknown": ("○", "blue"),
    "waiting": ("○", "bright_black"),
}


def probes(data: DataOption = DEFAULT_DATA, as_json: JsonOption = False) -> None:
    """List the probes: how each is, from where, since when, and why. Exit status 1 while one is down."""
    found = list(_all(data))
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    elif not found:
        typer.echo("No probe is bound: add [probes.NAME] to opsguide.toml, with url, tcp, dns or heartbeat.")
    else:
        console, now = Console(highlight=False), SystemClock().now()
        for one in found:
            console.print(_line(one, now), soft_wrap=True)
    raise typer.Exit(1 if any(one["state"] == "down" for one in found) else 0)


def _all(data: Path) -> list[dict[str, Any]]:
    """Every page of the list. Raises ServiceUnreachable, Refused."""
    service = way(data)
    found: list[dict[str, Any]] = []
    path: str | None = "probes?limit=200"
    while path is not None:
        page = service.call("GET", path)
        found.extend(page["items"])
        path = page["next"].removeprefix("/api/v1/") if page["next"] else None
    return found


def _line(one: dict[str, Any], now: Instant) -> Text:
    shape, colour = SHAPES[one["state"]]
    since = f" for {spoken(seconds_between(parse_instant(one['since']), now))}" if one["since"] else ""
    line = Text(f"{shape} {one['state']:<7}", colour)
    line.append(f" {one['name']}", "default")
    line.append(f"  {one['kind']} {one['target']}".rstrip() + since, "bright_black")
    votes = ", ".join(f"{vote['region']} {vote['says']}" for vote in one["regions"])
    several = f" [{votes}]" if len(one["regions"]) > 1 else ""
    line.append(f"\n          {one['reason']}{several}", "default")
    if one["certificate_soon"]:
        line.append(f"\n          its certificate has {one['certificate_days']} days left", "yellow")
    return line
