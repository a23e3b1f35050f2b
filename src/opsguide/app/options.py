"""Options that several verbs share, and how a moment is typed."""

from typing import Annotated, TypeAlias

import typer

from ..guide.bindings.limits import UNITS_OF_TIME
from ..kernel.clock import Instant, parse_instant, rfc3339

AsOfOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--as-of", help="An instant with its zone, as 2026-11-23T03:31:00Z; default: now."),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

ComponentsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--component",
        metavar="NAME",
        help="A component of the status page that is concerned, by the name of its table; give it again for more.",
    ),
]


def moment(text: str | None, now: Instant) -> Instant:
    """The instant that was typed, or now. Raises typer.BadParameter, saying what to write."""
    return now if text is None else instant(text, now, "--as-of")


def instant(text: str, now: Instant, option: str) -> Instant:
    """The instant that was typed for an option, none to come. Raises typer.BadParameter, saying what to write."""
    try:
        at = parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if at > now:
        raise typer.BadParameter(f"{rfc3339(at)} is still to come", param_hint=option)
    return at


def duration(text: str, option: str) -> float:
    """The seconds of `30m`, `2h`, `3d`. Raises typer.BadParameter, saying what to write."""
    units = (unit for unit in UNITS_OF_TIME if text.endswith(unit) and text.removesuffix(unit).isdecimal())
    unit = next(units, "")
    if not unit:
        raise typer.BadParameter(f"`{text}` is no duration: write 30m, 2h or 3d", param_hint=option)
    return float(text.removesuffix(unit)) * UNITS_OF_TIME[unit]
