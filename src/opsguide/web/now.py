"""The page Now: what burns, who has it, how long is left on each clock, and who is called next."""

from litestar import Response, get

from . import marks
from .bookshelf import ShelfDep
from .pages import ConsoleDep
from .shell import ShellDep

MAINTENANCE_SECONDS = 7 * 86400.0
"""So far ahead maintenance is shown: whoever is on call has a week of it."""


@get("/now", needs="read", include_in_schema=False)
async def now_page(console: ConsoleDep, shell: ShellDep, shelf: ShelfDep) -> Response[str]:
    """Incidents by urgency, every line that is broken or at risk, the route, and messages on their way."""
    current, waiting = console.guide.current, console.outbox.waiting
    found = shelf.held(shelf.book(current)) if current is not None else ()
    return shell.render(
        "now.html",
        here="/now",
        fires=shell.fires(),
        version=current,
        headlines=shelf.headlines(current) if current is not None else (),
        counts=marks.counts(found, every=True),
        standing=None,
        duty=[one for page in shell.pages for one in page.on_duty(console)],
        maintenance=shell.maintenance(MAINTENANCE_SECONDS),
        waiting=len(waiting),
        failing=sum(1 for pending in waiting.values() if pending.attempts),
    )


HANDLERS = (now_page,)
