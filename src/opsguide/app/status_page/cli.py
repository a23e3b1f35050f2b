"""`opsguide status-page subscribers …`: who is told by the public page, through the running service."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from ...kernel.errors import OpsguideError
from ...storage.options import DEFAULT_DATA, DataOption
from ..reach import Way, way

app = typer.Typer(add_completion=False, help="The public status page.")
subscribers = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who is told by the status page, and whom it does not reach.",
)
app.add_typer(subscribers, name="subscribers")

SubscriberArgument = Annotated[str, typer.Argument(help="Their address, or their id as the list shows it.")]
STATES = {"asked": "not confirmed", "told": "told", "failing": "failing", "paused": "paused"}


def _all(service: Way, query: str) -> list[dict[str, Any]]:
    items, path = [], f"status-page/subscribers?limit=200{query}"
    while path:
        found = service.call("GET", path)
        items += found["items"]
        path = (found["next"] or "").removeprefix("/api/v1/")
    return items


def _one(service: Way, named: str) -> dict[str, Any]:
    """Raises OpsguideError where nobody, or several, are meant."""
    seek = f"&q={quote(named, safe='')}" if "@" in named or "/" in named else ""
    found = [one for one in _all(service, seek) if named.casefold() in (one["id"], one["address"].casefold())]
    if len(found) != 1:
        hint = "opsguide status-page subscribers list"
        raise OpsguideError("nobody subscribed by that address or id", where=named, hint=hint)
    return found[0]


@subscribers.command("list")
def list_(
    state: Annotated[
        str, typer.Option(help="Only those who stand so: asked, told, failing or paused.", show_default="all")
    ] = "",
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Everybody who subscribed: whether messages reach them, and why not."""
    if state and state not in STATES:
        raise OpsguideError(f"there is no state {state}", where="--state", hint=f"one of {', '.join(STATES)}")
    items = _all(way(data), f"&state={state}" if state else "")
    for one in items:
        typer.echo(f"{one['id']}  {one['address']}  {_said(one)}")
    if not items:
        typer.echo("Nobody." if state else "Nobody subscribed yet.")


def _said(one: dict[str, Any]) -> str:
    since = (one["failed"] or one["confirmed"] or one["asked"])[:16].replace("T", " ")
    trouble = f": {one['problem']}, {one['failures']} in a row" if one["failures"] else ""
    return f"{STATES[one['state']]} since {since} UTC{trouble}"


@subscribers.command()
def remove(
    subscriber: SubscriberArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Send them nothing more, and delete their address."""
    service = way(data)
    one = _one(service, subscriber)
    if not yes:
        typer.confirm(f"Remove {one['address']}?", abort=True)
    service.call("POST", f"status-page/subscribers/{one['id']}/remove")
    typer.echo(f"{one['address']} is removed.")


@subscribers.command()
def resend(subscriber: SubscriberArgument, data: DataOption = DEFAULT_DATA) -> None:
    """Ask somebody again who has not confirmed, or is paused: by the link, or by the challenge."""
    service = way(data)
    one = _one(service, subscriber)
    now = service.call("POST", f"status-page/subscribers/{one['id']}/resend", timeout=30.0)
    if now["state"] == "told":
        typer.echo(f"{one['address']} answered, and gets every update from now on.")
    else:
        typer.echo(f"A link went to {one['address']}; nothing more comes before they confirm.")
