"""Requests counted from real samples: right across counters that begin anew, restarts, and an engine that is away."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from opsguide.guide.bindings import Scoped
from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import EngineAway
from opsguide.kernel.ports import Matrix, Sample
from opsguide.monitoring.commands import Counted
from opsguide.monitoring.counting import Counting
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.state import State
from opsguide.telemetry.embedded import Embedded
from tests.cast import BINDINGS, PROMISES
from tests.world import World

EVERY = 15.0
TARGET = {"job": "scrape", "instance": "shop:80", "environment": "production"}


class Shop:
    """Counters that are scraped every 15 s: so many requests a second, of which a share fails."""

    def __init__(self, telemetry: Embedded) -> None:
        self.telemetry = telemetry
        self.good = self.bad = 0.0
        self._from = (0, 0.0, 0.0)
        self.world = World()
        self.world.adopt(PROMISES, BINDINGS)
        self.counting = self._counting()

    def _counting(self) -> Counting:
        looker = Looker(telemetry=self.telemetry, bindings=lambda: self.state.bindings)
        return Counting(state=lambda: self.state, telemetry=self.telemetry, looker=looker)

    @property
    def state(self) -> State:
        found: State = self.world.engine.state("monitoring")
        return found

    @property
    def now(self) -> Instant:
        return self.world.clock.now()

    def serve(self, minutes: float, *, rate: float = 10, share: float = 0.0, watched: bool = True) -> None:
        for _ in range(round(minutes * 4)):
            self.world.clock.advance(EVERY)
            self.good += rate * EVERY * (1 - share)
            self.bad += rate * EVERY * share
            if watched:
                self.scrape()
                self.count()

    def scrape(self) -> None:
        counters = {"200": self.good, "500": self.bad}
        samples = [
            Sample({"__name__": "http_requests_total", "status": status}, value)
            for status, value in counters.items()
        ]
        self.telemetry.ingest(samples, self.now, TARGET)

    def count(self) -> Sequence[Counted]:
        counted = asyncio.run(self._look())
        for one in counted:
            self.world.do(one)
        return counted

    async def _look(self) -> Sequence[Counted]:
        await self.counting.looker.look([Scoped("production")], self.now)
        return await self.counting.due("production", EVERY, self.now)

    def restart_app(self) -> None:
        """Its counters begin anew."""
        self.good = self.bad = 0.0

    def crash(self) -> None:
        """opsguide is killed: what it had in memory is gone, the ledger and the samples are not."""
        self.world = self.world.restart()
        self.counting = self._counting()

    def warm(self, *, rate: float = 10, share: float = 0.0) -> None:
        """Until the window of a rate is full: what came before is not known to have been a rate."""
        self.serve(10, rate=rate, share=share)
        counts = self.state.counts["production"]
        self._from = (counts.until, counts.hours.totals[-1], counts.hours.failures[-1])

    def rates(self) -> tuple[float, float]:
        """Requests and failures a second, as they were counted since then."""
        counts, (since, total, failed) = self.state.counts["production"], self._from
        seconds = (counts.until - since) / 1000
        assert seconds > 200
        return (counts.hours.totals[-1] - total) / seconds, (counts.hours.failures[-1] - failed) / seconds


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(Embedded(directory=tmp_path))


def test_requests_are_counted_to_within_a_percent(shop: Shop) -> None:
    shop.warm(rate=20, share=0.02)
    shop.serve(60, rate=20, share=0.02)
    assert shop.rates() == pytest.approx((20, 0.4), rel=0.01)


def test_counters_that_begin_anew_are_no_loss_and_no_gain(shop: Shop) -> None:
    shop.warm(share=0.1)
    for _ in range(6):
        shop.serve(10, rate=10, share=0.1)
        shop.restart_app()
    shop.serve(10, rate=10, share=0.1)
    assert shop.rates() == pytest.approx((10, 1), rel=0.03)


def test_a_kill_counts_nothing_twice_and_loses_nothing_that_the_engine_has(shop: Shop) -> None:
    shop.warm()
    for _ in range(4):
        shop.serve(7, rate=10)
        shop.crash()
    shop.serve(7, rate=10)
    assert shop.rates()[0] == pytest.approx(10, rel=0.01)


def test_hours_without_opsguide_are_made_up_for_from_the_engine(shop: Shop) -> None:
    shop.warm()
    for _ in range(4 * 150):
        # A remote engine goes on scraping meanwhile.
        shop.serve(0.25, rate=10, watched=False)
        shop.scrape()
    shop.crash()
    counted = shop.count()
    assert len(counted) >= 3
    assert all(one.start // 3_600_000 == (one.end - 1) // 3_600_000 for one in counted)
    assert shop.rates()[0] == pytest.approx(10, rel=0.01)


def test_they_are_recorded_every_five_minutes_and_each_minute_while_many_fail(shop: Shop) -> None:
    shop.serve(30)
    before = len(shop.state.counts["production"].fine.ends)
    assert 5 <= before <= 7
    shop.serve(10, share=0.3)
    assert len(shop.state.counts["production"].fine.ends) - before >= 8


def test_no_traffic_is_counted_as_none(shop: Shop) -> None:
    shop.serve(10, rate=0)
    assert shop.state.counts["production"].hours.totals[-1] == 0


def test_without_a_counter_nothing_is_counted(shop: Shop) -> None:
    shop.world.clock.advance(600)
    assert shop.count() == ()
    assert shop.state.counts == {}


class _Away(Embedded):
    async def ask_range(self, expression: str, start: Instant, end: Instant, step_ms: int) -> Matrix:
        raise EngineAway("it takes no connection")


def test_while_the_engine_is_away_nothing_is_counted_and_nothing_lost(shop: Shop) -> None:
    shop.warm()
    shop.counting.telemetry = _Away()
    shop.serve(20, rate=10)
    shop.counting.telemetry = shop.telemetry
    shop.serve(5, rate=10)
    assert shop.rates()[0] == pytest.approx(10, rel=0.01)
