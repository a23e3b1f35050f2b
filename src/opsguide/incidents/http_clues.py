"""What stands near an incident on its pages: runbooks, deploys before it, maintenance that went on."""

from collections.abc import Sequence

from msgspec import Struct

from ..guide.promise import Promise
from ..kernel.clock import after
from ..web.console import Console
from ..web.pages import Event
from ..web.people import bound
from ..web.shell import Shell
from . import runbooks
from .shown import promise_of
from .state import Incident

NEAR_SECONDS = 2 * 3600.0


class Clues(Struct, frozen=True):
    """Deploys are those within two hours before it, the latest first: most incidents begin near one."""

    runbooks: Sequence[runbooks.Runbook]
    maintenance: Sequence[Event]
    deploys: Sequence[Event]


def near(console: Console, shell: Shell, incident: Incident) -> Clues:
    """Maintenance that went on when it opened is most likely its cause."""
    line = _line(console, promise_of(console, incident))
    before = shell.events(after(incident.opened_at, -NEAR_SECONDS), incident.opened_at)
    then = shell.events(incident.opened_at, incident.opened_at)
    return Clues(
        runbooks=runbooks.of(incident, bound(console).runbooks, line),
        maintenance=[one for one in then if one.kind == "maintenance"],
        deploys=sorted((one for one in before if one.kind == "deploy"), key=lambda one: -one.start),
    )


def _line(console: Console, promise: Promise | None) -> str:
    """The lines of the guide that promise it, as they are written."""
    current = console.guide.current
    if promise is None or current is None:
        return ""
    return "\n".join(current.adopted.text.split("\n")[promise.span.line - 1 : promise.span.end_line])
