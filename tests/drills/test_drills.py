"""A synthetic breach through detection, incident and page: what it proves, and that it counts nowhere."""

import pytest

from opsguide.guide.proving import DrillDetected, DrillEnded, DrillPassed, DrillStarted
from opsguide.incidents.commands import Acknowledge
from opsguide.incidents.facts import ClockMet, IncidentOpened
from opsguide.incidents.page import Around, compose
from opsguide.kernel.clock import after, parse_instant, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data
from opsguide.kernel.intent import Intent
from opsguide.monitoring.commands import Observation, Observe
from opsguide.monitoring.drills.commands import Breached, CannotBreach, FailedProbe, StartDrill, StopDrill
from opsguide.monitoring.drills.schedule import plans
from tests.cast import ACKNOWLEDGE, BINDINGS, ERRORS, P95, PRIMARY, PROMISES, SLOW, UPTIME, harbour
from tests.world import World

BREACH = 0.2


def start(world: World, promise: str = ERRORS, **how: object) -> DrillStarted:
    started = world.do(StartDrill(promise, "ana", **how))[0]  # type: ignore[arg-type]
    assert isinstance(started, DrillStarted)
    return started


def breach(world: World, seconds: float = 301, drill: str = "DRILL-1") -> list[Data]:
    """The synthetic value is told as the edge tells it, every 5 s, until the alert has fired."""
    happened = list[Data]()
    for _ in range(int(seconds // 5) + 1):
        if drill not in world.engine.state("drills").running:
            break
        if world.engine.state("drills").running[drill].detected_at is None:
            happened += world.do(Breached(drill, BREACH))
        happened += world.pass_time(5)
    return happened


def ended(world: World) -> DrillEnded:
    facts = [one.fact.data for one in world.history if isinstance(one.fact.data, DrillEnded)]
    assert len(facts) == 1, facts
    return facts[0]


def stages(world: World) -> list[str]:
    return [one.fact.data.stage for one in world.history if isinstance(one.fact.data, DrillPassed)]


def test_a_drill_goes_the_way_of_a_real_breach_and_an_acknowledgement_ends_it() -> None:
    world = harbour()
    start(world)
    happened = breach(world)
    detected = next(one for one in happened if isinstance(one, DrillDetected))
    assert detected.seconds == 300, "the alert's own wait was waited for"
    incident = next(one for one in happened if isinstance(one, IncidentOpened))
    assert (incident.incident, incident.severity, incident.pages) == ("DRILL-1", "critical", True)
    told = world.deliver()
    assert {intent.args["person"] for intent in told} == {"ana"}, "the person on call, and nobody after her"
    world.do(Acknowledge("DRILL-1", "ana"))
    assert stages(world) == ["breach", "pending", "incident", "page", "inbox", "acknowledged"]
    assert (ended(world).result, "acknowledged by ana" in ended(world).reason) == ("proven", True)
    assert world.standing(PRIMARY).kind == "kept", "that the page reached her is true"


def test_a_drill_counts_nowhere() -> None:
    world = harbour()
    world.do(Observe((Observation(ERRORS, 0.01),), every=5))
    before = {name: world.standing(name) for name in (ERRORS, UPTIME, ACKNOWLEDGE)}
    start(world)
    breach(world, 200)
    world.do(Observe((Observation(ERRORS, 0.01),), every=5))
    breach(world, 120)
    world.deliver()
    assert not world.engine.state("incidents").open, "no critical incident is open"
    assert "incident.critical.open" not in world.engine.conditions(world.clock.now())
    assert not world.engine.state("monitoring").alerts
    world.do(Acknowledge("DRILL-1", "ana"))
    assert not any(isinstance(one.fact.data, ClockMet) for one in world.history), "its clocks do not count"
    for name, standing in before.items():
        assert world.standing(name).kind == standing.kind, name
    assert world.engine.state("incidents").count == 0
    assert not world.engine.state("incidents").closed


def test_the_page_says_that_it_is_a_drill() -> None:
    world = harbour()
    start(world)
    breach(world)
    incidents = world.engine.state("incidents")
    page = compose(incidents, incidents.known("DRILL-1"), Around("harbour", "http://x"), world.clock.now())
    assert page.title.startswith("DRILL [critical] harbour: high_error_rate")
    assert page.body.startswith("This is a drill: nothing is wrong.")
    intents = [one.fact.data for one in world.history if isinstance(one.fact.data, Intent)]
    assert all(intent.args["title"].startswith("DRILL ") for intent in intents)


def test_fast_leaves_the_wait_out_and_says_that_it_was_not_proven() -> None:
    world = harbour()
    start(world, shortened=True)
    happened = world.do(Breached("DRILL-1", BREACH))
    assert any(isinstance(one, DrillDetected) for one in happened)
    world.deliver()
    world.do(Acknowledge("DRILL-1", "ana"))
    assert ended(world).result == "proven"
    assert "wait was left out" in ended(world).reason


def test_nobody_is_told_where_that_is_asked() -> None:
    world = harbour()
    start(world, tell=False)
    breach(world)
    assert ended(world).result == "partly"
    assert not world.deliver()


def test_another_person_can_be_told() -> None:
    world = harbour()
    start(world, to="@bogdan")
    breach(world)
    assert {intent.args["person"] for intent in world.deliver()} == {"bogdan"}


def test_a_ticket_is_proven_by_the_inbox() -> None:
    world = harbour()
    start(world, SLOW, shortened=True)
    world.do(Breached("DRILL-1", 0.7))
    world.deliver()
    assert (ended(world).result, "ticket" in ended(world).reason) == ("proven", True)


def test_a_page_that_no_provider_takes_is_where_it_stopped() -> None:
    world = harbour()
    start(world, shortened=True)
    world.do(Breached("DRILL-1", BREACH))
    world.deliver("failed")
    world.pass_time(1900)
    assert (ended(world).result, "no provider took" in ended(world).reason) == ("failed", True)
    assert world.standing(PRIMARY).kind == "broken"
    waiting = [one.intent.deed for one in world.engine.outbox.waiting.values()]
    assert "page" not in waiting, "what nobody needs any more is withdrawn"


def test_without_an_answer_it_ends_by_itself() -> None:
    world = harbour()
    start(world, shortened=True)
    world.do(Breached("DRILL-1", BREACH))
    world.deliver()
    world.pass_time(1799)
    assert "DRILL-1" in world.engine.state("drills").running
    world.pass_time(2)
    assert (ended(world).result, "nobody acknowledged" in ended(world).reason) == ("proven", True)
    assert not world.engine.state("incidents").known("DRILL-1").open


def test_a_breach_that_does_not_show_fails() -> None:
    world = harbour()
    start(world)
    world.do(Breached("DRILL-1", None, "no data"))
    world.pass_time(1300)
    assert (ended(world).result, ended(world).reason) == (
        "failed",
        "the breach did not show within 20 m",
    )


def test_an_uptime_is_proven_by_probes_that_fail_in_a_row() -> None:
    world = harbour()
    start(world, UPTIME)
    happened = list[Data]()
    for _ in range(3):
        happened += world.do(FailedProbe("DRILL-1"))
        world.pass_time(5)
    assert [type(one) for one in happened].count(DrillDetected) == 1
    assert stages(world).count("probe") == 3
    assert not world.engine.state("monitoring").environments, "the real environment was never down"
    incident = next(one for one in happened if isinstance(one, IncidentOpened))
    assert (incident.title, incident.severity) == ("production is down", "critical")


def test_an_uptime_that_other_bindings_place_elsewhere_meanwhile_is_proven_there() -> None:
    world = harbour()
    start(world, UPTIME)
    world.do(FailedProbe("DRILL-1"))
    world.adopt(PROMISES, BINDINGS.replace("[environments.production]", "[environments.live]"))
    happened = list[Data]()
    for _ in range(3):
        happened += world.do(FailedProbe("DRILL-1"))
    incident = next(one for one in happened if isinstance(one, IncidentOpened))
    assert incident.title == "live is down"
    assert world.restart().engine.state("drills").running.keys() == {"DRILL-1"}


def test_a_restart_in_the_middle_goes_on() -> None:
    world = harbour()
    start(world)
    breach(world, 100)
    again = world.restart()
    happened = breach(again, 205)
    detected = next(one for one in happened if isinstance(one, DrillDetected))
    assert detected.seconds == pytest.approx(300, abs=10)


def test_a_real_breach_meanwhile_is_real() -> None:
    world = harbour()
    start(world)
    breach(world, 100)
    world.do(Observe((Observation(ERRORS, 0.3),), every=5))
    breach(world, 210)
    world.pass_time(100)
    world.do(Observe((Observation(ERRORS, 0.3),), every=5))
    assert "INC-1" in world.engine.state("incidents").open


@pytest.mark.parametrize(
    ("promise", "reason", "said"),
    [
        (P95, "cannot_be_proven", "nobody is told"),
        (ACKNOWLEDGE, "cannot_be_proven", "nothing measures"),
        ("monitoring.alert.gone", "unknown_promise", "gone"),
    ],
)
def test_what_cannot_be_proven_says_why(promise: str, reason: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        harbour().do(StartDrill(promise, "ana"))
    assert refused.value.reason == reason


def test_refusals() -> None:
    world = harbour()
    with pytest.raises(Refused, match="no person"):
        world.do(StartDrill(ERRORS, "ana", to="zoe"))
    start(world)
    with pytest.raises(Refused, match="is running"):
        world.do(StartDrill(ERRORS, "ana"))
    world.do(StopDrill("DRILL-1", "ana"))
    assert ended(world).result == "stopped"
    with pytest.raises(Refused, match="is over"):
        world.do(StopDrill("DRILL-1", "ana"))
    unbound = World()
    unbound.adopt(PROMISES, BINDINGS.replace('warning = "medium"', ""))
    with pytest.raises(Refused, match="unbound"):
        unbound.do(StartDrill(SLOW, "ana"))


# The schedule

EVERY = '\n[drills]\nevery = "10d"\nskip = ["monitoring.objective.availability"]\n'


def keep_fresh(world: World, days: float, *, drill: bool = True) -> None:
    """Days go by with good values; a drill that runs is broken, told and answered at once."""
    for _ in range(int(days * 24 * 12)):
        world.do(Observe((Observation(ERRORS, 0.01), Observation(SLOW, 0.1)), every=5))
        world.pass_time(300)
        for name, one in list(world.engine.state("drills").running.items()):
            if drill and one.detected_at is None:
                world.do(Breached(name, 99.0))
        world.deliver()


def scheduled(world: World) -> list[tuple[str, str]]:
    return [
        (rfc3339(one.fact.at)[:16], one.fact.data.promise)
        for one in world.history
        if isinstance(one.fact.data, DrillStarted)
    ]


def test_without_drills_in_the_bindings_nothing_changes() -> None:
    world = harbour()
    keep_fresh(world, 1)
    assert not scheduled(world)
    assert world.standing(ERRORS, after(world.clock.now(), 60)).kind == "kept"


def test_the_schedule_starts_drills_in_hours_in_which_nobody_is_woken() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY)
    keep_fresh(world, 2)
    assert scheduled(world)[0] == ("2026-11-23T09:00", ERRORS), "Monday at nine, not at three in the night"
    assert scheduled(world)[1] == ("2026-11-24T09:00", SLOW), "and the next one a day later"


def test_a_promise_not_proven_in_its_time_decays_and_a_proof_brings_it_back() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY.replace('every = "10d"', 'every = "1d"\ndays = ["SU"]'))
    keep_fresh(world, 1.1, drill=False)
    standing = world.standing(ERRORS)
    assert standing.kind == "unproven"
    assert "never proven by a drill, and due by 2026-11-24" in standing.reason
    assert f"opsguide prove {ERRORS}" in standing.reason
    start(world, shortened=True)
    world.do(Breached("DRILL-1", BREACH))
    world.deliver()
    world.do(Acknowledge("DRILL-1", "ana"))
    assert world.standing(ERRORS).kind == "kept"
    assert world.restart().standing(ERRORS).kind == "kept"


def test_what_no_samples_can_break_fails_and_is_not_tried_again_at_once() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY)
    world.pass_time(parse_instant("2026-11-23T09:00:01Z") / 1000 - world.clock.now() / 1000)
    world.do(CannotBreach("DRILL-1", "its expression asks for no samples"))
    world.pass_time(3600)
    assert len(scheduled(world)) == 1


def test_one_that_fails_keeps_no_other_one_back() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY)
    world.pass_time(10 * 86400)
    drilled = [promise for _, promise in scheduled(world)]
    assert drilled[:2] == [ERRORS, SLOW]
    assert min(drilled.count(ERRORS), drilled.count(SLOW)) >= 2


def test_the_coming_drills_are_planned_apart() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY.replace("skip", "# skip"))
    assert planned(world) == [
        ("2026-11-23T09:00", ERRORS),
        ("2026-11-24T09:00", SLOW),
        ("2026-11-25T09:00", UPTIME),
    ]


def planned(world: World) -> list[tuple[str, str]]:
    coming = plans(world.engine.state("drills"), world.clock.now())
    return [(rfc3339(one.at)[:16], one.promise.id) for one in coming]


OWN_TIMES = f'''
[drills.promises."{ERRORS}"]
every = "5d"
days = ["SU"]
hours = "22:00-23:00"
zone = "Europe/Bucharest"
'''


def test_a_promise_with_times_of_its_own_keeps_no_other_one_waiting_for_them() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY + OWN_TIMES)
    assert planned(world) == [("2026-11-23T09:00", SLOW), ("2026-11-29T20:00", ERRORS)]
    assert world.standing(ERRORS, after(world.clock.now(), 6 * 86400)).kind == "unproven", "never measured"
    world.pass_time(7 * 86400)
    assert scheduled(world)[-1] == ("2026-11-29T20:00", ERRORS), "ten in the evening there, on a Sunday"


def test_an_alert_proven_once_decays_in_its_time_and_over_a_restart() -> None:
    world = World()
    world.adopt(PROMISES, BINDINGS + EVERY.replace('every = "10d"', 'every = "2d"\ndays = ["SU"]'))
    prove(world)
    keep_fresh(world, 1.9, drill=False)
    assert world.standing(ERRORS).kind == "kept"
    again = world.restart()
    keep_fresh(again, 0.2, drill=False)
    late = again.restart()
    for one in (again, late):
        standing = one.standing(ERRORS)
        assert standing.kind == "unproven"
        assert "not proven by a drill since 2026-11-23, and due by 2026-11-25" in standing.reason
    prove(late)
    assert late.standing(ERRORS).kind == "kept"


def prove(world: World) -> None:
    drill = start(world, shortened=True).drill
    world.do(Breached(drill, BREACH))
    world.deliver()
    world.do(Acknowledge(drill, "ana"))
    world.do(Observe((Observation(ERRORS, 0.01),), every=5))
