"""`opsguide ack`, `resolve`, `sign` and `withdraw`: through the running service, never into its files."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..kernel.errors import Refused
from ..storage.options import DEFAULT_DATA, DataOption
from .reach import TIMEOUT_SECONDS, way

IncidentArgument = Annotated[str, typer.Argument(help="The incident, as INC-3.")]
PromiseArgument = Annotated[str, typer.Argument(help="A promise's id, as `opsguide status` lists it.")]
AsOption = Annotated[
    str | None,
    typer.Option(
        "--as", help="Who you are, at the machine itself: a person of the bindings. Default: your login name."
    ),
]


def ack(incident: IncidentArgument, who: AsOption = None, data: DataOption = DEFAULT_DATA) -> None:
    """Acknowledge an incident: you have it, nobody else is woken."""
    post(data, f"incidents/{incident.upper()}/acknowledge", {"by": who_is(who)})
    typer.echo(f"{incident.upper()} is yours.")


def resolve(
    incident: IncidentArgument,
    note: Annotated[str, typer.Option(help="What mended it.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Resolve an incident: it is over."""
    post(data, f"incidents/{incident.upper()}/resolve", {"by": who_is(who), "reason": note})
    typer.echo(f"{incident.upper()} is resolved.")


def sign(
    promise: PromiseArgument,
    note: Annotated[str, typer.Option(help="What you looked at and what you saw.")],
    who: AsOption = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="Its last day, or an instant with its zone; default: when it is due again, else 90 days on."
        ),
    ] = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Sign for a promise that nothing can measure: it stands by hand until the signature expires."""
    body = {"promise": promise, "by": who_is(who), "note": note, "until": until or ""}
    signed = post(data, "signatures", body)
    typer.echo(f"{promise} stands by hand until {signed['until']}.")


def withdraw(
    promise: PromiseArgument,
    reason: Annotated[str, typer.Option(help="Why the signature shall not count any more.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Take back the signature of a promise: it is unproven again."""
    body = {"promise": promise, "by": who_is(who), "reason": reason}
    post(data, "signatures/withdraw", body)
    typer.echo(f"The signature of {promise} counts no more.")


def who_is(named: str | None) -> str:
    """Who acts, as named; "" leaves it to the service, or on the machine itself to the login name (see `post`)."""
    return named or ""


def post(data: Path, path: str, body: dict[str, Any], *, timeout: float = TIMEOUT_SECONDS) -> Any:
    """What the service answers. Raises Refused with its own words, or ServiceUnreachable.

    Where `by` is "" it is the one whose token it is; at the machine itself the login name, if that is somebody's, else
    nobody in particular.
    """
    service = way(data)
    if body.get("by") != "":
        return service.call("POST", path, body, timeout=timeout)
    nameless = {key: value for key, value in body.items() if key != "by"}
    if not service.is_local:
        return service.call("POST", path, nameless, timeout=timeout)
    try:
        return service.call("POST", path, body | {"by": getpass.getuser()}, timeout=timeout)
    except Refused as error:
        if error.reason != "stranger":
            raise
    return service.call("POST", path, nameless, timeout=timeout)


def ask(data: Path, path: str, *, timeout: float = TIMEOUT_SECONDS) -> Any:
    """What the service says, without a change. Raises as `post` does."""
    return way(data).call("GET", path, timeout=timeout)
