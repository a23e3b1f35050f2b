"""The probes of the bindings, followed: looks from here and from other regions, signs of life, and what follows."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from ....guide.bindings import LOCAL, Bindings, ProbeBinding, regions_of
from ....kernel.clock import Clock, Instant, after, seconds_between
from ....kernel.duration import spoken
from ....kernel.errors import BindingsError, LedgerUnwritable, Refused
from ....kernel.part import Command
from ....kernel.ports import Kept, Sample, Telemetry
from ...state import State
from .. import heartbeats, reports
from ..commands import Judged, RegionSeen
from ..heartbeats import Beat, Sign
from ..looks import Look, Seen, patience
from ..quorum import Judgement, judge
from ..rules import changes
from .ask import Ways
from .schedule import Schedule

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 1.0
JUDGE_ROUNDS = 5
"""Every fifth round all are judged again: silence and lateness bring no look."""


class Course(Struct):
    """A probe as it is now: what each region sees, and what they say together."""

    probe: ProbeBinding
    seen: dict[str, Seen]
    judgement: Judgement
    tls_expires: Instant | None = None


@dataclass(kw_only=True)
class Probing:
    """`secret` gives the end of a heartbeat's address by its name. `submit` hands a command to the decider."""

    state: Callable[[], State]
    bindings: Callable[[], Bindings]
    submit: Callable[[Command], Awaitable[object]]
    telemetry: Telemetry
    clock: Clock
    ways: Ways
    kept: Kept[Beat]
    secret: Callable[[str], str]
    courses: dict[str, Course] = field(default_factory=dict)
    regions: dict[str, reports.Region] = field(default_factory=dict)
    beats: dict[str, Beat] = field(default_factory=dict)
    listening_since: Instant = 0
    _followed: Bindings | None = None
    _schedule: Schedule = field(init=False)

    def __post_init__(self) -> None:
        self._schedule = Schedule(ways=self.ways, took=self._looked)

    async def run(self) -> None:
        """Until cancelled."""
        self.start()
        looking = asyncio.create_task(self._schedule.run(), name="probe schedule")
        try:
            while True:
                for _ in range(JUDGE_ROUNDS):
                    self.follow()
                    await asyncio.sleep(FOLLOW_SECONDS)
                await self.judge_all()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def start(self) -> None:
        """From now on signs of life can come."""
        self.listening_since = self.clock.now()
        self.beats.update(self.kept.load())

    def follow(self) -> None:
        """Take up what the bindings have now."""
        bindings, now = self.bindings(), self.clock.now()
        if bindings is self._followed:
            return
        self._followed = bindings
        before, self.courses = self.courses, {}
        for name, probe in bindings.probes.items():
            known = before.get(name)
            seen = known.seen if known is not None and _same_thing(known.probe, probe) else {}
            places = regions_of(probe, bindings.regions)
            self.courses[name] = Course(
                probe,
                {place: seen.get(place) or Seen(since=now) for place in places},
                Judgement(None, _waiting(probe), dict.fromkeys(places, "new")),
                known.tls_expires if known is not None and seen else None,
            )
        self.regions = {
            name: self.regions.get(name) or reports.Region(now, runs={}) for name in bindings.regions
        }
        self._follow_beats(bindings, now)
        self._schedule.follow(reports.local(bindings))

    def _follow_beats(self, bindings: Bindings, now: Instant) -> None:
        wanted = {name for name, probe in bindings.probes.items() if probe.kind == "heartbeat"}
        if wanted != self.beats.keys():
            self.beats = {name: self.beats.get(name) or Beat(since=now) for name in wanted}
            self.kept.save(self.beats)

    async def _looked(self, name: str, _probe: ProbeBinding, look: Look) -> None:
        self.take(name, LOCAL, look, self.clock.now())
        await self.judge(name)

    def take(self, name: str, region: str, look: Look, at: Instant) -> bool:
        """A look from a region, as of `at`. What is too old to count is history. False: nothing was waiting for it."""
        course, now = self.courses.get(name), self.clock.now()
        if course is None or region not in course.seen:
            return False
        if look.unable and course.seen.keys() == {LOCAL}:
            # Nobody else looks: that it cannot be looked at is told as an outage, so that somebody is told at all.
            look = replace(look, unable=False)
        if not look.unable:
            self._keep(name, region, look, at)
        if seconds_between(at, now) <= patience(course.probe) and course.seen[region].took(look, at):
            expiring = (one.look.tls_expires for one in course.seen.values() if one.look is not None)
            shown = [one for one in expiring if one is not None]
            course.tls_expires = min(shown) if shown else course.tls_expires
        return True

    def _keep(self, name: str, region: str, look: Look, at: Instant) -> None:
        """As Prometheus' blackbox exporter names them."""
        samples = [Sample({"__name__": "probe_success"}, float(look.up))]
        if look.seconds is not None and math.isfinite(look.seconds):
            samples.append(Sample({"__name__": "probe_duration_seconds"}, look.seconds))
        for phase, seconds in look.phases.items():
            samples.append(Sample({"__name__": "probe_phase_duration_seconds", "phase": phase}, seconds))
        if look.tls_expires is not None:
            expiry = Sample({"__name__": "probe_ssl_earliest_cert_expiry"}, look.tls_expires / 1000)
            samples.append(expiry)
        environment = self.courses[name].probe.environment
        target = {"job": "probe", "probe": name, "region": region}
        self.telemetry.ingest(samples, at, target | ({"environment": environment} if environment else {}))

    async def judge(self, name: str) -> None:
        """Weigh what is known of one, and report it where that changes something."""
        course, now = self.courses[name], self.clock.now()
        if course.probe.kind == "heartbeat":
            course.judgement = heartbeats.judge(course.probe, self.beats[name], now, self.listening_since)
        else:
            course.judgement = judge(course.probe, course.seen, now)
        found = course.judgement
        if found.state is None:
            return
        ends = course.tls_expires
        few = ends is not None and seconds_between(now, ends) < course.probe.expect.certificate_days * 86_400
        command = Judged(name, found.state, found.reason, found.failures, found.since, ends if few else None)
        if changes(self.state(), command):
            await self._report(command)

    async def judge_all(self) -> None:
        """Weigh everything again, because time went by."""
        for name in list(self.courses):
            if name in self.courses:
                await self.judge(name)
        for name in list(self.regions):
            await self._judge_region(name)
        for name in self.beats:
            self._keep_beat(name)

    async def _judge_region(self, name: str) -> None:
        region, known, now = self.regions[name], self.state().probing, self.clock.now()
        last = region.since if region.heard is None else region.heard
        silent = seconds_between(last, now) > reports.SILENT_SECONDS
        lacks = self._lacks(name)
        if (silent or lacks) and name not in known.silent:
            quiet = f"nothing was heard of it for {spoken(seconds_between(last, now))}"
            await self._report(RegionSeen(name, True, quiet if silent else lacks))
        elif not silent and not lacks and region.heard is not None and name not in known.heard:
            await self._report(RegionSeen(name, False, "it sends what it saw"))

    def _lacks(self, region: str) -> str:
        """Why the region cannot look at what it is to look at, or ""."""
        courses = ((name, course.seen.get(region)) for name, course in self.courses.items())
        found = [(name, seen.lacks) for name, seen in courses if seen is not None and seen.lacks]
        return f"it cannot probe {', '.join(name for name, _ in found[:3])}: {found[0][1]}" if found else ""

    async def received(self, region: str, report: reports.Report) -> int:
        """What a region reports; how many looks were taken. Raises nothing: what is unknown is left out."""
        place, now = self.regions[region], self.clock.now()
        if not place.is_new(report):
            return 0
        place.heard, place.version, place.lost = now, report.version, report.lost
        fresh, taken = dict[str, None](), 0
        for one in report.looks[: reports.MOST_LOOKS]:
            age = max(0.0, one.age_seconds)
            if self.take(one.probe, region, one.look, after(now, -age)):
                taken += 1
                if age <= patience(self.courses[one.probe].probe):
                    fresh[one.probe] = None
        for name in fresh:
            await self.judge(name)
        await self._judge_region(region)
        return taken

    def proves(self, region: str, token: str) -> bool:
        """Whether this is the region's token. An unknown region takes as long to refuse as a wrong token."""
        bound = self.bindings().regions.get(region)
        try:
            wanted = self.ways.resolve(bound.token) if bound is not None else ""
        except BindingsError as error:
            log.warning("region %s: %s", region, error)
            wanted = ""
        return reports.same(token, wanted) and bool(wanted) and region in self.regions

    def address_of(self, name: str) -> str:
        """The secret end of a heartbeat's address. Raises BindingsError."""
        bound = self.bindings().probes[name].secret
        return self.ways.resolve(bound) if bound else self.secret(name)

    def heartbeat(self, name: str, secret: str) -> ProbeBinding | None:
        """The binding of a heartbeat, for whoever knows its secret."""
        probe = self.bindings().probes.get(name)
        is_one = probe is not None and probe.kind == "heartbeat" and name in self.beats
        try:
            wanted = self.address_of(name) if is_one else ""
        except BindingsError as error:
            log.warning("heartbeat %s: %s", name, error)
            wanted = ""
        return probe if reports.same(secret, wanted) and wanted else None

    async def signed(self, name: str, sign: Sign, why: str, said: str) -> None:
        """A sign of life of a job, from one who proved that it is his."""
        self.beats[name].took(sign, self.clock.now(), why, said)
        self.kept.save(self.beats)
        await self.judge(name)
        self._keep_beat(name)

    def _keep_beat(self, name: str) -> None:
        state = self.courses[name].judgement.state
        if state is not None:
            look = Look(state == "up", seconds=self.beats[name].ran_seconds)
            self._keep(name, LOCAL, look, self.clock.now())

    async def _report(self, command: Command) -> None:
        """A refused or unwritable report is not lost: the next look brings the same truth again."""
        try:
            await self.submit(command)
        except (Refused, LedgerUnwritable) as error:
            log.debug("not recorded: %s", error.what)


def _waiting(probe: ProbeBinding) -> str:
    return "waiting for its first sign of life" if probe.kind == "heartbeat" else "not looked at yet"


def _same_thing(one: ProbeBinding, other: ProbeBinding) -> bool:
    """Whether what is known of one is true of the other: they ask for the same."""
    asked = ("url", "tcp", "dns", "heartbeat", "expect", "record", "resolver", "send", "method")
    return all(getattr(one, key) == getattr(other, key) for key in asked)
