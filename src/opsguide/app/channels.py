"""`opsguide channels`: how each way to people does, and a test of one, through the running service."""

from typing import Annotated, Any

import typer

from ..kernel.clock import parse_instant, to_datetime
from ..kernel.duration import spoken
from ..storage.options import DEFAULT_DATA, DataOption
from .remote import AsOption, ask, post, who_is

TEST_SECONDS = 40.0
"""A provider has 20 seconds to answer."""

channels = typer.Typer(
    add_completion=False, no_args_is_help=True, help="How each way to people does; test one."
)


@channels.command("list")
def list_channels(data: DataOption = DEFAULT_DATA) -> None:
    """Every channel of the bindings: whose it is, and whether it works."""
    found: list[dict[str, Any]] = ask(data, "channels")["items"]
    for one in found:
        typer.echo(f"{one['channel']}  {', '.join(one['people']) or 'nobody'}  {_state(one)}")
    if not found:
        typer.echo("No channel is bound: pages reach the console's inbox only.")


@channels.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(help="A channel of the bindings.")],
    person: Annotated[str, typer.Option("--person", help="Fail unless it is a channel of this person.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Send a test message and say what came of it. Exit status 1 where the provider did not take it."""
    body = {"by": who_is(who), "person": person.casefold()}
    sent = post(data, f"channels/{channel}/test", body, timeout=TEST_SECONDS)
    if not sent["arrived"]:
        typer.echo(f"{channel} did not take it: {sent['problem']}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{channel} took it within {spoken(sent['seconds'])}. Look whether it arrived.")


def _state(one: dict[str, str]) -> str:
    if one["state"] == "never used":
        return "never used: opsguide channels test " + one["channel"]
    if one["state"] == "works":
        return f"works, last {_shown(one['worked'])}"
    return f"{one['state']}, {one['failures']} in a row, last {_shown(one['failed'])}: {one['problem']}"


def _shown(instant: str) -> str:
    return f"{to_datetime(parse_instant(instant)):%Y-%m-%d %H:%M} UTC"
