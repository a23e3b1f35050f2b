"""`opsguide users …`: accounts, through the running service. On the machine itself no login is needed."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ..storage.options import DEFAULT_DATA, DataOption
from .reach import Way, way

app = typer.Typer(
    add_completion=False, help="Who can sign in, and what each may. On the machine itself no login is needed."
)

NameArgument = Annotated[str, typer.Argument(help="The name to sign in with, or the account's id.")]
TeamOption = Annotated[
    str, typer.Option(help="Only in this team of the bindings.", show_default="everywhere")
]


def _invite(service: Way, made: Any, lasts: str) -> None:
    typer.echo(f"This link counts once, for {lasts}; give it over a way that others do not read:")
    typer.echo(f"  {made['url'] or service.url + made['path']}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with: ana, or ana@example.com.")],
    role: Annotated[str, typer.Option(help="viewer, responder, operator or admin.")] = "viewer",
    team: TeamOption = "",
    person: Annotated[
        str, typer.Option(help="For which person of the bindings they act.", show_default="none")
    ] = "",
    shown: Annotated[str, typer.Option(help="How pages call them.", show_default="the name")] = "",
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Add an account; prints the link by which they choose a password."""
    service = way(data)
    body = {"name": name, "shown": shown, "person": person, "role": role, "team": team}
    made = service.call("POST", "accounts", body)
    typer.echo(f"{name} is {role}{f' in {team}' if team else ''}.")
    _invite(service, made, "three days")


@app.command("list")
def list_(data: DataOption = DEFAULT_DATA) -> None:
    """Every account, with its roles."""
    service, items, path = way(data), [], "accounts?limit=200"
    while path:
        found = service.call("GET", path)
        items += found["items"]
        path = (found["next"] or "").removeprefix("/api/v1/")
    if not items:
        typer.echo("There is no account yet: opsguide users link prints the link that makes the first admin.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("name", "acts as", "roles", "second factor", "state", "signed in"):
        table.add_column(column)
    for one in items:
        roles = ", ".join(f"{role} in {team}" if team else role for team, role in one["roles"].items())
        factor, last = "on" if one["second_factor"] else "off", one["signed_in_at"] or "never"
        table.add_row(one["name"], one["person"], roles or "none", factor, one["state"], last[:16])
    Console().print(table)


@app.command()
def role(
    name: NameArgument,
    role: Annotated[str, typer.Argument(help="viewer, responder, operator, admin, or none.")],
    team: TeamOption = "",
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Give a role, everywhere or in a team; `none` takes it away."""
    given = "" if role == "none" else role
    way(data).call("POST", f"accounts/{name}/role", {"role": given, "team": team})
    typer.echo(f"{name} is {role if given else 'nothing'}{f' in {team}' if team else ''} now.")


@app.command()
def reset(
    name: NameArgument,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Remove the second factor too: the telephone is lost.")
    ] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Let somebody in who forgot the password or is locked out; their sessions end."""
    service = way(data)
    made = service.call("POST", f"accounts/{name}/reset", {"second_factor": second_factor})
    _invite(service, made, "three days")


@app.command()
def disable(name: NameArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Let an account open nothing any more; its sessions end, its tokens count no more."""
    way(data).call("POST", f"accounts/{name}/disable")
    typer.echo(f"{name} is disabled; back with: opsguide users enable {name}")


@app.command()
def enable(name: NameArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Let a disabled account in again."""
    way(data).call("POST", f"accounts/{name}/enable")
    typer.echo(f"{name} is enabled.")


@app.command()
def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Erase an account; what it did stays on the ledger, under an id that leads to nobody."""
    if not yes:
        typer.confirm(f"Erase {name}, with sessions and tokens?", abort=True)
    way(data).call("POST", f"accounts/{name}/delete")
    typer.echo(f"{name} is erased.")


@app.command()
def link(data: DataOption = DEFAULT_DATA) -> None:
    """Print another one-time link that makes the first admin, while there is none."""
    service = way(data)
    _invite(service, service.call("POST", "set-up-link"), "a day")
