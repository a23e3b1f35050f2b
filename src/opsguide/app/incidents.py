"""`opsguide incidents` and `opsguide silence`: through the running service, never into its files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..incidents.conditions import Condition
from ..incidents.process.facts import Phase, Role
from ..kernel.clock import parse_instant, to_datetime
from ..storage.options import DEFAULT_DATA, DataOption
from .options import ComponentsOption, duration
from .remote import AsOption, IncidentArgument, ask, post, who_is

incidents = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Work on an incident: open it, severity, roles, status updates, tasks, export; reopen, merge it.",
)
silence = typer.Typer(
    add_completion=False, no_args_is_help=True, help="For a time, tell nobody of what is known and worked on."
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]


@incidents.command("open")
def open_incident(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.")],
    severity: Annotated[str, typer.Option(help="How bad it is: a severity of the guide.")] = "",
    condition: Annotated[
        Condition | None, typer.Option(help="What is so: the guide's definition of it says how bad it is.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="What you saw.")] = "",
    kind: Annotated[str, typer.Option(help="A kind that the guide routes elsewhere, as security.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Report what people see before a machine does. Its clocks start, and whoever the route names is told."""
    said = {
        "title": title,
        "severity": severity,
        "condition": condition or "",
        "reason": reason,
        "kind": kind,
    }
    opened = post(data, "incidents", {"by": who_is(who), **said})
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


@incidents.command()
def role(
    incident: IncidentArgument,
    role: Annotated[Role, typer.Argument(help="Which one.")],
    person: Annotated[str, typer.Argument(help="A person of the bindings; left out: nobody.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Give a role to somebody: the commander leads, communications speaks for it, the scribe writes it down."""
    body = {"by": who_is(who), "role": role, "person": person}
    changed = post(data, f"incidents/{incident.upper()}/roles", body)
    typer.echo(f"{changed['roles'].get(role) or 'Nobody'} is the {role} of {incident.upper()}.")


@incidents.command()
def note(
    incident: IncidentArgument,
    text: Annotated[str, typer.Argument(help="What you saw, did or suppose.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Add a note to the timeline."""
    post(data, f"incidents/{incident.upper()}/notes", {"by": who_is(who), "text": text})
    typer.echo(f"Note added to {incident.upper()}.")


@incidents.command()
def update(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    incident: IncidentArgument,
    text: Annotated[str, typer.Argument(help="What is known, what is done.")],
    phase: Annotated[Phase, typer.Option("--phase", help="How far it is.")] = "investigating",
    public: Annotated[bool, typer.Option("--public", help="For everybody, also outside the team.")] = False,
    components: ComponentsOption = None,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Publish a status update."""
    body = {"by": who_is(who), "text": text, "phase": phase, "audience": "everybody" if public else "team"}
    post(data, f"incidents/{incident.upper()}/updates", {**body, "components": components or []})
    typer.echo(f"{'Public update' if public else 'Update'} of {incident.upper()} published: {phase}.")


@incidents.command()
def correct(
    incident: IncidentArgument,
    entry: Annotated[int, typer.Argument(min=1, help="The update's number in the timeline.")],
    text: Annotated[str, typer.Argument(help="What is to stand there instead.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Put other words in the place of a status update's, on the status page too."""
    post(data, f"incidents/{incident.upper()}/updates/{entry}/correct", {"by": who_is(who), "text": text})
    typer.echo(f"Update #{entry} of {incident.upper()} corrected.")


@incidents.command()
def task(
    incident: IncidentArgument,
    text: Annotated[str, typer.Argument(help="What is to be done.")],
    owner: Annotated[str, typer.Option("--owner", help="Who does it.")] = "",
    due: Annotated[str, typer.Option("--due", help="Until when: 2026-12-24.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Add a task: something to do because of an incident, now or afterwards."""
    body = {"by": who_is(who), "text": text, "owner": owner, "due": due}
    added = post(data, f"incidents/{incident.upper()}/tasks", body)
    typer.echo(f"Task {added['tasks'][-1]['number']} of {incident.upper()} is added.")


@incidents.command()
def done(
    incident: IncidentArgument,
    task: Annotated[int, typer.Argument(help="The number of the task.")],
    dropped: Annotated[bool, typer.Option("--dropped", help="It will not be done.")] = False,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """A task is done."""
    state = "dropped" if dropped else "done"
    post(data, f"incidents/{incident.upper()}/tasks/{task}", {"by": who_is(who), "state": state})
    typer.echo(f"Task {task} of {incident.upper()} is {state}.")


@incidents.command()
def tasks(data: DataOption = DEFAULT_DATA) -> None:
    """Open tasks of all incidents, the one that is due first comes first."""
    found: list[dict[str, Any]] = ask(data, "tasks?limit=200")["items"]
    for one in found:
        task = one["task"]
        due = f"until {_shown(task['due'])}" if task["due"] else "without a day"
        late = "  OVERDUE" if task["overdue"] else ""
        typer.echo(f"{one['incident']} {task['number']}  {due}  {task['owner'] or 'nobody'}{late}")
        typer.echo(f"    {task['text']}")
    if not found:
        typer.echo("Nothing is to be done.")


@incidents.command()
def postmortem(
    incident: IncidentArgument,
    publish: Annotated[bool, typer.Option("--publish", help="Freeze it as it is.")] = False,
    require: Annotated[str, typer.Option("--require", help="Ask for one, and say why.")] = "",
    sign: Annotated[
        int, typer.Option("--sign", help="Sign for this version, which another one published.")
    ] = 0,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """A post-mortem as Markdown: as people wrote it, else as drafted. Or publish it, ask for one, sign for one."""
    path = f"incidents/{incident.upper()}/postmortem"
    if require:
        post(data, f"{path}/require", {"by": who_is(who), "reason": require})
        typer.echo(f"{incident.upper()} wants a post-mortem.")
    elif sign:
        post(data, f"{path}/review", {"by": who_is(who), "version": sign, "verdict": "agreed"})
        typer.echo(f"Version {sign} of the post-mortem is signed for.")
    elif publish:
        made = post(data, f"{path}/publish", {"by": who_is(who)})
        typer.echo(f"Version {made['versions'][-1]['version']} of the post-mortem is published.")
    else:
        typer.echo(ask(data, path)["markdown"], nl=False)


@incidents.command()
def export(
    incident: IncidentArgument,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write it there; default: standard output.")
    ] = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """An incident as Markdown: facts, clocks, status updates, timeline, tasks."""
    text: str = ask(data, f"incidents/{incident.upper()}/export")["markdown"]
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from None
    typer.echo(f"{incident.upper()} is written to {output}.")


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
