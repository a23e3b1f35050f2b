"""Maintenance in the console and the API: the guide's windows, what is announced, announcing and cancelling."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from ..guide.change.say import notice, recurrence, times
from ..guide.promise import Promise
from ..guide.values import Window
from ..kernel.calendar import Interval
from ..kernel.clock import Instant, after, from_datetime, parse_instant
from ..kernel.duration import spoken
from ..kernel.errors import Refused
from ..kernel.standing import Standing
from ..web import marks
from ..web.api.answers import Listing, PagingDep, later, ledger_tag
from ..web.api.description import refused
from ..web.console import Console
from ..web.pages import ConsoleDep, Link, Pages
from ..web.people import people
from ..web.shell import ShellDep
from . import emergency, shown, windows
from .commands import AnnounceMaintenance, CancelMaintenance
from .facts import MaintenanceAnnounced
from .http_emergency import HANDLERS as EMERGENCIES
from .http_emergency import HOURS, TAGS, Name, What, done, seconds_of
from .planning import LONGEST_SECONDS, SHORTEST_SECONDS
from .shown import state_of
from .status import MaintenanceStatus, state_in_words, status
from .windows import Maintenance

NEXT_SHOWN = 3

Moment = Annotated[datetime, Meta(tz=True)]


class MaintenancePlan(Struct, frozen=True):
    """What is done from `start` on for so many `seconds`. `window` names one of the guide's; left out, that of the
    whole service. With `anyway` it is announced although the guide does not allow it: that breaks the guide's line.
    `components` of the status page are concerned; left out, those of the window's environment.
    """

    what: What
    start: Moment
    seconds: Annotated[float, Meta(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)]
    window: Annotated[str, Meta(max_length=200)] = ""
    anyway: bool = False
    components: Annotated[list[Name], Meta(max_length=100)] = []
    by: Name = ""


class MaintenanceForm(Struct, frozen=True):
    """The same as the console's form sends it: `start` as a browser writes it, in UTC."""

    what: What
    start: str
    lasts: str
    window: str = ""
    anyway: str = ""
    components: list[str] | str = ()  # type: ignore[assignment]
    by: Name = ""

    @property
    def named(self) -> tuple[str, ...]:
        """A form sends one name as a text."""
        return (self.components,) if isinstance(self.components, str) else tuple(self.components)


class Cancelling(Struct, frozen=True):
    """Who cancels it."""

    by: Name = ""


class Maintenances(Listing, frozen=True, kw_only=True):
    """What was announced, the latest beginning first."""

    items: tuple[MaintenanceStatus, ...]


class Shown(Struct, frozen=True):
    """A window of the guide on the page; `following` are its next openings, none where the guide leaves them open."""

    promise: Promise
    said: str
    standing: Standing
    when: str
    most: str
    notice: str
    every_time: bool
    following: tuple[Interval, ...]


def _latest(console: Console) -> list[Maintenance]:
    return sorted(state_of(console).announced.values(), key=lambda one: (-one.start, -one.seq))


URGENCY = ("running", "asked", "approved", "planned")
"""What is looked for first; what is over comes last."""


def _by_urgency(console: Console, now: Instant) -> list[tuple[Maintenance, str]]:
    """What goes on, what waits for somebody, what comes next; then what is over, the latest first."""
    told = [(one, state_in_words(one, now)) for one in _latest(console)]
    ahead = [pair for pair in told if pair[1] in URGENCY]
    ahead.sort(key=lambda pair: (URGENCY.index(pair[1]), pair[0].start, pair[0].seq))
    return [*ahead, *(pair for pair in told if pair[1] not in URGENCY)]


def _shown(console: Console, promise: Promise, window: Window) -> Shown:
    state, now = state_of(console), console.now()
    hours = windows.hours_of(state, window)
    when = ", ".join(part for part in (recurrence(window.rrule), times(window)) if part)
    return Shown(
        promise=promise,
        said=marks.said(promise),
        standing=console.standings().get(promise.id, marks.UNKNOWN),
        when=when,
        most=spoken(window.max_seconds) if window.max_seconds is not None else "",
        notice=notice(window),
        every_time=promise.id in state.bindings.maintenance.every_time,
        following=() if hours is None else tuple(islice(hours.intervals(now), NEXT_SHOWN)),
    )


def _proposed(found: list[Shown], now: Instant) -> Instant | None:
    """When the next window opens of which notice can still be given: what the form begins with."""
    for one in found:
        values = one.promise.values
        assert isinstance(values, Window)
        for start, _ in one.following:
            if start > after(now, float(values.notice_seconds or 0)):
                return start
    return None


@get("/maintenance", needs="read", include_in_schema=False)
async def maintenance_page(console: ConsoleDep, shell: ShellDep) -> Response[str]:
    """What is planned, was notice given, when is the next window?"""
    now = console.now()
    found = [_shown(console, *one) for one in windows.windows(state_of(console))]
    return shell.render(
        "maintenance/maintenance.html",
        here="/maintenance",
        windows=found,
        components=_components(console),
        announced=_by_urgency(console, now),
        said=shown.said,
        people=people(console),
        proposed=_proposed(found, now),
        offered=tuple(HOURS),
        approval=emergency.rule(state_of(console)),
        approvers=lambda one: emergency.approvers(state_of(console), one),
    )


def _components(console: Console) -> Mapping[str, str]:
    """What of the status page may be named: public names by the names of their tables."""
    page = state_of(console).bindings.status
    if page is None or not page.windows:
        return {}
    return {name: one.label for name, one in page.components.items()}


@post("/maintenance", needs="operate", include_in_schema=False)
async def announce_form(data: URLEncodedBody[MaintenanceForm], console: ConsoleDep) -> Redirect:
    """The button Announce."""
    seconds = seconds_of(data.lasts)
    try:
        start = parse_instant(f"{data.start}Z")
    except ValueError as error:
        raise Refused(str(error), reason="malformed_instant", where="start") from None
    end = after(start, seconds)
    await _announce(
        console,
        AnnounceMaintenance(data.what, start, end, data.by, data.window, bool(data.anyway), data.named),
    )
    return Redirect("/maintenance", status_code=303)


async def _announce(console: Console, command: AnnounceMaintenance) -> Maintenance:
    recorded = await console.submit(command, actor=f"person:{command.by}")
    made = next(one.fact.data for one in recorded if isinstance(one.fact.data, MaintenanceAnnounced))
    return state_of(console).announced[made.maintenance]


@post("/maintenance/{maintenance:str}/cancel", needs="operate", include_in_schema=False)
async def cancel_form(
    maintenance: FromPath[str], data: URLEncodedBody[Cancelling], console: ConsoleDep
) -> Redirect:
    """The buttons Cancel and End now."""
    await done(console, maintenance, CancelMaintenance(maintenance, data.by), data.by)
    return Redirect("/maintenance", status_code=303)


@get("/api/v1/maintenance", needs="read", tags=TAGS, summary="List maintenance")
async def list_maintenance(paging: PagingDep, console: ConsoleDep) -> Response[Maintenances]:
    """The latest 200 that were announced, the latest beginning first."""
    known, now = paging.after(tuple[int, int]), console.now()

    def place(one: Maintenance) -> tuple[int, int]:
        return -one.start, -one.seq

    def make() -> Maintenances:
        items, following = paging.page(later(_latest(console), known, place), place)
        return Maintenances(items=tuple(status(one, now) for one in items), next=following)

    return paging.answer(f'{ledger_tag(console)[:-1]}.{now // 60_000}"', make)


@post(
    "/api/v1/maintenance",
    needs="operate",
    tags=TAGS,
    status_code=201,
    summary="Announce maintenance",
    responses=refused(
        {
            404: "The guide has no such window (`unknown_window`), or the status page no such component "
            "(`unknown_component`)",
            409: "The guide does not allow it (`too_late`, `too_long`, `outside_window`), it does not say which "
            "window is meant (`which_window`), it is no plan (`past`, `too_far`), or the status page shows no "
            "maintenance of the team (`not_public`)",
        }
    ),
)
async def announce_maintenance(data: JSONBody[MaintenancePlan], console: ConsoleDep) -> MaintenanceStatus:
    """Announced as the guide asks, its downtime is planned: a budget that leaves that out leaves it out."""
    start = from_datetime(data.start)
    end = after(start, data.seconds)
    command = AnnounceMaintenance(
        data.what, start, end, data.by, data.window, data.anyway, tuple(data.components)
    )
    one = await _announce(console, command)
    return status(one, console.now())


@post(
    "/api/v1/maintenance/{maintenance:str}/cancel",
    needs="operate",
    tags=TAGS,
    status_code=200,
    summary="Cancel maintenance",
    responses=refused(
        {
            404: "No such maintenance was announced (`unknown_maintenance`)",
            409: "It is over (`over`), or was cancelled before (`already_cancelled`)",
        }
    ),
)
async def cancel_maintenance(
    maintenance: FromPath[str], data: JSONBody[Cancelling], console: ConsoleDep
) -> MaintenanceStatus:
    """It does not take place; one that runs ends now."""
    return await done(console, maintenance, CancelMaintenance(maintenance, data.by), data.by)


def pages() -> Pages:
    """This chapter's part of the console and the API."""
    return Pages(
        name="maintenance",
        handlers=(
            *(maintenance_page, announce_form, cancel_form),
            *(list_maintenance, announce_maintenance, cancel_maintenance),
            *EMERGENCIES,
        ),
        templates=Path(__file__).parent / "templates",
        links=(Link("Maintenance", "/maintenance", "m", place=38, minor=True),),
        panels=shown.panels,
        events=shown.events,
        touches=shown.touches,
        words=shown.WORDS,
    )
