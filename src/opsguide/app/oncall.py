"""`opsguide oncall`: who is on call and when, overrides and swaps; through the running service, never its files."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from ..kernel.calendar import local
from ..kernel.clock import parse_instant
from ..storage.options import DEFAULT_DATA, DataOption
from .options import JsonOption, duration
from .remote import AsOption, ask, post, who_is

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who is on call, and when; stand in for others, swap turns.",
)

TeamOption = Annotated[
    str | None, typer.Option("--team", help="The rotation. Needed only where there are several.")
]
StartOption = Annotated[
    str, typer.Option("--from", help="2026-12-24T09:00 in the rotation's zone, or with an offset; or now.")
]
EndOption = Annotated[str, typer.Option("--until", help="Until when; or say --for.")]
ForOption = Annotated[str, typer.Option("--for", help="How long: 90m, 8h, 2d.")]
WhyOption = Annotated[str, typer.Option("--reason", help="Why, if others should know.")]
SwapArgument = Annotated[str, typer.Argument(help="The swap, as SWAP-2.")]


@app.command()
def who(team: TeamOption = None, as_json: JsonOption = False, data: DataOption = DEFAULT_DATA) -> None:
    """Who is on call now, until when, who is next, and when nobody would be (`oncall.warn_ahead`: 30 days)."""
    found = _rotations(data, team)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        now, following = one["now"], one["next"]
        typer.echo(f"{one['team']}: {_person(now)} until {_shown(now['end'], one['zone'])}")
        if following is not None:
            typer.echo(f"    then {_person(following)} until {_shown(following['end'], one['zone'])}")
        for start, end in one["holes"]:
            typer.echo(f"    nobody from {_shown(start, one['zone'])} to {_shown(end, one['zone'])}")
    if not found:
        typer.echo("No rotation is bound: the first member of a team is always on call.")


@app.command("next")
def coming(
    team: TeamOption = None,
    end: Annotated[str, typer.Option("--until", help="Until when. Default: the next 30 days.")] = "",
    as_json: JsonOption = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """The coming shifts, holes included."""
    for one in _rotations(data, team):
        found = ask(data, f"rotations/{quote(one['team'])}?end={quote(end)}")
        if as_json:
            typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
            continue
        typer.echo(f"{found['team']}, times in {found['zone']}")
        for shift in found["shifts"]:
            instead = f", instead of {shift['instead_of']}" if shift["instead_of"] else ""
            override = " (override" + instead + ")" if shift["layer"] == 0 else ""
            start, stop = _shown(shift["start"], found["zone"]), _shown(shift["end"], found["zone"])
            typer.echo(f"  {start} to {stop}  {_person(shift)}{override}")


@app.command()
def override(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    person: Annotated[str, typer.Argument(help="Who stands in: a person of the bindings.")],
    start: StartOption = "now",
    end: EndOption = "",
    lasts: ForOption = "",
    replaces: Annotated[str, typer.Option("--replaces", help="Only in the turns of this person.")] = "",
    reason: WhyOption = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, change nothing.")
    ] = False,
    team: TeamOption = None,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Put somebody on call for a time, at once: yourself as a responder, others as an operator."""
    rotation = _one(data, team)
    body = {
        "team": rotation["team"],
        "person": person,
        "start": start,
        "end": end,
        "seconds": duration(lasts, "--for") if lasts else 0,
        "replaces": replaces,
        "reason": reason,
        "by": who_is(who),
    }
    found = post(data, "overrides/preview", dict(body))
    for title, shifts in (("Now", found["before"]), ("Then", found["after"])):
        typer.echo(f"{title}:")
        for shift in shifts:
            typer.echo(f"  {_shown(shift['start'], rotation['zone'])}  {_person(shift)}")
    if dry_run:
        typer.echo("Nothing was changed.")
        return
    made = post(data, "overrides", body)
    typer.echo(
        f"{made['id']}: {made['person']} is on call until {_shown(made['end'], rotation['zone'])}."
        f" Undo: opsguide oncall withdraw {made['id']}"
    )


@app.command("list")
def list_overrides(data: DataOption = DEFAULT_DATA) -> None:
    """Overrides that are not over, and swaps that wait for an answer."""
    zones = {one["team"]: one["zone"] for one in ask(data, "rotations")["items"]}
    overrides: list[dict[str, Any]] = ask(data, "overrides")["items"]
    swaps: list[dict[str, Any]] = ask(data, "swaps")["items"]
    for one in overrides:
        where = zones.get(one["team"], "UTC")
        instead = f", instead of {one['replaces']}" if one["replaces"] else ""
        times = f"{_shown(one['start'], where)} to {_shown(one['end'], where)}"
        typer.echo(f"{one['id']}  {one['team']}  {times}  {one['person']}{instead}, by {one['by']}")
    for one in swaps:
        where = zones.get(one["team"], "UTC")
        times = f"{_shown(one['theirs']['start'], where)} to {_shown(one['theirs']['end'], where)}"
        typer.echo(f"{one['id']}  {one['team']}  {times}  {one['asker']} asks {one['other']}")
        if one["back"]:
            back = f"{_shown(one['back']['start'], where)} to {_shown(one['back']['end'], where)}"
            typer.echo(f"    in return: {back}")
    if not overrides and not swaps:
        typer.echo("No override, no swap.")


@app.command()
def withdraw(
    override: Annotated[str, typer.Argument(help="The override, as OVR-2; or a swap nobody answered.")],
    despite_hole: Annotated[
        bool, typer.Option("--despite-hole", help="Also where nobody would be on call then.")
    ] = False,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Undo an override, or take a swap back. What of it is past stays."""
    name = override.upper()
    if name.startswith("SWAP-"):
        post(data, f"swaps/{name}/withdraw", {"by": who_is(who)})
    else:
        post(data, f"overrides/{name}/withdraw", {"by": who_is(who), "despite_hole": despite_hole})
    typer.echo(f"{name} is withdrawn.")


@app.command()
def swap(  # noqa: PLR0913, PLR0917 - the options of a command are its arguments
    other: Annotated[str, typer.Argument(help="Who is asked to take over.")],
    start: Annotated[str, typer.Option("--from", help="From when on they take over.")],
    end: Annotated[str, typer.Option("--until", help="Until when.")],
    back_start: Annotated[
        str, typer.Option("--back-from", help="In return you take over from then on,")
    ] = "",
    back_end: Annotated[str, typer.Option("--back-until", help="until then.")] = "",
    reason: WhyOption = "",
    team: TeamOption = None,
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Ask somebody to take over your turn. Nothing changes until they accept."""
    body = {
        "team": _one(data, team)["team"],
        "other": other,
        "start": start,
        "end": end,
        "back_start": back_start,
        "back_end": back_end,
        "reason": reason,
        "by": who_is(who),
    }
    made = post(data, "swaps", body)
    typer.echo(f"{made['id']}: {made['other']} is asked. To accept: opsguide oncall accept {made['id']}")


@app.command()
def accept(swap: SwapArgument, who: AsOption = None, data: DataOption = DEFAULT_DATA) -> None:
    """Accept a swap: it is in force at once."""
    post(data, f"swaps/{swap.upper()}/accept", {"by": who_is(who)})
    typer.echo(f"{swap.upper()} is accepted.")


@app.command()
def decline(swap: SwapArgument, who: AsOption = None, data: DataOption = DEFAULT_DATA) -> None:
    """Decline a swap: nothing changes."""
    post(data, f"swaps/{swap.upper()}/decline", {"by": who_is(who)})
    typer.echo(f"{swap.upper()} is declined.")


@app.command()
def feeds(as_json: JsonOption = False, data: DataOption = DEFAULT_DATA) -> None:
    """The iCalendar feeds of rotations and people, with their addresses."""
    found = ask(data, "feeds")
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found["items"]:
        typer.echo(f"{one['kind']}/{one['name']}  {one['address']}")
    if not found["items"]:
        typer.echo("No feed: neither people nor a rotation are bound.")


@app.command("revoke-feed")
def revoke_feed(
    feed: Annotated[str, typer.Argument(help="The feed, as people/ana or teams/core-platform.")],
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Its address opens nothing any more; it gets another one. No other feed is touched."""
    kind, _, name = feed.partition("/")
    found = post(data, "feeds/revoke", {"kind": kind, "name": name, "by": who_is(who)})
    typer.echo(f"{feed} is revoked. Its address is now {found['address']}")


@app.command()
def load(
    start: Annotated[
        str, typer.Option("--from", help="The first day. Default: four weeks before the last.")
    ] = "",
    end: Annotated[str, typer.Option("--until", help="Until the start of this day. Default: now.")] = "",
    as_json: JsonOption = False,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """How being on call was shared: hours, pages, nights woken, a person."""
    found = ask(data, f"on-call/load?start={quote(start)}&end={quote(end)}")
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{'':20} {'on call':>9} {'shifts':>7} {'pages':>6} {'nights woken':>13}")
    for one in found["items"]:
        hours = f"{one['hours_on_call']:.0f} h"
        typer.echo(
            f"{one['person']:20} {hours:>9} {one['shifts']:>7} {one['pages']:>6} {one['nights_woken']:>13}"
        )
    if not found["items"]:
        typer.echo("Nobody was on call, and nobody was paged.")


def _rotations(data: Path, team: str | None) -> list[dict[str, Any]]:
    """All, or the one that was named. Raises typer.BadParameter for one that is not there."""
    found: list[dict[str, Any]] = ask(data, "rotations")["items"]
    if team is None:
        return found
    chosen = [one for one in found if one["team"] == team.casefold()]
    if not chosen:
        names = ", ".join(one["team"] for one in found) or "none is bound"
        raise typer.BadParameter(f"there is no rotation {team}; rotations: {names}", param_hint="--team")
    return chosen


def _one(data: Path, team: str | None) -> dict[str, Any]:
    found = _rotations(data, team)
    if len(found) != 1:
        names = ", ".join(one["team"] for one in found) or "none is bound"
        raise typer.BadParameter(f"name the rotation: {names}", param_hint="--team")
    return found[0]


def _person(shift: dict[str, Any]) -> str:
    return str(shift["person"] or "nobody")


def _shown(instant: str, where: str) -> str:
    """`Mon 2026-11-23 09:00` by the wall clock of the rotation."""
    return f"{local(parse_instant(instant), ZoneInfo(where)):%a %Y-%m-%d %H:%M}"
