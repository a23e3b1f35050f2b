"""A backtest: thirty days of recorded signals, a value each 15 s, through the thresholds of two guides."""

import asyncio
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bench.row import Row
from opsguide.app.backtest.guides import guide_of, history
from opsguide.app.backtest.replay import Guide, begin
from opsguide.app.backtest.work import Asked, backtest
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import public
from opsguide.guide.values import Alert, Objective
from opsguide.kernel.clock import Instant, after
from opsguide.kernel.engine import Batch
from opsguide.monitoring.rules import bound_for
from opsguide.telemetry.embedded import Embedded

START: Instant = 1_764_000_000_000
DAYS, EVERY = 30, 15
REQUESTS = (
    "http_requests_total",
    "http_request_duration_seconds_count",
    "http_request_duration_seconds_bucket",
)
EXAMPLES = Path(__file__).parent.parent / "examples"


class Line(Struct, frozen=True):
    labels: Mapping[str, str]
    times: NDArray[np.int64]
    values: NDArray[np.float64]


def lines(guide: Guide) -> Iterator[Line]:
    """Every signal around half of its limit, over it for some minutes each day; and the probes."""
    chance = np.random.default_rng(7)
    times = np.arange(START, after(START, DAYS * 86400), EVERY * 1000, dtype=np.int64)
    state = begin(guide, START).state("monitoring")
    minute = (times - START) // 60_000 % 1440
    bounds = {
        promise.id: (bound.number, (promise.values.signal, promise.values.percentile))
        for promise in state.promises.values()
        if isinstance(promise.values, Alert | Objective) and (bound := bound_for(state, promise)) is not None
    }
    for number, (promise_id, (_, signal)) in enumerate(bounds.items()):
        # Several promises stand on one signal: all of them are missed when the loosest is.
        limit = max(one for one, name in bounds.values() if name == signal)
        values = limit * chance.uniform(0.1, 0.4, len(times))
        values[(minute >= number * 40) & (minute < number * 40 + 12)] = limit * 2
        yield Line({"__name__": "promise:signal", "promise": promise_id}, times, values)
    up = (chance.random(len(times)) > 0.0005).astype(np.float64)
    yield Line({"__name__": "probe_success", "environment": "production"}, times, up)
    # What tells that the shop is instrumented: the names by which built-in signals are chosen.
    for name in (*REQUESTS, "db_pool_connections_in_use", "db_pool_connections_max"):
        labels = {"__name__": name, "environment": "production", "status": "200", "le": "+Inf"}
        yield Line(labels, times, np.arange(len(times), dtype=np.float64))


def rows() -> Iterable[Row]:
    text, bound = ((EXAMPLES / name).read_text("utf-8") for name in ("operations.md", "opsguide.toml"))
    guide = guide_of("guide", text, ("opsguide.toml", bound))
    other = guide_of("other", text.replace("> 5%", "> 2%"), ("opsguide.toml", bound))
    engine = begin(guide, START)
    adopt = Adopt(
        text=text + "\n", reading=guide.reading, bindings=public(guide.bindings), bindings_text=bound
    )
    again = engine.run(adopt, actor="bench", now=START)
    assert isinstance(again, Batch)
    asked = Asked(START, after(START, DAYS * 86400))
    with tempfile.TemporaryDirectory() as folder, Embedded(directory=Path(folder)) as telemetry:
        telemetry.backfill(list(lines(guide)))
        began = time.perf_counter()
        versions = history(again.recorded, asked.end, {})
        found = asyncio.run(backtest([guide, other], asked, (telemetry, telemetry), versions))
        seconds = time.perf_counter() - began
    fired = sum(row.fired for side in found.sides for row in side.alerts)
    what = f"{DAYS} days at {EVERY} s, two guides, {fired} firings"
    yield Row(f"backtest: {what}", seconds, "s", goal="< 15")
