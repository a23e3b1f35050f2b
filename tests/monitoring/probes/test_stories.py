"""What follows from probes: incidents, availability, certificates, silent regions; on the fast-forwarded clock."""

from opsguide.guide.bindings import unbound
from opsguide.incidents.facts import IncidentOpened, IncidentRecovered
from opsguide.kernel.clock import Instant, after
from opsguide.kernel.facts import Data
from opsguide.monitoring.commands import Probed
from opsguide.monitoring.facts import EnvironmentDown, EnvironmentUp
from opsguide.monitoring.probes.commands import Judged, RegionSeen
from opsguide.monitoring.probes.facts import ProbeDown, ProbeUnknown, ProbeUp
from tests.cast import BINDINGS, PROMISES, UPTIME
from tests.world import START, World, a_reading

CHECKOUT = """
[probes.checkout]
url = "https://shop.example/checkout"
environment = "production"
severity = "high"
"""
COUNTING = CHECKOUT.replace('severity = "high"', "availability = true")
SECOND = """
[probes.login]
tcp = "shop.example:443"
environment = "production"
availability = true
"""
REGION = '\n[regions.eu-west]\ntoken = "env:TOKEN"\n'


def shop(probes: str) -> World:
    world = World()
    world.adopt(PROMISES, BINDINGS + probes)
    return world


def down(probe: str = "checkout", since: Instant | None = None) -> Judged:
    return Judged(probe, "down", "2 looks in a row failed: it answered 500", 2, since)


def up(probe: str = "checkout", certificate_ends: Instant | None = None) -> Judged:
    return Judged(probe, "up", "it answers", certificate_ends=certificate_ends)


def opened(facts: list[Data]) -> list[tuple[str, str, bool]]:
    return [(one.title, one.severity, one.pages) for one in facts if isinstance(one, IncidentOpened)]


def kinds(facts: list[Data], *wanted: type[Data]) -> list[type[Data]]:
    return [type(one) for one in facts if isinstance(one, wanted)]


def test_a_failing_probe_opens_an_incident_at_its_severity_and_closes_it() -> None:
    world = shop(CHECKOUT)
    world.do(up())
    assert opened(world.do(down())) == [("checkout is down", "high", True)]
    assert world.do(down()) == [], "said once"
    assert kinds(world.do(up()), IncidentRecovered) == [IncidentRecovered]
    assert world.standing(UPTIME).kind != "at_risk", "production was never down"


def test_one_without_a_severity_makes_a_ticket() -> None:
    world = shop(CHECKOUT.replace('severity = "high"', ""))
    assert opened(world.do(down())) == [("checkout is down", "unspecified", False)]


def test_one_that_counts_takes_its_environment_down_from_the_first_failed_look() -> None:
    world = shop(COUNTING)
    world.do(up())
    world.clock.advance(60)
    facts = world.do(down(since=after(START, 20)))
    assert opened(facts) == [("production is down", "critical", True)], "the guide's definition says so"
    watched = world.engine.state("monitoring").environments["production"]
    assert watched.outages == [(after(START, 20), None)]
    assert world.standing(UPTIME).kind == "at_risk"
    world.clock.advance(60)
    assert kinds(world.do(up()), EnvironmentUp, IncidentRecovered) == [EnvironmentUp, IncidentRecovered]
    assert watched.outages == [(after(START, 20), after(START, 120))] or world.engine.state(
        "monitoring"
    ).environments["production"].outages == [(after(START, 20), after(START, 120))]


def test_an_environment_is_up_only_when_all_that_count_are() -> None:
    world = shop(COUNTING + SECOND)
    assert kinds(world.do(down()), EnvironmentDown) == [EnvironmentDown]
    assert kinds(world.do(down("login")), EnvironmentDown) == [], "it is down already"
    assert kinds(world.do(up()), EnvironmentUp) == []
    assert kinds(world.do(Probed("production", True, 0.1)), EnvironmentUp) == []
    assert kinds(world.do(up("login")), EnvironmentUp) == [EnvironmentUp]


def test_its_own_url_that_fails_meanwhile_keeps_it_down() -> None:
    world = shop(COUNTING)
    world.do(down())
    for _ in range(3):
        world.do(Probed("production", False, 0.0, "it answered 503"))
    assert kinds(world.do(up()), EnvironmentUp) == []
    assert kinds(world.do(Probed("production", True, 0.1)), EnvironmentUp) == [EnvironmentUp]


def test_not_knowing_mends_nothing_and_is_neither_up_nor_down() -> None:
    world = shop(COUNTING + REGION)
    world.do(down())
    facts = world.do(Judged("checkout", "unknown", "too few regions report"))
    assert kinds(facts, ProbeUnknown, EnvironmentUp, IncidentRecovered) == [ProbeUnknown]
    assert world.engine.state("monitoring").environments["production"].down
    assert kinds(world.do(up()), EnvironmentUp) == [EnvironmentUp]


def test_an_uptime_that_nobody_sees_is_unproven_after_a_while() -> None:
    world = shop(COUNTING)
    world.do(up())
    assert world.standing(UPTIME).kind == "kept"
    world.do(Judged("checkout", "unknown", "it is not looked at"))
    world.pass_time(3600)
    assert world.standing(UPTIME).kind == "unproven"
    world.do(up())
    assert world.standing(UPTIME).kind == "kept"


def test_a_probe_that_leaves_the_bindings_leaves_nothing_down() -> None:
    world = shop(COUNTING + SECOND + CHECKOUT.replace("checkout]", "third]"))
    for name in ("checkout", "login", "third"):
        world.do(down(name))
    facts = world.adopt(PROMISES, BINDINGS)
    assert kinds(facts, ProbeUp) == [ProbeUp] * 3
    assert kinds(facts, EnvironmentUp) == [EnvironmentUp], "once"
    assert kinds(facts, IncidentRecovered) == [IncidentRecovered] * 2
    assert world.engine.state("monitoring").probing.probes == {}


def test_a_certificate_that_runs_out_makes_a_ticket_in_time() -> None:
    world = shop(CHECKOUT)
    ends = after(START, 9 * 86_400)
    facts = world.do(up(certificate_ends=ends))
    assert opened(facts) == [("The certificate of checkout runs out", "unspecified", False)]
    assert world.do(up(certificate_ends=ends)) == []
    assert kinds(world.do(down()), ProbeDown) == [ProbeDown]
    assert kinds(world.do(up(certificate_ends=ends)), IncidentRecovered) == [IncidentRecovered], (
        "the outage's"
    )
    assert kinds(world.do(up()), IncidentRecovered) == [IncidentRecovered]


def test_a_silent_region_makes_one_ticket_whatever_it_probes() -> None:
    world = shop(CHECKOUT + REGION)
    silent = RegionSeen("eu-west", True, "nothing was heard of it for 5 m")
    assert opened(world.do(silent)) == [("Region eu-west does not report", "unspecified", False)]
    assert world.do(silent) == []
    heard = RegionSeen("eu-west", False, "it sends what it saw")
    assert kinds(world.do(heard), IncidentRecovered) == [IncidentRecovered]
    world.do(silent)
    assert kinds(world.adopt(PROMISES, BINDINGS), IncidentRecovered) == [IncidentRecovered]


def test_a_restart_remembers_how_everything_was() -> None:
    world = shop(COUNTING + REGION)
    world.do(down(since=START))
    world.do(RegionSeen("eu-west", True, "nothing was heard of it"))
    again = world.restart()
    assert again.do(down()) == []
    assert again.do(RegionSeen("eu-west", True, "nothing was heard of it")) == []
    assert kinds(again.do(up()), EnvironmentUp) == [EnvironmentUp]


def test_an_uptime_is_bound_by_a_probe_that_counts() -> None:
    world = World()
    world.adopt(PROMISES, '[environments.production]\n[probes.a]\nurl = "https://a.example/"\n')
    assert UPTIME in {
        one.promise
        for one in unbound(a_reading(PROMISES), world.engine.state("guide").current.adopted.bindings)
    }
    world.adopt(PROMISES, "[environments.production]\n" + COUNTING)
    bindings = world.engine.state("guide").current.adopted.bindings
    assert UPTIME not in {one.promise for one in unbound(a_reading(PROMISES), bindings)}
    world.do(up())
    assert world.standing(UPTIME).kind == "kept"
