"""The page of an instant, made of what the engine knows. Reads only."""

from collections.abc import Callable, Iterator, Sequence

from ...guide.bindings import Bindings
from ...guide.bindings.status_page import Component as Bound
from ...guide.history import Stint
from ...kernel.calendar import zone
from ...kernel.clock import Instant
from ...kernel.engine import Engine
from ...maintenance.windows import State as Maintenance
from ...monitoring.state import State as Monitoring
from . import courses
from .courses import Course, Level
from .entries import entries
from .model import Component, Entry, Overall, Page, Planned
from .planned import called_off, excused, planned
from .state import State

UNNAMED = "Service"
"""Not the title of the guide, which is written for the team."""

Stints = Callable[[str, Instant, Instant], Sequence[Stint]]
"""How a promise stood between two instants."""


def build(engine: Engine, bindings: Bindings, stints: Stints, now: Instant) -> Page:
    """The page of the bindings, which have one. `bindings` are those with addresses."""
    bound = bindings.status
    assert bound is not None
    state: State = engine.state("status_page")
    shown = entries(bound, state.incidents.values(), now)
    maintenance: Maintenance = engine.state("maintenance")
    plans = planned(bound, state.announced, maintenance, bindings.zone, now)
    maintained = {label for one in plans if one.is_on(now) and one.excuses for label in one.components}
    looking = _Looking(state, engine.state("monitoring"), maintenance, bindings, stints, now)
    components = tuple(
        looking.component(name, one, maintained=one.label in maintained)
        for name, one in bound.components.items()
    )
    return Page(
        title=bound.title or bindings.service or UNNAMED,
        about=bound.about,
        url=(bound.url or "").rstrip("/"),
        contact=bound.contact or "",
        zone=bindings.zone,
        since=state.bound_at,
        now=now,
        overall=_overall(components, shown, plans, now),
        components=components,
        entries=shown,
        planned=plans,
        called_off=called_off(bound, maintenance, plans, now) if bound.windows else (),
    )


def _overall(
    components: Sequence[Component], shown: Sequence[Entry], plans: Sequence[Planned], now: Instant
) -> Overall:
    """What stands at the top: the worst that is so. Maintenance that was announced excuses what it concerns."""
    levels = {one.level for one in components if not one.maintained}
    if Level.DOWN in levels:
        return "down"
    if Level.DEGRADED in levels:
        return "degraded"
    if any(one.ended is None for one in shown):
        return "incident"
    if any(one.maintained for one in components) or any(one.is_on(now) and one.components for one in plans):
        return "maintenance"
    if Level.UNKNOWN in levels:
        return "unknown"
    return "up" if components else "empty"


class _Looking:
    """How the components of one page are and were."""

    def __init__(
        self,
        state: State,
        monitoring: Monitoring,
        maintenance: Maintenance,
        bindings: Bindings,
        stints: Stints,
        now: Instant,
    ) -> None:
        self._state, self._monitoring, self._bindings = state, monitoring, bindings
        self._maintenance = maintenance
        self._stints, self._now = stints, now
        self._zone = zone(bindings.zone)
        self._start = courses.day_starts(self._zone, now)[0][1]
        self._attended = courses.of_spans(state.attended, Level.UP, Level.UNKNOWN)

    def component(self, name: str, bound: Bound, *, maintained: bool) -> Component:
        end = self._now + 1
        course = courses.worst(list(self._courses(bound)), self._start, end)
        maintained_at = [*self._state.maintenance_of(name), *excused(self._maintenance, name)]
        course = courses.excused(course, maintained_at, end)
        days = courses.days(course, self._zone, self._now)
        began, level = course[-1]
        return Component(
            name=name,
            label=bound.label,
            about=bound.about,
            group=bound.group,
            level=level,
            maintained=maintained,
            since=began if began > self._start else None,
            days=days,
            uptime=courses.uptime(days),
        )

    def _courses(self, bound: Bound) -> Iterator[Course]:
        """What it stands on. Time in which opsguide itself was away is known of none of it."""
        looked = bound.environment is not None or bound.probe is not None
        if looked:
            yield self._attended
        if bound.environment is not None:
            yield from self._environment(bound.environment)
        if bound.probe is not None:
            yield courses.of_turns(self._state.probes.get(bound.probe, ()))
        if bound.promise is not None:
            found = self._stints(bound.promise, self._start, self._now)
            otherwise = Level.UP if looked else Level.UNKNOWN
            yield courses.of_stints(found, otherwise, self._now)

    def _environment(self, name: str) -> Iterator[Course]:
        """Its outages; and not to be told where a probe that counts for it cannot be."""
        watched = self._monitoring.environments.get(name)
        bound = self._bindings.environments.get(name)
        if watched is None:
            yield [(courses.LONG_AGO, Level.UNKNOWN)]
            return
        yield courses.of_outages(watched.since, watched.outages)
        for probe, one in self._bindings.probes.items():
            if one.availability and one.environment == name:
                yield _only_unknown(courses.of_turns(self._state.probes.get(probe, ())), watched.since)
        if bound is not None and bound.url is not None and not watched.down:
            # Its own probe gives evidence each five minutes. Without any it is not looked at now.
            look = self._monitoring.book.looks.get(f"environment:{name}")
            if look is None or look.until < self._now:
                yield [(courses.LONG_AGO, Level.UP), (look.until if look else watched.since, Level.UNKNOWN)]


def _only_unknown(course: Course, since: Instant) -> Course:
    """Whether a probe is down is told by the outages of its environment, from `since` on."""
    found = [
        (at, Level.UNKNOWN if level == Level.UNKNOWN else Level.UP) for at, level in course if at >= since
    ]
    return [(courses.LONG_AGO, Level.UP), *found]
