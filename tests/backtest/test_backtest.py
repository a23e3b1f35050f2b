"""Other thresholds on the past: what the real core would have done, told by a fast clock."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec import Struct
from numpy.typing import NDArray

from opsguide.app.backtest import words
from opsguide.app.backtest.guides import guide_of, history
from opsguide.app.backtest.model import AlertRow, Backtest
from opsguide.app.backtest.replay import NONE, Replay, begin, rule
from opsguide.app.backtest.samples import Course, History
from opsguide.app.backtest.work import Asked, backtest
from opsguide.kernel.clock import Instant, after, parse_instant, rfc3339
from opsguide.kernel.errors import BindingsError, OpsguideError, Refused
from opsguide.kernel.facts import Recorded
from opsguide.kernel.ports import Series
from opsguide.monitoring.state import Chosen
from opsguide.telemetry.embedded import Embedded
from tests.world import START, World

EVERY = 15
GUIDE = """# Shop

## Levels

- Uptime: 99.9%
- Error rate: below 1%

## Alerts

```yaml
alerts:
  high_error_rate:
    condition: error_rate > 5%
    duration: 5m
    severity: critical
```

## Severities

1. **Critical**: System down, data loss
2. **High**: Major feature broken
3. **Low**: Cosmetic issues

## On call

```yaml
primary_oncall: @core
```
"""
BINDINGS = """
[environments.production]
url = "https://shop.example/health"
metrics = "https://shop.example/metrics"
[signals]
error_rate = 'failing'
[people.ana]
[teams.core]
members = ["ana"]
"""
ERRORS = "monitoring.alert.high_error_rate"


class Line(Struct, frozen=True):
    labels: Mapping[str, str]
    times: NDArray[np.int64]
    values: NDArray[np.float64]


def line(name: str, hours: float, at: Mapping[tuple[float, float], float], **labels: str) -> Line:
    """A series over hours before START + hours: 0 but for stretches (from, to in minutes) → value; NaN is a gap."""
    times = np.arange(START, after(START, hours * 3600), EVERY * 1000, dtype=np.int64)
    values = np.zeros(len(times))
    for (low, high), value in at.items():
        during = (times >= after(START, low * 60)) & (times < after(START, high * 60))
        values[during] = value
    kept = ~np.isnan(values)
    return Line({"__name__": name, "environment": "production", **labels}, times[kept], values[kept])


def up(hours: float, *downs: tuple[float, float]) -> Line:
    found = line("probe_success", hours, dict.fromkeys(downs, -1.0))
    return Line(found.labels, found.times, found.values + 1)


def put_through(
    folder: Path,
    lines: Sequence[Line],
    *guides: str,
    hours: float = 6,
    bindings: str | Sequence[str] = BINDINGS,
    facts: Sequence[Recorded] = (),
    chosen: Mapping[str, Chosen] = NONE,
    engine: type[Embedded] = Embedded,
) -> Backtest:
    asked = Asked(START, after(START, hours * 3600))
    bound = [bindings] * len(guides) if isinstance(bindings, str) else bindings
    read = [
        guide_of(f"guide {number}", one, ("opsguide.toml", bound[number]))
        for number, one in enumerate(guides)
    ]
    with engine(directory=folder) as telemetry:
        telemetry.backfill(lines)
        return asyncio.run(backtest(read, asked, (telemetry, telemetry), history(facts, asked.end, chosen)))


def alert(found: Backtest, side: int = 0, name: str = ERRORS) -> AlertRow:
    return next(one for one in found.sides[side].alerts if one.promise == name)


def test_an_alert_fires_pages_and_ends_as_the_service_would_have_done(tmp_path: Path) -> None:
    found = put_through(tmp_path, [line("failing", 6, {(60, 80): 0.2, (120, 123): 0.2})], GUIDE)
    row = alert(found)
    assert (row.fired, row.pages, row.tickets, row.cleared) == (1, 1, 0, 1), "three minutes are too short"
    assert (row.firings[0].start, row.firings[0].seconds) == (rfc3339(after(START, 65 * 60)), 15 * 60)
    assert (row.firings[0].tells, row.firings[0].to, row.firings[0].peak) == ("page", ("ana",), "20 %")
    assert found.sides[0].told == {"ana": 1}


def test_two_guides_stand_side_by_side(tmp_path: Path) -> None:
    tighter = GUIDE.replace("5%", "2%").replace("5m", "1m").replace("severity: critical", "severity: low")
    samples = [line("failing", 6, {(60, 80): 0.2, (120, 123): 0.03})]
    found = put_through(tmp_path, samples, tighter, GUIDE)
    assert [(alert(found, side).fired, alert(found, side).pages) for side in (0, 1)] == [(2, 0), (1, 1)]
    row = next(one for one in words.alert_lines(found) if one.promise == ERRORS)
    assert row.cells[0] == "1 → 2"
    assert row.differs


def test_no_samples_are_shown_and_never_as_quiet(tmp_path: Path) -> None:
    found = put_through(tmp_path, [up(6)], GUIDE)
    row = alert(found)
    assert row.problem
    assert row.unknown_seconds == 6 * 3600
    assert words.alert_lines(found)[0].cells[0] == "unknown"
    assert any("high_error_rate" in one for one in words.unknowns(found))


def test_a_gap_in_the_samples_counts_as_unknown_and_fires_nothing_by_itself(tmp_path: Path) -> None:
    found = put_through(tmp_path, [line("failing", 6, {(60, 180): np.nan})], GUIDE)
    # The look-back of five minutes stands for the first of them.
    assert alert(found).unknown_seconds == pytest.approx(115 * 60, abs=30)
    assert not alert(found).fired
    assert not alert(found, name=SILENT).fired, "nothing else was kept either: opsguide did not run"


SILENT = "signals"
FAST, SLOW = (f"budget:monitoring.objective.availability:{speed}" for speed in ("fast", "slow"))


def test_a_signal_that_fell_silent_makes_a_ticket_after_its_time_as_the_other_guide_has_it(
    tmp_path: Path,
) -> None:
    patient = BINDINGS + '[monitoring]\nno_data_after = "2h"\n'
    samples = [line("failing", 6, {(60, 150): np.nan}), up(6)]
    found = put_through(tmp_path, samples, GUIDE, GUIDE, bindings=(BINDINGS, patient))
    told, later = (alert(found, side, SILENT) for side in (0, 1))
    assert (told.fired, told.tickets, told.pages, later.fired) == (1, 1, 0, 0)
    (ticket,) = told.firings
    # It had its last value at 59:45, which counts for five minutes.
    assert parse_instant(ticket.start) == pytest.approx(after(START, 75 * 60), abs=60_000)
    assert ticket.end is not None
    assert parse_instant(ticket.end) == pytest.approx(after(START, 150 * 60), abs=60_000)
    assert any(
        "error_rate, high_error_rate: no data for 1 h" in one for one in words.firing_lines(found.sides[0])
    )
    row = next(one for one in words.alert_lines(found) if one.name == "signals without a value")
    assert (row.about, row.cells[0]) == ("none for 2 h → none for 10 m", "0 → 1")


def test_a_signal_that_never_was_there_is_alarmed_as_in_the_service(tmp_path: Path) -> None:
    found = put_through(tmp_path, [up(6)], GUIDE, bindings=BINDINGS.replace("error_rate = 'failing'", ""))
    (ticket,) = alert(found, name=SILENT).firings
    assert (ticket.tells, ticket.end) == ("ticket", None)


def test_hours_without_traffic_are_no_silence(tmp_path: Path) -> None:
    """A shop that nobody visits at night: its counter stands still, and so does the alarm."""
    asked = line("http_requests_total", 6, {(0, 60): 1.0, (180, 360): 1.0}, status="200")
    counter = Line(asked.labels, asked.times, np.cumsum(asked.values))
    found = put_through(
        tmp_path, [counter, up(6)], GUIDE, bindings=BINDINGS.replace("error_rate = 'failing'", "")
    )
    assert not alert(found, name=SILENT).fired
    assert alert(found).unknown_seconds == pytest.approx(2 * 3600, abs=400)


def test_a_budget_of_downtime_burns_beside_the_outage_that_pages_for_it(tmp_path: Path) -> None:
    found = put_through(tmp_path, [line("failing", 6, {}), up(6, (60, 100))], GUIDE)
    fast, slow = alert(found, name=FAST), alert(found, name=SLOW)
    assert (fast.fired, fast.pages, fast.firings[0].tells) == (1, 0, "nobody")
    assert fast.firings[0].said == "the outage pages for itself"
    assert (slow.fired, slow.tickets) == (1, 1), "and slowly, when it is over"
    assert "14.4 × over 1 h and 5 m or 6 × over 6 h and 30 m" in fast.condition


def test_failures_below_the_alert_burn_a_budget_of_requests_where_the_target_is_tight(tmp_path: Path) -> None:
    bindings = BINDINGS.replace("[people.ana]", "request_rate = 'requests'\n[people.ana]")
    bindings += '[objectives."monitoring.objective.availability"]\ncount = "requests"\n'
    samples = [line("failing", 6, {(60, 180): 0.03}), line("requests", 6, {(0, 360): 10.0}), up(6)]
    loose = GUIDE.replace("99.9%", "99%")
    found = put_through(tmp_path, samples, GUIDE, loose, bindings=bindings)
    assert not alert(found).fired, "three per cent are below its five"
    tight, other = (alert(found, side, FAST) for side in (0, 1))
    assert (tight.fired, tight.pages, tight.firings[0].to, other.fired) == (1, 1, ("ana",), 0)
    began = parse_instant(tight.firings[0].start)
    assert after(START, 80 * 60) <= began <= after(START, 95 * 60), "half an hour of it is 15 times too fast"
    assert words.unknowns(found) == []


@pytest.mark.parametrize("values", [(0.2, 0.001), (np.nan, np.nan)], ids=["missed now and then", "no value"])
def test_the_core_hears_no_more_of_a_target_than_whether_it_has_a_value(values: tuple[float, float]) -> None:
    """Each time it hears something it decides about everything: thirty days took minutes."""

    def facts(values: NDArray[np.float64], bindings: str = BINDINGS) -> int:
        engine = begin(guide_of("guide", GUIDE, ("opsguide.toml", bindings)), START)
        promise = engine.state("monitoring").promises["monitoring.objective.error_rate"]
        times = START + EVERY * 1000 * np.arange(len(values), dtype=np.int64)
        found = rule(engine.state("monitoring"), promise, Course(times, values))
        assert found is not None
        Replay(engine, [found], {}, [], EVERY, (START, after(START, 86_400))).run()
        return engine.seq

    day = np.tile(values, 2880)
    assert facts(day) == facts(day[:1])
    assert facts(day, BINDINGS + "[status]\nport = 8471\n") == facts(day), "a public page has nothing to say"


def test_nothing_is_asked_twice_whatever_stands_on_it(tmp_path: Path) -> None:
    """Two guides, alerts and targets on one signal, its traffic, and a budget of requests by both."""
    asked: list[tuple[str, Instant, Instant]] = []

    class Listening(Embedded):
        def range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> tuple[Series, ...]:
            asked.append((expression, start, end))
            return super().range(expression, start, end, step_ms)

    bindings = BINDINGS.replace("error_rate = 'failing'\n", "")
    bindings += '[objectives."monitoring.objective.availability"]\ncount = "requests"\n'
    counters = (line("http_requests_total", 6, {(0, 360): 1.0}, status=code) for code in ("200", "500"))
    put_through(
        tmp_path, list(counters), GUIDE, GUIDE.replace("5%", "2%"), bindings=bindings, engine=Listening
    )
    assert len(asked) > 3
    assert sorted(set(asked)) == sorted(asked)


def test_without_requests_their_budget_is_not_judged(tmp_path: Path) -> None:
    bindings = BINDINGS + '[objectives."monitoring.objective.availability"]\ncount = "requests"\n'
    found = put_through(tmp_path, [line("failing", 6, {}), up(6)], GUIDE, bindings=bindings)
    assert alert(found, name=FAST).problem == "no requests could be counted"


def test_outages_spend_the_budget_of_their_month_and_page(tmp_path: Path) -> None:
    found = put_through(tmp_path, [line("failing", 6, {}), up(6, (60, 70), (100, 100.4))], GUIDE)
    down = alert(found, name="environment:production")
    assert (down.fired, down.pages) == (1, 1), "two failed probes are no outage"
    (month,) = next(one for one in found.sides[0].objectives if one.months).months
    assert (month.month, month.spent_seconds) == ("2026-11", 600)


def test_a_target_says_how_long_it_was_not_so(tmp_path: Path) -> None:
    found = put_through(tmp_path, [line("failing", 6, {(60, 80): 0.02})], GUIDE)
    target = next(one for one in found.sides[0].objectives if one.name == "error_rate")
    assert (target.broken_seconds, target.measured_seconds) == (20 * 60, 6 * 3600)


def test_what_was_recorded_of_a_signal_is_taken_before_it_is_asked_for(tmp_path: Path) -> None:
    """The raw samples are gone after thirty days; the signal itself is kept longer. Here they differ, to tell."""
    world = World()
    one = guide_of("guide", GUIDE, ("opsguide.toml", BINDINGS))
    world.adopt(one.reading.promises, BINDINGS)
    recorded = line("promise:signal", 6, {(60, 80): 0.5}, promise=ERRORS)
    samples = [recorded, line("failing", 6, {(200, 220): 0.2})]
    row = alert(put_through(tmp_path, samples, GUIDE, facts=world.history))
    assert [firing.peak for firing in row.firings] == ["50 %"]


def test_a_signal_that_was_bound_otherwise_is_asked_for_itself(tmp_path: Path) -> None:
    """What was recorded under its name was another signal."""
    world = World()
    one = guide_of("guide", GUIDE, ("opsguide.toml", BINDINGS))
    world.adopt(one.reading.promises, BINDINGS.replace("'failing'", "'another'"))
    recorded = line("promise:signal", 6, {(60, 80): 0.5}, promise=ERRORS)
    samples = [recorded, line("failing", 6, {(200, 220): 0.2})]
    row = alert(put_through(tmp_path, samples, GUIDE, facts=world.history))
    assert [firing.peak for firing in row.firings] == ["20 %"]


def test_what_measured_a_line_in_the_service_measures_it_here_and_nothing_takes_its_place(
    tmp_path: Path,
) -> None:
    proxy = "traefik_service_requests_total"
    ups = {(float(minute), minute + 1.0): 60.0 * minute for minute in range(360)}
    bindings = BINDINGS.replace("error_rate = 'failing'", "")
    world = World()
    world.adopt(guide_of("guide", GUIDE, ("opsguide.toml", bindings)).reading.promises, bindings)

    def row(folder: str, bound: str, service: str) -> AlertRow:
        found = put_through(
            tmp_path / folder,
            [line(proxy, 6, ups, code=code) for code in ("200", "500")],
            GUIDE,
            bindings=bound,
            facts=world.history,
            chosen={ERRORS: Chosen(*service.split(", "))},
        )
        return alert(found)

    lost = row("lost", bindings, "http_requests_total, a Prometheus client library")
    assert lost.problem.startswith("a Prometheus client library (http_requests_total) measured it")
    assert not lost.fired
    assert row("kept", bindings, f"{proxy}, Traefik").fired == 1
    elsewhere = bindings.replace('metrics = "https://shop.example/metrics"', "pushed = true")
    assert row("elsewhere", elsewhere, "http_requests_total, a Prometheus client library").fired == 1, (
        "it is let go of"
    )


def test_a_time_before_the_first_sample_says_since_when_there_are_some(tmp_path: Path) -> None:
    with Embedded(directory=tmp_path) as telemetry:
        asked, guides = Asked(START - 2000, START - 1000), [guide_of("g", GUIDE, ("toml", BINDINGS))]
        with pytest.raises(Refused, match="no samples yet"):
            asyncio.run(backtest(guides, asked, (telemetry, telemetry), History(())))
        telemetry.backfill([line("failing", 1, {})])
        with pytest.raises(Refused, match=rfc3339(START)):
            asyncio.run(backtest(guides, asked, (telemetry, telemetry), History(())))
        partly = Asked(START - 1000, after(START, 600))
        found = asyncio.run(backtest(guides, partly, (telemetry, telemetry), History(())))
    assert found.start == rfc3339(START)
    assert any(rfc3339(START) in note for note in found.notes)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (0, 500 * 86_400_000)])
def test_a_time_that_cannot_be_is_refused(tmp_path: Path, start: Instant, end: Instant) -> None:
    guides = [guide_of("g", GUIDE, ("toml", BINDINGS))]
    with Embedded(directory=tmp_path) as telemetry, pytest.raises(OpsguideError):
        asyncio.run(backtest(guides, Asked(start, end), (telemetry, telemetry), History(())))


def test_bindings_with_a_mistake_name_its_line() -> None:
    with pytest.raises(BindingsError) as wrong:
        guide_of("g", GUIDE, ("opsguide.toml", "[environments.production]\nurl = 7\n"))
    assert wrong.value.where == "opsguide.toml:2"


def test_a_severity_that_nobody_is_told_of_says_so(tmp_path: Path) -> None:
    nobody = GUIDE.replace("primary_oncall: @core", "primary_oncall: @another")
    row = alert(put_through(tmp_path, [line("failing", 6, {(60, 80): 0.2})], nobody))
    assert (row.fired, row.pages, row.tickets) == (1, 0, 0)
    assert "another" in row.firings[0].said
    assert json.dumps(row.firings[0].tells) == '"nobody"'


def test_what_fires_again_at_once_belongs_to_the_same_incident(tmp_path: Path) -> None:
    """As in the service: nobody is paged a second time while the first one settles."""
    samples = [line("failing", 6, {(60, 70): 0.2, (71, 81): 0.2})]
    row = alert(put_through(tmp_path, samples, GUIDE.replace("5m", "1m")))
    assert [(one.tells, one.to) for one in row.firings] == [("page", ("ana",)), ("same", ())]
    assert (row.fired, row.pages) == (2, 1)
