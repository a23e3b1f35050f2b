"""`opsguide tokens …` and `opsguide login`: what lets programs, and commands from elsewhere, in."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..kernel.errors import OpsguideError
from ..storage.options import DEFAULT_DATA, DataOption
from .reach import URL, Way, forget, logged_in, remember, way

app = typer.Typer(
    add_completion=False, help="Tokens for programs: what each is for, whose it is, when it was used."
)


@app.command()
def make(
    label: Annotated[str, typer.Argument(help="What will use it: `Grafana on monitor-1`.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="read, metrics:read, metrics:write, incidents:write, operations:write or admin; several times."
        ),
    ],
    owner: Annotated[
        str, typer.Option("--for", help="Whose account it belongs to.", show_default="who asks")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long it counts.")] = 90,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Make a token; prints it alone on standard output, once."""
    body = {"label": label, "scopes": scope, "days": days, "account": owner}
    made = way(data).call("POST", "tokens", body)
    token = made["token"]
    typer.echo(f"{token['id']} counts until {token['expires_at'][:10]}; it is not shown again:", err=True)
    typer.echo(made["secret"])


@app.command("list")
def list_(data: DataOption = DEFAULT_DATA) -> None:
    """Every token, without what it opens."""
    service, items, path = way(data), [], "tokens?limit=200"
    while path:
        found = service.call("GET", path)
        items += found["items"]
        path = (found["next"] or "").removeprefix("/api/v1/")
    if not items:
        typer.echo("There is no token yet: opsguide tokens make makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("id", "used by", "account", "scopes", "last used", "expires"):
        table.add_column(column)
    for one in items:
        last = (one["used_at"] or "never")[:16]
        scopes = " ".join(one["scopes"])
        table.add_row(one["id"], one["label"], one["account"], scopes, last, one["expires_at"][:10])
    Console().print(table)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, as `opsguide tokens list` shows it.")],
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Let a token count no more."""
    way(data).call("POST", f"tokens/{token}/revoke")
    typer.echo(f"{token} is revoked.")


def login(
    url: Annotated[
        str | None, typer.Argument(help="Where the service answers: https://opsguide.example.com.")
    ] = None,
    out: Annotated[bool, typer.Option("--forget", help="Forget the token on this machine.")] = False,
) -> None:
    """Keep a token on this machine, for commands that talk to a service elsewhere. Asks for it."""
    if out:
        typer.echo(
            "Forgotten; it counts until it is revoked." if forget() else "There was nothing to forget."
        )
        return
    kept = logged_in()
    url = (url or (kept.url if kept is not None else "")).rstrip("/")
    if not url.startswith(("http://", "https://")):
        hint = "opsguide login https://opsguide.example.com"
        raise OpsguideError("the service's address is missing, or no http(s) URL", where="URL", hint=hint)
    typer.echo(f"Make a token on your profile, {url}/profile, and paste it here.")
    found = Way(
        url, typer.prompt("Token", hide_input=True).strip(), hint=f"is {url} right? {URL} overrules it"
    )
    me = found.call("GET", "me")
    where = remember(found)
    typer.echo(
        f"You are {me['name']}, {', '.join(me['roles'].values()) or 'without a role'}; kept in {where}."
    )
