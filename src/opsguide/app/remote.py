"""`opsguide ack` and `opsguide resolve`: through the running service, never into its files."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ..kernel.errors import Refused, ServiceUnreachable
from ..service.datadir import address
from ..storage.options import DEFAULT_DATA, DataOption

TIMEOUT_SECONDS = 10.0

IncidentArgument = Annotated[str, typer.Argument(help="The incident, as INC-3.")]
AsOption = Annotated[
    str | None, typer.Option("--as", help="Who you are: a person of the bindings. Default: your login name.")
]


def ack(incident: IncidentArgument, who: AsOption = None, data: DataOption = DEFAULT_DATA) -> None:
    """Acknowledge an incident: you have it, nobody else is woken."""
    _post(data, f"{incident.upper()}/acknowledge", {"by": who or getpass.getuser()})
    typer.echo(f"{incident.upper()} is yours.")


def resolve(
    incident: IncidentArgument,
    note: Annotated[str, typer.Option(help="What mended it.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Resolve an incident: it is over."""
    _post(data, f"{incident.upper()}/resolve", {"by": who or getpass.getuser(), "reason": note})
    typer.echo(f"{incident.upper()} is resolved.")


def _post(data: Path, path: str, body: dict[str, Any]) -> None:
    """Raises Refused with the service's own words, or ServiceUnreachable."""
    service = address(data)
    try:
        answer = httpx.post(f"{service.url}/api/v1/incidents/{path}", json=body, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        hint = f"its process is {service.pid}; start it again with opsguide serve GUIDE --data {data}"
        raise ServiceUnreachable(f"{service.url} does not answer: {error}", hint=hint) from None
    if answer.is_success:
        return
    problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    raise Refused(
        str(problem.get("detail") or problem.get("title") or f"the service answered {answer.status_code}"),
        reason=str(problem.get("type", answer.status_code)),
        hint=str(problem.get("hint", "")),
    )
