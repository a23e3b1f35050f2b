"""A person vouches for what nothing measures: by hand while it is fresh, unproven after, taken back with a reason."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from opsguide.app.core import history, remembering_engine
from opsguide.app.words import said
from opsguide.guide.promise import Promise
from opsguide.guide.signing import PromiseSigned, Sign, SignatureWithdrawn, Withdraw, end_of_day
from opsguide.guide.values import Detection, Duty, Objective, Retention, Rule
from opsguide.kernel.clock import Instant, after, parse_instant, rfc3339
from opsguide.kernel.errors import Refused
from opsguide.kernel.facts import Data, Erased
from tests.cast import BINDINGS, ERRORS, PRIMARY, PROMISES, UPTIME
from tests.world import START, World, a_promise

DAY = 86400.0
SECRETS, RESTORE, KEEP, LOGINS, ODD, LCP = (
    "recovery.rule.secrets",
    "recovery.duty.restore_test",
    "recovery.retention.daily",
    "security.detection.failed_logins",
    "security.detection.unusual_access",
    "monitoring.objective.lcp",
)
BY_HAND = [
    a_promise(SECRETS, Rule(rule="secrets", demands=("encrypted",)), keeper="recovery", control="invariant"),
    a_promise(
        RESTORE, Duty(duty="restore_test", rrule="FREQ=MONTHLY"), keeper="recovery", control="duty", line=30
    ),
    a_promise(KEEP, Retention(retain="daily", seconds=30 * DAY), keeper="recovery", control="invariant"),
    a_promise(
        LOGINS, Detection(detection="failed_logins", op=">", count=5, window_seconds=900), keeper="security"
    ),
    a_promise(ODD, Detection(detection="unusual_access"), keeper="security"),
    a_promise(LCP, Objective(signal="lcp", op="<=", seconds=2.0)),
]


def the_house(zone: str = "UTC", promises: Sequence[Promise] = (*PROMISES, *BY_HAND)) -> World:
    world = World()
    world.adopt(promises, f'zone = "{zone}"\n{BINDINGS}')
    return world


def sign(
    world: World, promise: str = SECRETS, until: str = "", by: str = "ana", note: str = "looked at the vault"
) -> list[Data]:
    return world.do(Sign(promise, by, note, parse_instant(until) if until else None), actor=f"person:{by}")


def refused(world: World, **wanted: str) -> tuple[str, str]:
    before = len(world.history)
    with pytest.raises(Refused) as refusal:
        sign(world, **wanted)
    assert len(world.history) == before, "a refusal changes nothing"
    return refusal.value.reason, refusal.value.what


def test_a_signed_promise_stands_by_hand_until_the_signature_expires() -> None:
    world = the_house()
    assert world.standing(SECRETS).kind == "unbound"
    (signed,) = sign(world, until="2026-12-24T18:00:00Z")
    assert signed == PromiseSigned(SECRETS, "ana", parse_instant("2026-12-24T18:00:00Z"), 1)
    standing = world.standing(SECRETS)
    assert (standing.kind, standing.since, standing.evidence) == ("by_hand", START, len(world.history))
    assert standing.reason == "ana signed for it, until 2026-12-24"
    assert world.standing(SECRETS, parse_instant("2026-12-24T18:00:00Z")).kind == "by_hand"
    late = world.standing(SECRETS, parse_instant("2026-12-24T18:00:00.001Z"))
    assert (late.kind, late.reason) == ("unproven", "the signature of ana has expired")


def test_what_comes_round_again_is_signed_until_it_is_due_again() -> None:
    world = the_house("Europe/Bucharest")
    (signed,) = sign(world, RESTORE)
    assert isinstance(signed, PromiseSigned)
    assert signed.until == end_of_day(after(START, 31 * DAY), "Europe/Bucharest")
    assert rfc3339(signed.until) == "2026-12-24T21:59:59.999Z", "the day's end there, not in UTC"
    assert refused(world, promise=RESTORE, until="2026-12-25T10:00:00Z")[0] == "too_long"


def test_without_a_cadence_it_counts_ninety_days_and_a_year_at_most() -> None:
    world = the_house()
    (signed,) = sign(world)
    assert isinstance(signed, PromiseSigned)
    assert rfc3339(signed.until) == "2027-02-21T23:59:59.999Z"
    sign(world, until="2027-11-24T23:00:00Z")
    reason, what = refused(world, until="2027-11-25T00:00:00Z")
    assert (reason, what) == (
        "too_long",
        "a signature may count until 2027-11-24T23:59:59.999Z: a year is the most",
    )


@pytest.mark.parametrize(
    ("promise", "reason"),
    [
        (UPTIME, "measured"),
        (ERRORS, "measured"),
        (PRIMARY, "measured"),
        ("incidents.severity.critical", "measured"),
        (LCP, "measurable"),
        ("incidents.step.escalation", "measurable"),
        (LOGINS, "needs_measurement"),
        ("recovery.rule.secret", "unknown_promise"),
    ],
)
def test_nobody_signs_for_what_is_or_can_be_measured(promise: str, reason: str) -> None:
    assert refused(the_house(), promise=promise)[0] == reason


@pytest.mark.parametrize("promise", [SECRETS, RESTORE, KEEP, ODD])
def test_what_nothing_can_look_at_may_be_signed(promise: str) -> None:
    world = the_house()
    sign(world, promise)
    assert world.standing(promise).kind == "by_hand"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"by": "charlie"}, "unknown_person"),
        ({"note": "  \n"}, "empty_note"),
        ({"until": "2026-11-23T03:00:00Z"}, "past_until"),
    ],
)
def test_a_signature_needs_a_person_a_note_and_a_day_to_come(wanted: dict[str, str], reason: str) -> None:
    assert refused(the_house(), **wanted)[0] == reason


def test_the_words_are_personal_and_the_chain_has_none_of_them() -> None:
    world = the_house()
    sign(world, note="Ana saw the vault of Mr Popa")
    fact = world.history[-1].fact
    assert "Popa" not in str(fact.data)
    assert "Popa" in str(fact.personal)
    names = {"ana": "Ana Ionescu"}
    assert said(world.history[-1], names) == (
        "Ana Ionescu signed for it until 2027-02-21: Ana saw the vault of Mr Popa"
    )
    erased = replace(world.history[-1], fact=replace(fact, personal=Erased()))
    assert said(erased, names) == "Ana Ionescu signed for it until 2027-02-21: the words were erased"


def test_a_signature_is_taken_back_with_a_reason() -> None:
    world = the_house()
    sign(world)
    signed = len(world.history)
    world.clock.advance(DAY)
    (withdrawn,) = world.do(Withdraw(SECRETS, "bogdan", "that was the old vault"))
    assert withdrawn == SignatureWithdrawn(SECRETS, "bogdan", signed)
    standing = world.standing(SECRETS)
    assert (standing.kind, standing.reason) == ("unproven", "bogdan withdrew the signature of ana")
    assert standing.since == after(START, DAY)
    with pytest.raises(Refused, match="no signature"):
        world.do(Withdraw(SECRETS, "bogdan", "again"))
    sign(world)
    assert world.standing(SECRETS).kind == "by_hand", "and it may be signed anew"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Withdraw(SECRETS, "charlie", "why not"), "unknown_person"),
        (Withdraw(SECRETS, "ana", " "), "empty_reason"),
        (Withdraw(KEEP, "ana", "why not"), "not_signed"),
        (Withdraw("nothing", "ana", "why not"), "unknown_promise"),
    ],
)
def test_taking_back_is_refused_by_name(command: Withdraw, reason: str) -> None:
    world = the_house()
    sign(world)
    with pytest.raises(Refused) as refusal:
        world.do(command)
    assert refusal.value.reason == reason


def test_a_changed_line_voids_its_signature_and_no_other() -> None:
    world = the_house()
    sign(world)
    sign(world, KEEP)
    longer = a_promise(
        KEEP, Retention(retain="daily", seconds=60 * DAY), keeper="recovery", control="invariant"
    )
    world.adopt([*PROMISES, *(longer if p.id == KEEP else p for p in BY_HAND)], BINDINGS)
    assert world.standing(SECRETS).kind == "by_hand"
    assert world.standing(KEEP).kind == "unbound"


def test_a_signature_survives_a_restart_and_is_history() -> None:
    world = the_house()
    sign(world, RESTORE, until="2026-12-01T00:00:00Z")
    world.clock.advance(20 * DAY)
    again = world.restart()
    assert again.standing(RESTORE) == world.standing(RESTORE)
    engine = remembering_engine()
    engine.replay(world.history)
    found = history(engine, RESTORE, START, world.clock.now())
    assert [(one.kind, one.end) for one in found] == [
        ("by_hand", parse_instant("2026-12-01T00:00:00Z") + 1),
        ("unproven", world.clock.now()),
    ]


def test_a_day_ends_by_the_clock_of_its_zone_also_when_the_clocks_change() -> None:
    def end(day: str, zone: str) -> str:
        at: Instant = parse_instant(day)
        return rfc3339(end_of_day(at, zone) + 1)

    assert end("2026-10-25T10:00:00Z", "Europe/Bucharest") == "2026-10-25T22:00:00.000Z"
    assert end("2026-10-24T22:30:00Z", "Europe/Bucharest") == "2026-10-25T22:00:00.000Z"
    assert end("2026-11-23T03:00:00Z", "UTC") == "2026-11-24T00:00:00.000Z"
