"""A month of the cast's shop, lived through the real core and kept on a real ledger."""

from pathlib import Path

from opsguide.app import fact_types
from opsguide.app.report.build import build
from opsguide.app.report.cli import Stored
from opsguide.app.report.model import Report
from opsguide.guide.adoption import Refuse
from opsguide.guide.promise import Diagnostic
from opsguide.guide.signing import Sign, Withdraw
from opsguide.guide.values import Objective
from opsguide.incidents.commands import Acknowledge, Open, Resolve
from opsguide.kernel.clock import Instant, parse_instant, seconds_between
from opsguide.kernel.standing import EvidenceRecorded, Verdict
from opsguide.storage.reader import open_readonly
from opsguide.storage.sqlite import open_ledger
from tests.cast import BINDINGS, P95, PROMISES, UPTIME
from tests.guide.test_signing import BY_HAND, RESTORE, SECRETS
from tests.world import HandClock, World, a_promise

DAY = 86400.0


def a_world(zone: str = "UTC") -> World:
    """30 October 2026: the guide is adopted."""
    world = World(HandClock(parse_instant("2026-10-30T09:00:00Z")))
    world.adopt(
        [*PROMISES, *BY_HAND], f'zone = "{zone}"\n{BINDINGS}\n[people.carla]\nname = "Carla <Nord>"\n'
    )
    return world


def go_to(world: World, when: str) -> None:
    world.pass_time(seconds_between(world.clock.now(), parse_instant(when)))


def look(world: World, promise: str, verdict: Verdict, reason: str, value: str = "", limit: str = "") -> None:
    seen = EvidenceRecorded(promise, verdict, reason, 60 * DAY, value, limit)
    world._keep(world.engine.record(seen, subject=f"promise:{promise}", now=world.clock.now()))


def a_month(zone: str = "UTC") -> World:
    """November: p95 broken for 12 minutes and again for an hour; one incident, acknowledged in time and resolved too
    late; a looser version on the 20th, a refused one; one signature kept, one withdrawn."""
    world = a_world(zone)
    look(world, P95, "kept", "fast enough", "150 ms", "< 200 ms")
    go_to(world, "2026-11-05T10:00:00Z")
    world.do(Sign(RESTORE, "carla", "restored Sunday's backup | in 47 minutes", None), actor="person:carla")
    world.do(Sign(SECRETS, "ana", "looked <everywhere>", None), actor="person:ana")
    go_to(world, "2026-11-09T10:00:00Z")
    world.do(Withdraw(SECRETS, "bogdan", "not everywhere"), actor="person:bogdan")
    go_to(world, "2026-11-10T12:00:00Z")
    look(world, P95, "broken", "slow | <b>very</b>", "430 ms", "< 200 ms")
    go_to(world, "2026-11-10T12:12:00Z")
    look(world, P95, "kept", "fast again", "160 ms", "< 200 ms")
    go_to(world, "2026-11-12T08:00:00Z")
    world.do(
        Open(
            key="environment:production",
            title="production is down",
            reason="3 probes in a row failed",
            condition="system_down",
            promise=UPTIME,
        )
    )
    world.deliver()
    go_to(world, "2026-11-12T08:04:00Z")
    world.do(Acknowledge("INC-1", "ana"), actor="person:ana")
    go_to(world, "2026-11-12T11:00:00Z")
    world.do(Resolve("INC-1", "ana", "restarted the database"), actor="person:ana")
    go_to(world, "2026-11-15T00:00:00Z")
    look(world, P95, "broken", "slow", "510 ms", "< 200 ms")
    go_to(world, "2026-11-15T01:00:00Z")
    look(world, P95, "kept", "fast again", "150 ms", "< 200 ms")
    go_to(world, "2026-11-20T09:00:00Z")
    world.do(Refuse((Diagnostic(level="error", code="yaml", message="no mapping", line=12),), "0" * 64))
    looser = a_promise(P95, Objective(signal="response_time", percentile=95, op="<", seconds=0.3))
    again = [looser if p.id == P95 else p for p in (*PROMISES, *BY_HAND)]
    world.adopt(again, f'zone = "{zone}"\n{BINDINGS}\n[people.carla]\nname = "Carla <Nord>"\n')
    go_to(world, "2026-12-03T00:00:00Z")
    return world


async def kept(world: World, folder: Path) -> Stored:
    """The world's history on a ledger on the disk, to read."""
    async with open_ledger(folder, fact_types()) as ledger:
        await ledger.append([recorded.fact for recorded in world.history])
    return Stored(open_readonly(folder), fact_types())


async def reported(world: World, folder: Path, month: str = "2026-11", at: Instant | None = None) -> Report:
    return build(await kept(world, folder), month, world.clock.now() if at is None else at)
