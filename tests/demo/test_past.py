"""The two weeks before the demo: made up, and still what the real core made of them."""

import asyncio
from pathlib import Path

import pytest

from opsguide.app.past import about, guide_at
from opsguide.app.serve import SAMPLES
from opsguide.demo.past import figures, make
from opsguide.demo.past.story import DOWN, story
from opsguide.incidents.facts import ClockMissed
from opsguide.kernel.clock import after, parse_instant
from opsguide.storage.reader import open_readonly
from opsguide.storage.verify import verify_stored
from opsguide.telemetry.embedded import Embedded

NOW = parse_instant("2026-11-26T09:00:00Z")
EXAMPLES = Path(__file__).parents[2] / "examples"
ERRORS = 'sum(rate(http_requests_total{status=~"5.."}[2m])) / sum(rate(http_requests_total[2m]))'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first start of the demo finds."""
    directory = tmp_path_factory.mktemp("demo") / "data"
    guide, bindings = ((EXAMPLES / name).read_text() for name in ("operations.md", "opsguide.toml"))
    assert asyncio.run(make(directory, guide, bindings, NOW)) > 1_000
    return directory


def test_the_same_day_tells_the_same_story() -> None:
    one, other = ([c.values.sum() for c in figures.columns(story(NOW))] for _ in range(2))
    assert one == other
    assert all(story(NOW).start < t.start < t.end < NOW for t in story(NOW).troubles)


def test_a_shop_that_was_down_shows_no_samples_and_counts_from_nothing_afterwards() -> None:
    told = story(NOW)
    down = next(t for t in told.troubles if t.fault == DOWN)
    requests = next(c for c in figures.columns(told) if c.labels["__name__"] == "http_requests_total")
    assert not [at for at in requests.times if down.covers(at)]
    before, following = (
        requests.values[requests.times < down.start][-1],
        requests.values[requests.times > down.end][0],
    )
    assert following < before


@pytest.mark.slow
def test_every_trouble_became_an_incident_and_each_was_answered(data: Path) -> None:
    engine, standings = guide_at(data, NOW)
    closed = engine.state("incidents").closed.values()
    assert not engine.state("incidents").open
    for trouble in story(NOW).troubles:
        found = [i for i in closed if trouble.start <= i.opened_at <= after(trouble.end, 60)]
        assert found, trouble
        assert all(one.acknowledged_by or one.resolved_by == "opsguide" for one in found)
    found_kinds = {standing.kind for _, standing in standings}
    assert found_kinds >= {"kept", "by_hand", "unproven", "unbound"}
    signed = {one.promise for one in story(NOW).signed}
    assert {promise.id for promise, standing in standings if standing.kind == "by_hand"} == signed


@pytest.mark.slow
def test_the_page_that_nobody_answered_in_time_woke_the_second_and_broke_the_clock(data: Path) -> None:
    late = next(t for t in story(NOW).troubles if t.answered > 15 * 60)
    engine, _ = guide_at(data, NOW)
    incident = next(i for i in engine.state("incidents").closed.values() if late.covers(i.opened_at))
    facts = [one.fact.data for one in about(data, {f"incident:{incident.id}"}, NOW)]
    assert any(isinstance(fact, ClockMissed) and fact.clock == "acknowledge" for fact in facts)
    assert {delivery.person for delivery in incident.deliveries.values()} == {"ana", "bogdan"}


@pytest.mark.slow
def test_the_guide_was_tightened_the_day_after(data: Path) -> None:
    told = story(NOW)
    was, _ = guide_at(data, told.changed - 1)
    now, _ = guide_at(data, told.changed + 1)
    texts = [engine.state("guide").current.adopted.text for engine in (was, now)]
    assert ["duration: 10m" in text for text in texts] == [True, False]


@pytest.mark.slow
def test_the_ledger_verifies_and_says_who_reported(data: Path) -> None:
    engine, _ = guide_at(data, NOW)
    assert verify_stored(open_readonly(data)).head.seq == engine.seq
    actors = {one.fact.actor for one in about(data, {"guide"}, NOW)}
    assert actors == {"demo"}


@pytest.mark.slow
def test_charts_show_what_the_incidents_say(data: Path) -> None:
    trouble = next(t for t in story(NOW).troubles if t.fault == "errors")
    with Embedded(directory=data / SAMPLES) as telemetry:
        (line,) = telemetry.range(ERRORS, after(trouble.start, -600), after(trouble.end, 600), 60_000)
    during = [
        v
        for at, v in zip(line.times, line.values, strict=True)
        if after(trouble.start, 150) < at < trouble.end
    ]
    outside = [v for at, v in zip(line.times, line.values, strict=True) if at < trouble.start]
    assert min(during) > 0.05 > max(outside)


@pytest.mark.slow
def test_a_directory_with_a_history_is_left_alone(data: Path) -> None:
    guide, bindings = ((EXAMPLES / name).read_text() for name in ("operations.md", "opsguide.toml"))
    assert asyncio.run(make(data, guide, bindings, NOW)) == 0
