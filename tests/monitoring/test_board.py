"""The newest value, the last hour, any stretch of time: as telemetry has them, and why it has none."""

import math
import re

from opsguide.kernel.ports import Sample
from opsguide.monitoring.http import pages
from opsguide.monitoring.observing import RECORDED, Live
from tests.cast import ERRORS, P95, UPTIME
from tests.web.served import Served, harbour

TARGET = {"job": "probe", "environment": "production"}


def probed(served: Served, minutes: int, up: float = 1.0) -> None:
    """Probed every 15 s."""
    for _ in range(minutes * 4):
        served.clock.advance(15)
        served.telemetry.ingest([Sample({"__name__": "probe_success"}, up)], served.now(), TARGET)


def spark_of(served: Served, promise: str) -> str:
    return str(pages(served.board).trends(served)[promise])


async def test_the_last_hour_is_followed_a_point_a_minute() -> None:
    served = harbour()
    probed(served, 90)
    await served.board.follow()
    svg = spark_of(served, UPTIME)
    assert "availability in the last hour: 100 % to 100 %" in svg
    (line,) = re.findall(r'class="line n0" d="([^"]+)"', svg)
    assert line.count("L") == 60
    probed(served, 2, up=0.0)
    await served.board.follow()
    assert "60 % to 100 %" in spark_of(served, UPTIME)


async def test_before_anything_was_measured_there_is_no_trend() -> None:
    served = harbour()
    await served.board.follow()
    assert pages(served.board).trends(served) == {}


async def test_a_hole_in_the_samples_is_a_hole_in_the_line() -> None:
    served = harbour()
    probed(served, 20)
    served.clock.advance(20 * 60)
    probed(served, 10)
    await served.board.follow()
    (line,) = re.findall(r'class="line n0" d="([^"]+)"', spark_of(served, UPTIME))
    assert line.count("M") == 2


async def test_what_the_guide_no_longer_names_is_forgotten() -> None:
    served = harbour()
    probed(served, 10)
    await served.board.follow()
    served.adopt("# Another guide\n", promises=[])
    await served.board.follow()
    assert pages(served.board).trends(served) == {}


async def test_a_signal_has_the_newest_value_or_says_why_not() -> None:
    served = harbour()
    found = await served.board.find("p95_response_time")
    assert found is not None
    assert (found.value, found.why) == (None, "no_data")
    served.looked[P95] = Live(0.143, served.now())
    found = await served.board.find("p95_response_time")
    assert found is not None
    assert (found.value, found.why, found.at) == (0.143, None, served.now())
    served.looked[ERRORS] = Live(None, served.now(), "the query failed: no", "query_error")
    found = await served.board.find("error_rate")
    assert found is not None
    assert (found.value, found.why, found.problem) == (None, "query_error", "the query failed: no")
    assert (await served.board.find("nothing")) is None


async def test_a_long_range_in_pieces_is_the_range_at_once() -> None:
    served = harbour()
    start = served.now()
    probed(served, 60)
    expression = "probe_success * 2"
    end = start + 3600_000
    pieces = (await served.telemetry.ask_range(expression, start, end, 60_000)).series
    (whole,) = served.telemetry.range(expression, start, end, 60_000)
    assert [(one.labels, one.times, one.values) for one in pieces] == [
        (whole.labels, whole.times, whole.values)
    ]
    assert not any(math.isnan(value) for value in whole.values)


async def test_before_a_signal_was_recorded_its_samples_are_asked() -> None:
    """As after an upgrade, or for a promise that is new: the shop's own metrics are older."""
    served = harbour()
    target, counted = {"job": "scrape", "environment": "production"}, 0.0
    for minute in range(120):
        served.clock.advance(60)
        counted += 60
        failed = counted * (0.2 if minute < 30 else 0.1)
        samples = [
            Sample({"__name__": "http_requests_total", "status": status}, value)
            for status, value in (("200", counted), ("500", failed))
        ]
        for quarter in range(4):
            served.telemetry.ingest(samples, served.now() + quarter * 15_000, target)
    served.clock.advance(60)
    served.looked[ERRORS] = Live(0.4, served.now())
    own = {"job": "opsguide", "environment": "production"}
    served.telemetry.ingest([Sample({"__name__": RECORDED, "promise": ERRORS}, 0.4)], served.now(), own)
    named = await served.board.find("error_rate")
    assert named is not None
    end = served.now()
    (one,) = (await served.board.course(named.named, end - 3600_000, end, 60_000)).series
    assert one.values[-1] == 0.4, "what was recorded"
    assert len(one.values) > 50, "and the hour before it"
    assert max(one.values[:-1]) < 0.2
    (again,) = (await served.board.course(named.named, end - 3600_000, end, 60_000)).series
    assert (again.times, again.values) == (one.times, one.values)
    await served.board.follow()
    trend = served.board.trends()[ERRORS][2]
    assert len(trend.times) > 50
