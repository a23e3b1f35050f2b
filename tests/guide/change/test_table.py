"""What is looser and what is tighter, for each kind of promise."""

from typing import get_args

import pytest

from opsguide.guide.change import Change, Weight, compare
from opsguide.guide.change.table import PLACES, TABLE
from opsguide.guide.values import (
    Alert,
    AnyValues,
    ClockValues,
    Detection,
    Duty,
    Environment,
    Hours,
    Objective,
    Patch,
    Recovery,
    Release,
    Retention,
    Rule,
    Severity,
    Stage,
    Step,
    Window,
)
from tests.guide.made import FOUR, promise, reading

HOUR, DAY = 3600, 86400


def changed(before: AnyValues, after: AnyValues) -> Change | None:
    """What one promise becomes beside the four severities, which stay."""
    old, new = promise("p", before, line=20), promise("p", after, line=20)
    found = compare(reading(*FOUR, old), reading(*FOUR, new))
    return found.changes[0] if found.changes else None


def clock(**values: object) -> ClockValues:
    return ClockValues(severity="high", clock="resolve", **values)  # type: ignore[arg-type]


def target(signal: str = "response_time", **values: object) -> Objective:
    return Objective(signal=signal, **values)  # type: ignore[arg-type]


def available(ratio: float, **values: object) -> Objective:
    return target("availability", ratio=ratio, **({"op": ">="} | values))


def office(start: str = "09:00", end: str = "17:00", zone: str = "UTC") -> Hours:
    return Hours(days=("MO", "TU", "WE", "TH", "FR"), start=start, end=end, zone=zone)


def duty(recurs: str | None) -> Duty:
    return Duty(duty="backup", rrule=recurs and f"FREQ={recurs}")


def kept(**values: object) -> Retention:
    return Retention(retain="backups", **values)  # type: ignore[arg-type]


def rule(**values: object) -> Rule:
    return Rule(rule="secrets", **values)  # type: ignore[arg-type]


def released(**values: object) -> Release:
    return Release(release="major", **values)  # type: ignore[arg-type]


def at(start: str, end: str, zone: str = "UTC") -> Window:
    return window(start=start, end=end, zone=zone)


def fires(**values: object) -> Alert:
    return Alert(**({"alert": "slow", "signal": "response_time", "op": ">", "seconds": 0.5} | values))  # type: ignore[arg-type]


def window(**values: object) -> Window:
    return Window(window="scheduled", **values)  # type: ignore[arg-type]


def step(**values: object) -> Step:
    return Step(**({"route": "on-call", "step": 1, "to": "@core"} | values))  # type: ignore[arg-type]


def found(**values: object) -> Detection:
    return Detection(**({"detection": "failed logins", "op": ">"} | values))  # type: ignore[arg-type]


LOOSER: list[tuple[str, AnyValues, AnyValues]] = [
    ("a longer clock", clock(seconds=2 * HOUR), clock(seconds=4 * HOUR)),
    ("a clock without its time", clock(seconds=2 * HOUR), clock()),
    ("a clock of more business days", clock(business_days=1), clock(business_days=2)),
    ("a range that ends later", clock(min_seconds=2, max_seconds=4), clock(min_seconds=2, max_seconds=8)),
    ("a month where there were two weeks", clock(seconds=14 * DAY), clock(months=1)),
    ("a clock that stops at night", clock(seconds=4 * HOUR), clock(seconds=4 * HOUR, hours=office())),
    ("fewer hours", clock(seconds=4 * HOUR, hours=office()), clock(seconds=4 * HOUR, hours=office("10:00", "16:00"))),
    ("one tenant only", clock(seconds=4 * HOUR), clock(seconds=4 * HOUR, scope="enterprise")),
    ("a higher latency", target(op="<", seconds=0.2), target(op="<", seconds=0.3)),
    ("a latency that may be reached", target(op="<", seconds=0.2), target(op="<=", seconds=0.2)),
    ("a lower availability", available(0.999), available(0.99)),
    ("a lower availability without a comparison", available(0.9999, op=None), available(0.999, op=None)),
    ("a target without its limit", target(op="<", seconds=0.2), target()),
    ("a lower percentile", target(op="<", percentile=99, seconds=0.2), target(op="<", percentile=95, seconds=0.2)),
    ("an alert level that is higher", target(level="alert", op=">", count=3), target(level="alert", op=">", count=5)),
    ("an alert level that is lower", available(0.99, op="<", level="alert"), available(0.9, op="<", level="alert")),
    ("an alert at more", fires(), fires(seconds=0.8)),
    ("an alert from below at less", fires(op="<", seconds=10), fires(op="<", seconds=5)),
    ("an alert later", fires(for_seconds=60), fires(for_seconds=300)),
    ("an alert that waits", fires(), fires(for_seconds=60)),
    ("an alert less severe", fires(severity="critical"), fires(severity="low")),
    ("an alert without a severity", fires(severity="critical"), fires()),
    ("an alert on a lower percentile", fires(percentile=99), fires(percentile=50)),
    ("a longer RTO", Recovery(objective="rto", seconds=4 * HOUR), Recovery(objective="rto", seconds=8 * HOUR)),
    ("a longer RPO", Recovery(objective="rpo", seconds=HOUR), Recovery(objective="rpo", seconds=DAY)),
    ("a rarer duty", duty("DAILY"), duty("WEEKLY")),
    ("a duty at no certain time", duty("DAILY"), duty(None)),
    ("a duty on fewer days", duty("WEEKLY;BYDAY=TU,TH"), duty("WEEKLY;BYDAY=TU")),
    ("a shorter retention", kept(seconds=30 * DAY), kept(seconds=7 * DAY)),
    ("a retention of months", kept(years=1), kept(months=6)),
    ("a later deletion", kept(max_seconds=30 * DAY), kept(max_seconds=60 * DAY)),
    ("a later patch", Patch(patch="critical", seconds=DAY), Patch(patch="critical", seconds=7 * DAY)),
    ("more maintenance", window(rrule="FREQ=MONTHLY;BYDAY=1SU"), window(rrule="FREQ=WEEKLY;BYDAY=SU")),
    ("a longer window", window(max_seconds=2 * HOUR), window(max_seconds=4 * HOUR)),
    ("a window that ends later", at("02:00", "04:00"), at("02:00", "06:00")),
    ("a window over midnight", at("22:00", "23:00"), at("22:00", "02:00")),
    ("less notice", window(notice_seconds=48 * HOUR), window(notice_seconds=24 * HOUR)),
    ("notice of a day where there were five", window(notice_business_days=5), window(notice_seconds=24 * HOUR)),
    ("no notice", window(notice_business_days=5), window()),
    ("told later", step(after_seconds=900), step(after_seconds=1800)),
    ("told after a wait", step(), step(after_seconds=1800)),
    ("told of one kind only", step(), step(kind="security")),
    ("found from more", found(count=5, window_seconds=900), found(count=10, window_seconds=900)),
    ("found within less", found(count=5, window_seconds=900), found(count=5, window_seconds=300)),
    ("asks for less", rule(demands=("encrypted", "rotated")), rule(demands=("encrypted",))),
    ("nobody approves", rule(by="CTO"), rule()),
    ("looks less far ahead", rule(horizon_months=12), rule(horizon_months=6)),
    ("no number any more", rule(count=2), rule()),
    ("no freeze", released(freeze=True), released()),
]  # fmt: skip
"""Read backwards, each of them is tighter."""

OTHER: list[tuple[str, AnyValues, AnyValues]] = [
    ("a month and 30 days", clock(seconds=30 * DAY), clock(months=1)),
    ("a day and a business day", clock(seconds=DAY), clock(business_days=1)),
    ("a range around", clock(min_seconds=3, max_seconds=5), clock(min_seconds=2, max_seconds=8)),
    ("at least and at most", clock(min_seconds=HOUR), clock(max_seconds=HOUR)),
    ("hours of elsewhere", clock(seconds=HOUR, hours=office()), clock(seconds=HOUR, hours=office(zone="Asia/Tokyo"))),
    ("hours that nobody tells", clock(seconds=HOUR, hours=office()), clock(seconds=HOUR, hours=Hours())),
    ("another tenant", clock(seconds=HOUR, scope="gold"), clock(seconds=HOUR, scope="silver")),
    ("a limit turned round", target("ratio", op="<", ratio=0.5), target("ratio", op=">", ratio=0.5)),
    ("a limit of which nobody knows the side", target("Lock contention", count=4), target("Lock contention", count=8)),
    ("a period that is said", available(0.999), available(0.999, window="month")),
    ("a severity that the guide does not define", fires(severity="critical"), fires(severity="warning")),
    ("what a severity is for", Severity(severity="p1"), Severity(severity="p1", conditions=("data_loss",))),
    ("another signal", fires(), fires(signal="queue_time")),
    ("another day", duty("WEEKLY;BYDAY=TU"), duty("WEEKLY;BYDAY=WE")),
    ("monthly and every 30 days", duty("MONTHLY"), duty("DAILY;INTERVAL=30")),
    ("a rule of parts we do not know", duty("DAILY"), duty("DAILY;BYHOUR=3")),
    ("to keep and to delete", kept(seconds=30 * DAY), kept(max_seconds=60 * DAY)),
    ("the next window", Patch(patch="low", seconds=90 * DAY), Patch(patch="low", until="next_window")),
    ("a window at another time", at("02:00", "04:00"), at("03:00", "05:00")),
    ("a window of another zone", at("02:00", "04:00"), at("02:00", "04:00", "CET")),
    ("somebody else", step(), step(to="@front")),
    ("more within more", found(count=5, window_seconds=900), found(count=12, window_seconds=3600)),
    ("found from above and below", found(count=5), found(op="<", count=5)),
    ("something else is asked for", rule(demands=("encrypted",)), rule(demands=("hashed",))),
    ("somebody else approves", rule(by="CTO"), rule(by="CEO")),
    ("a rule's number", rule(count=2), rule(count=3)),
    ("a release on another day", released(rrule="FREQ=DAILY"), released(rrule="FREQ=WEEKLY")),
    ("a release at once", released(), released(immediate=True)),
    ("a stage after another", Stage(stage="go", order=2, after=("a",)), Stage(stage="go", order=2, after=("b",))),
    ("what a severity means", Severity(severity="x", definition="down"), Severity(severity="x", definition="slow")),
    ("an environment", Environment(environment="x", definition="a"), Environment(environment="x", definition="b")),
]  # fmt: skip

SAME: list[tuple[str, AnyValues, AnyValues]] = [
    ("a year and twelve months", kept(years=1), kept(months=12)),
    ("at most so long and so long", clock(seconds=HOUR), clock(max_seconds=HOUR)),
    ("a float's noise", target(op="<", ratio=0.1 + 0.2), target(op="<", ratio=0.3)),
    ("all hours and none", clock(seconds=HOUR), clock(seconds=HOUR, hours=Hours(start="00:00", end="24:00"))),
    ("all weekdays and daily", duty("DAILY"), duty("WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU")),
    ("yearly and every twelve months", duty("YEARLY"), duty("MONTHLY;INTERVAL=12")),
    ("hourly and every 60 minutes", duty("HOURLY"), duty("MINUTELY;INTERVAL=60")),
    ("demands in another order", rule(demands=("a", "b")), rule(demands=("b", "a"))),
    ("a severity in capitals", fires(severity="critical"), fires(severity="Critical")),
    ("a place further down", step(step=1), step(step=2)),
]  # fmt: skip


def names(cases: list[tuple[str, AnyValues, AnyValues]]) -> list[str]:
    return [name for name, _, _ in cases]


@pytest.mark.parametrize(("_name", "before", "after"), LOOSER, ids=names(LOOSER))
def test_looser(_name: str, before: AnyValues, after: AnyValues) -> None:
    there, back = changed(before, after), changed(after, before)
    assert there is not None
    assert back is not None
    assert (there.kind, back.kind) == ("loosened", "tightened"), (there.details, back.details)


@pytest.mark.parametrize(("_name", "before", "after"), OTHER, ids=names(OTHER))
def test_neither(_name: str, before: AnyValues, after: AnyValues) -> None:
    for change in (changed(before, after), changed(after, before)):
        assert change is not None
        assert change.kind == "changed", change.details


@pytest.mark.parametrize(("_name", "before", "after"), SAME, ids=names(SAME))
def test_no_change_in_meaning(_name: str, before: AnyValues, after: AnyValues) -> None:
    assert changed(before, after) is None
    assert changed(after, before) is None


def test_what_is_looser_in_one_part_is_loosened_whatever_else() -> None:
    change = changed(fires(for_seconds=60, severity="low"), fires(for_seconds=300, severity="critical"))
    assert change is not None
    assert change.kind == "loosened"
    weights: list[Weight] = [detail.weighs for detail in change.details]
    assert weights == ["looser", "tighter"]


@pytest.mark.parametrize("kind", get_args(AnyValues), ids=lambda kind: kind.__name__)
def test_every_key_of_every_kind_is_compared(kind: type[AnyValues]) -> None:
    keys = [key for part in TABLE[kind] for key in part.keys]
    assert len(keys) == len(set(keys))
    place = {PLACES[kind]} if kind in PLACES else set()
    assert set(keys) | place == set(kind.__struct_fields__)
