"""`opsguide maintenance`: through the running service, never into its files."""

from typing import Annotated, Any

import typer

from ..kernel.clock import parse_instant, rfc3339, to_datetime
from ..storage.options import DEFAULT_DATA, DataOption
from .options import ComponentsOption, duration
from .remote import AsOption, ask, post, who_is

maintenance = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Announce maintenance as the guide asks, list it, cancel it.",
)


@maintenance.command()
def announce(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    what: Annotated[str, typer.Argument(help="What is done.")],
    start: Annotated[str, typer.Option("--start", help="When it begins, with its zone: 2026-12-06T02:00Z.")],
    lasts: Annotated[str, typer.Option("--for", help="How long it takes: 30m, 2h.")],
    window: Annotated[
        str,
        typer.Option(help="A window of the guide, by its name or id; default: that of the whole service."),
    ] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although the guide does not allow it: that breaks its line.")
    ] = False,
    components: ComponentsOption = None,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Refused where it is too late, too long or in no window of the guide. Its downtime is planned."""
    try:
        begins = rfc3339(parse_instant(start))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from None
    body = {"what": what, "start": begins, "seconds": duration(lasts, "--for"), "window": window}
    wanted = {**body, "anyway": anyway, "components": components or [], "by": who_is(who)}
    made = post(data, "maintenance", wanted)
    typer.echo(f"{made['id']} is announced: {_when(made)}.")
    if made["components"]:
        typer.echo(f"The status page shows it for {', '.join(made['components'])}.")
    for broken in made["breaks"]:
        typer.echo(f"Not as the guide says: {broken}.")


@maintenance.command("list")
def list_maintenance(data: DataOption = DEFAULT_DATA) -> None:
    """What was announced, the latest beginning first."""
    found: list[dict[str, Any]] = ask(data, "maintenance")["items"]
    for one in found:
        typer.echo(f"{one['id']}  {one['state']}  {_when(one)}  {one['what'] or 'what is done was erased'}")
        for broken in one["breaks"]:
            typer.echo(f"    not as the guide says: {broken}")
    if not found:
        typer.echo("No maintenance was announced yet: opsguide maintenance announce WHAT --start … --for 2h")


@maintenance.command()
def cancel(
    name: Annotated[str, typer.Argument(metavar="MAINTENANCE", help="Which, as MNT-2.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """It does not take place; one that runs ends now."""
    told = post(data, f"maintenance/{name.upper()}/cancel", {"by": who_is(who)})
    typer.echo(f"{told['id']} {'does not take place' if told['state'] == 'cancelled' else 'is over'}.")


@maintenance.command()
def emergency(
    what: Annotated[str, typer.Argument(help="What is done, and why now.")],
    lasts: Annotated[str, typer.Option("--for", help="How long it takes: 30m, 2h.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Ask for maintenance that cannot wait. Whoever approves it by the guide is told; then begin it."""
    body = {"what": what, "seconds": duration(lasts, "--for"), "by": who_is(who)}
    made = post(data, "maintenance/emergency", body)
    waits = f"waits for {made['approver']} to approve it" if made["approver"] else "may begin"
    typer.echo(f"{made['id']} {waits}.")


@maintenance.command()
def approve(
    name: Annotated[str, typer.Argument(metavar="MAINTENANCE", help="Which, as MNT-2.")],
    note: Annotated[str, typer.Option("--note", help="What you say of it.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Approve emergency maintenance that another one asked for, as the guide names you to."""
    told = post(data, f"maintenance/{name.upper()}/approve", {"by": who_is(who), "note": note})
    typer.echo(f"{told['id']} is approved, for a day.")


@maintenance.command()
def begin(
    name: Annotated[str, typer.Argument(metavar="MAINTENANCE", help="Which, as MNT-2.")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Without the approval: that breaks the guide's line.")
    ] = False,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Emergency maintenance begins now, and an incident opens with it."""
    told = post(data, f"maintenance/{name.upper()}/begin", {"by": who_is(who), "anyway": anyway})
    typer.echo(f"{told['id']} goes on: {_when(told)}.")
    for broken in told["breaks"]:
        typer.echo(f"Not as the guide says: {broken}.")


def _when(one: dict[str, Any]) -> str:
    start, end = (f"{to_datetime(parse_instant(one[key])):%Y-%m-%d %H:%M}" for key in ("start", "end"))
    return f"{start} to {end[11:] if end[:10] == start[:10] else end} UTC"
