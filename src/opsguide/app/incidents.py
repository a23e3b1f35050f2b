"""`opsguide incidents` and `opsguide silence`: through the running service, never into its files."""

from typing import Annotated, Any

import typer

from ..kernel.clock import parse_instant, to_datetime
from ..storage.options import DEFAULT_DATA, DataOption
from .options import duration
from .remote import AsOption, IncidentArgument, ask, post, who_is

incidents = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Work on an incident: open it, its severity, given back, reopened, merged.",
)
silence = typer.Typer(
    add_completion=False, no_args_is_help=True, help="For a time, tell nobody of what is known and worked on."
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]


@incidents.command("open")
def open_incident(
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.")],
    severity: Annotated[str, typer.Option(help="How bad it is: a severity of the guide.")],
    reason: Annotated[str, typer.Option("--reason", help="What you saw.")] = "",
    kind: Annotated[str, typer.Option(help="A kind that the guide routes elsewhere, as security.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Report what people see before a machine does. Its clocks start, and whoever the route names is told."""
    body = {"by": who_is(who), "title": title, "severity": severity, "reason": reason, "kind": kind}
    opened = post(data, "incidents", body)
    typer.echo(f"{opened['id']} is open as {opened['severity']}.")


@incidents.command()
def unack(
    incident: IncidentArgument,
    reason: ReasonOption = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Give it back: nobody has it any more, and the route starts from its first step."""
    post(data, f"incidents/{incident.upper()}/unacknowledge", {"by": who_is(who), "reason": reason})
    typer.echo(f"{incident.upper()} is nobody's: the route starts again.")


@incidents.command()
def reopen(
    incident: IncidentArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it is not over.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """It is not over: people are told again. A merged one becomes one of its own again."""
    post(data, f"incidents/{incident.upper()}/reopen", {"by": who_is(who), "reason": reason})
    typer.echo(f"{incident.upper()} is open again.")


@incidents.command()
def merge(
    incident: IncidentArgument,
    into: Annotated[str, typer.Argument(help="The incident in which it goes on, as INC-4.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """It is the same trouble as another: it goes on there."""
    post(data, f"incidents/{incident.upper()}/merge", {"by": who_is(who), "into": into.upper()})
    typer.echo(f"{incident.upper()} goes on in {into.upper()}.")


@incidents.command("severity")
def change_severity(
    incident: IncidentArgument,
    severity: Annotated[str, typer.Argument(help="A severity of the guide.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is that, and not what it was.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Raise or lower its severity. What was missed stays missed; raised to one that wakes people, it pages."""
    body = {"by": who_is(who), "severity": severity, "reason": reason}
    changed = post(data, f"incidents/{incident.upper()}/severity", body)
    typer.echo(f"{incident.upper()} is {changed['severity']}.")


@silence.command("add")
def add_silence(
    matchers: Annotated[
        list[str],
        typer.Argument(help='Label matchers that all have to match, as alert="slow_response_time".'),
    ],
    reason: Annotated[str, typer.Option("--reason", help="What is known, who works on it.")],
    lasts: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, 3d. At most 30 days.")] = "2h",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Tell nobody of incidents that match. They are opened, their clocks run, and they page when it ends."""
    body = {"matchers": matchers, "seconds": duration(lasts, "--for"), "by": who_is(who), "reason": reason}
    made = post(data, "silences", body)
    typer.echo(f"{made['id']} silences {', '.join(made['matchers'])} until {_shown(made['until'])}.")
    silent = made["silent"]
    if silent:
        typer.echo(f"Silent now: {', '.join(silent)}.")


@silence.command("list")
def list_silences(data: DataOption = DEFAULT_DATA) -> None:
    """Those in force, the one that ends next first."""
    found: list[dict[str, Any]] = ask(data, "silences")["items"]
    for one in found:
        typer.echo(f"{one['id']}  until {_shown(one['until'])}  {', '.join(one['matchers'])}")
        typer.echo(f"    {one['by']}: {one['reason'] or 'the reason was erased'}")
    if not found:
        typer.echo("No silence is in force.")


@silence.command("end")
def end_silence(
    silence: Annotated[str, typer.Argument(help="The silence, as SIL-2.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """End it now: what is still open pages."""
    post(data, f"silences/{silence.upper()}/end", {"by": who_is(who)})
    typer.echo(f"{silence.upper()} is over.")


def _shown(instant: str) -> str:
    return f"{to_datetime(parse_instant(instant)):%Y-%m-%d %H:%M} UTC"
