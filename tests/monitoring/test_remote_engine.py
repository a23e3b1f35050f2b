"""The guide on an engine elsewhere: who is asked what, what is said when it fails, and that nothing waits for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient

from opsguide.app.engine import Way
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.values import Objective
from opsguide.incidents.state import Incident
from opsguide.kernel.part import Command
from opsguide.kernel.ports import Sample
from opsguide.monitoring import board
from opsguide.monitoring.commands import Observation, Observe, Probed
from opsguide.monitoring.facts import Silent
from opsguide.monitoring.fetching import Answer
from opsguide.monitoring.looking import Looker
from opsguide.monitoring.unmeasured import WORDS
from opsguide.monitoring.watch import Watch
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.remote.engine import Remote
from opsguide.telemetry.remote.sending import Sender
from opsguide.telemetry.source import Source
from tests.cast import BINDINGS, ERRORS, P95, PROMISES, SLOW
from tests.monitoring.watched import RealClock
from tests.telemetry.engines import Asked, Engine, Told, engine
from tests.web.html import text_of
from tests.web.served import harbour
from tests.world import HandClock, World, a_promise

LCP = a_promise("monitoring.objective.lcp", Objective(signal="lcp", op="<", seconds=2.0))
RATE = "http_requests_total"
BUCKETS = "http_request_duration_seconds_bucket"
VITALS = "web_vitals_lcp_seconds_bucket"


@dataclass
class Has:
    """What the engine has: metrics, and a value for every other question about them; then what it warns of."""

    names: tuple[str, ...] = (RATE, BUCKETS)
    value: float = 0.02
    warnings: tuple[str, ...] = ()
    partial: bool = False
    now: Callable[[], int] = lambda: 0

    def __call__(self, asked: Asked) -> Told:
        data: Any = list(self.names)
        if asked.path.endswith("/query"):
            one = {"metric": {}, "value": [float(asked.params["time"]), str(self.value)]}
            data = {"resultType": "vector", "result": [one]}
        elif asked.path.endswith("/query_range"):
            data = {
                "resultType": "matrix",
                "result": [{"metric": {}, "values": [[float(asked.params["end"]), str(self.value)]]}],
            }
        said = {"status": "success", "isPartial": self.partial, "data": data, "warnings": self.warnings}
        return Told(msgspec.json.encode(said))


@dataclass
class Story:
    """The cast's guide over an engine that answers as told."""

    server: Engine
    bindings: Bindings
    world: World
    watch: Watch
    own: Embedded
    done: list[Command] = field(default_factory=list)

    async def look(self) -> dict[str, Observation]:
        seen = await self.watch.observations("production", 15.0)
        self.world.do(Observe(seen, 15.0))
        return {one.promise: one for one in seen}

    def asked(self) -> list[str]:
        return [one.params["query"] for one in self.server.asked if one.path.endswith("/query")]


@asynccontextmanager
async def story(
    tell: Callable[[Asked], Told], more: str = "", environment: str = "", clock: HandClock | None = None
) -> AsyncIterator[Story]:
    async with engine(tell) as server:
        remote = f'[telemetry]\nsource = "prometheus"\nurl = "{server.url}"\nprivate = true\n{more}\n'
        people = BINDINGS[BINDINGS.index("[severities]") :]
        text = f'{remote}[vitals]\norigins = ["https://shop.example"]\n[environments.production]\n{environment}\n{people}'
        bindings, wrong = read_bindings(text)
        assert bindings is not None, wrong
        world, own, done = World(clock), Embedded(), list[Command]()
        world.adopt([*PROMISES, LCP], text)
        way = Way(lambda: bindings, str)
        there = Remote(way.place, way.send, own, world.clock)
        source = Source(own, there, Sender(way.write_url, way.send), lambda: True)

        async def submit(command: Command) -> None:
            done.append(command)

        watch = Watch(
            state=lambda: world.engine.state("monitoring"),
            bindings=lambda: bindings,
            submit=submit,
            telemetry=source,
            clock=world.clock,
            fetch=_fetched,
            parse=own.read,
            resolve=str,
        )
        yield Story(server, bindings, world, watch, own, done)


@dataclass(frozen=True)
class _Fine:
    status: int = 200
    body: bytes = b"fine"
    latency_seconds: float = 0.01
    tls_expires: int | None = None
    phases: Any = None
    headers: Any = field(default_factory=dict)


async def _fetched(_url: str, /, **_how: object) -> Answer:
    return _Fine()


async def test_built_in_signals_are_asked_there_in_the_environments_scope() -> None:
    scope = "match = 'env=\"prod\"'"
    async with story(Has(), 'window = "3m"', scope) as told:
        seen = await told.look()
        assert seen[ERRORS].value == 0.02
        assert told.world.standing(ERRORS).kind == "kept"
        (names,) = [one for one in told.server.asked if "/label/" in one.path]
        assert names.params["match[]"] == '{env="prod"}'
        asked = told.asked()
        assert any(f'rate({RATE}{{env="prod"' in one and "[180s]" in one for one in asked)
        assert not any('environment="production"' in one for one in asked)
        instants = {one.params["time"] for one in told.server.asked if one.path.endswith("/query")}
        assert len(instants) == 1
        assert len(asked) == len(set(asked)), "what several lines stand on is asked once"


async def test_own_samples_are_asked_here_even_where_the_engine_has_the_metric_too() -> None:
    async with story(Has((RATE, BUCKETS, VITALS))) as told:
        for at in range(0, 120, 30):
            samples = [
                Sample({"__name__": "web_vitals_lcp_seconds_bucket", "le": le}, float(at))
                for le in ("1", "+Inf")
            ]
            target = {"job": "web_vitals", "environment": "production"}
            told.own.ingest(samples, told.world.clock.now() + at * 1000, target)
        told.world.pass_time(120)
        seen = await told.look()
        assert seen[LCP.id].value == pytest.approx(0.75)
        assert not any("web_vitals" in one for one in told.asked())


async def test_an_engine_that_is_away_is_stale_and_not_green_and_ends_no_alert() -> None:
    has = Has(value=0.2)
    async with story(has) as told:
        await told.look()
        told.world.pass_time(300)
        await told.look()
        assert told.world.engine.state("monitoring").alerts[ERRORS].phase == "firing"
        told.server.tell = lambda _asked: Told(b"", 503)
        seen = await told.look()
        for promise in (ERRORS, P95, SLOW):
            assert (seen[promise].value, seen[promise].why) == (None, "stale")
            assert seen[promise].problem == "the engine answers 503"
        assert told.world.engine.state("monitoring").alerts[ERRORS].phase == "firing"
        assert told.world.standing(P95).kind == "unproven"


async def test_never_heard_of_it_is_stale_too() -> None:
    async with story(lambda _asked: Told(b"", 401)) as told:
        seen = await told.look()
        assert (seen[ERRORS].value, seen[ERRORS].why) == (None, "stale")
        assert "401" in seen[ERRORS].problem


async def test_an_engine_that_refuses_to_say_what_it_has_is_asked_in_vain() -> None:
    refused = Told(b'{"status":"error","errorType":"execution","error":"too many samples"}', 422)
    async with story(lambda asked: refused if asked.path.endswith("/query") else Has()(asked)) as told:
        seen = await told.look()
        assert (seen[ERRORS].value, seen[ERRORS].why) == (None, "query_error")
        assert "too many samples" in seen[ERRORS].problem


async def test_no_series_of_the_environment_says_which_labels_were_looked_for() -> None:
    async with story(Has(names=())) as told:
        seen = await told.look()
        assert (seen[ERRORS].value, seen[ERRORS].why) == (None, "no_data")
        assert 'no series there has environment="production"' in seen[ERRORS].problem
        assert "environments.NAME.match" in seen[ERRORS].problem


async def test_a_warning_stands_beside_the_value() -> None:
    async with story(Has(warnings=("store 2 is away",))) as told:
        seen = await told.look()
        assert seen[ERRORS].value == 0.02
        assert told.watch.live[ERRORS].problem == "the engine warns: store 2 is away"


async def test_a_refused_expression_is_a_query_error() -> None:
    refused = Told(b'{"status":"error","errorType":"execution","error":"too many samples"}', 422)
    has = Has()
    async with story(has) as told:
        await told.look()
        told.server.tell = lambda asked: refused if asked.path.endswith("/query") else has(asked)
        seen = await told.look()
        assert (seen[P95].value, seen[P95].why) == (None, "query_error")
        assert "too many samples" in seen[P95].problem


async def test_a_line_that_leaves_the_guide_while_the_engine_is_asked_stops_no_round() -> None:
    has = Has()
    async with story(has) as told:
        await told.look()
        state = told.world.engine.state("monitoring")

        def meanwhile(asked: Asked) -> Told:
            if asked.path.endswith("/query") and ERRORS in state.promises:
                told.world.adopt([one for one in PROMISES if one.id != ERRORS], BINDINGS)
            return has(asked)

        told.server.tell = meanwhile
        seen = await told.look()
        assert ERRORS not in state.promises
        assert seen[P95].value == 0.02
        assert told.world.standing(P95).kind == "kept"


FAULTS = [
    (Told(wait=True), "stale", "the engine did not answer within 1 s"),
    (Told(b"", 401), "stale", "it wants to know who asks"),
    (
        Told(b'{"status":"error","errorType":"execution","error":"too many samples"}', 422),
        "query_error",
        "samples",
    ),
    (Has(warnings=("store 2 is away",)), "partial", "the engine warns: store 2 is away"),
    (Has(partial=True), "partial", "a part of its storage did not answer"),
]


@pytest.mark.parametrize(("fault", "why", "problem"), FAULTS)
async def test_each_fault_is_a_state_of_its_own_alarmed_after_a_time_until_it_heals(
    fault: Told | Has, why: Silent, problem: str
) -> None:
    has = Has((RATE, BUCKETS, VITALS))
    async with story(has, 'timeout = "1s"' if isinstance(fault, Told) and fault.wait else "") as told:
        world = told.world
        silent = world.engine.state("monitoring").silent

        def tickets() -> list[Incident]:
            found = world.engine.state("incidents").open.values()
            return [one for one in found if one.key.startswith(f"signals:{why}/")]

        await told.look()
        assert {world.standing(one).kind for one in (ERRORS, P95, SLOW)} == {"kept"}

        def failing(asked: Asked) -> Told:
            answers = fault if isinstance(fault, Has) else lambda _asked: fault
            return answers(asked) if asked.path.endswith("/query") else has(asked)

        told.server.tell = failing
        for minute in (0, 5, 10):
            await told.look()
            assert {silent[one].why for one in (ERRORS, P95, SLOW)} == {why}
            assert problem in silent[P95].problem
            assert world.standing(P95).kind == "unproven"
            assert len(tickets()) == (minute == 10), "one ticket for all of them, after ten minutes"
            world.pass_time(300)
        (ticket,) = tickets()
        assert ticket.title.endswith(WORDS[why])
        assert not ticket.pages
        told.server.tell = has
        await told.look()
        assert world.standing(P95).kind == "kept"
        world.pass_time(200)
        assert not tickets(), "and over by itself"


async def test_a_part_of_an_answer_can_break_a_line_and_never_prove_one() -> None:
    has = Has(value=0.2, warnings=("store 2 is away",))
    async with story(has) as told:
        await told.look()
        told.world.pass_time(300)
        await told.look()
        assert told.world.engine.state("monitoring").alerts[ERRORS].phase == "firing"
        assert ERRORS not in told.world.engine.state("monitoring").silent
        has.value = 0.02
        await told.look()
        assert told.world.engine.state("monitoring").alerts[ERRORS].phase == "firing", (
            "what is away may be worse"
        )
        has.warnings = ()
        await told.look()
        assert ERRORS not in told.world.engine.state("monitoring").alerts


async def test_it_is_asked_on_its_own_tick_and_no_probe_waits_for_it() -> None:
    slow = Told(wait=True)
    bound = 'url = "http://127.0.0.1:1/health"\nevery = "20ms"\nprivate = true'
    async with story(lambda _asked: slow, 'timeout = "30s"', bound, RealClock()) as told:
        running = asyncio.create_task(told.watch.run(asyncio.Event()))
        await _until(lambda: sum(isinstance(one, Probed) for one in told.done) >= 3)
        assert not any(isinstance(one, Observe) for one in told.done)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_tick_goes_on_and_follows_the_bindings() -> None:
    async with story(Has(), 'every = "20ms"', clock=RealClock()) as told:
        adopted = asyncio.Event()
        running = asyncio.create_task(told.watch.run(adopted))
        await _until(lambda: sum(isinstance(one, Observe) for one in told.done) >= 3)
        told.watch.bindings = Bindings
        adopted.set()
        await _until(lambda: told.watch._ticking == (None, None))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  (what is waited for sets no event)
            await asyncio.sleep(0.01)


class TestPages:
    @asynccontextmanager
    async def console(self, tell: Callable[[Asked], Told]) -> AsyncIterator[tuple[Story, TestClient[Any]]]:
        served = harbour()
        async with story(tell, clock=served.clock) as told:
            served.board.telemetry = told.watch.telemetry
            served.board.live = told.watch.live
            served.board.looker = Looker(telemetry=told.watch.telemetry, bindings=lambda: told.bindings)
            with TestClient(served.app, base_url="http://127.0.0.1:8470") as client:
                yield told, client

    async def page(self, client: TestClient[Any], path: str) -> str:
        answer: httpx.Response = await asyncio.to_thread(client.get, path)
        assert answer.status_code == 200, answer.text
        return text_of(answer.text)

    async def test_the_page_of_signals_says_who_answers(self) -> None:
        async with self.console(Has()) as (told, client):
            page = await self.page(client, "/signals")
            assert f"Answered by Prometheus at {told.server.url}" in page
            assert "2 %" in page

    async def test_an_answer_in_part_stands_there_with_its_reason(self) -> None:
        async with self.console(Has(warnings=("store 2 is away",))) as (told, client):
            await told.look()
            page = await self.page(client, "/signals/error_rate")
            assert "2 % answered in part" in page
            assert "store 2 is away" in page

    async def test_and_why_it_does_not(self) -> None:
        async with self.console(lambda _asked: Told(b"", 403)) as (_told, client):
            page = await self.page(client, "/signals")
            assert "The engine refuses to answer us (403)" in page

    async def test_explore_asks_it_and_shows_its_warnings(self) -> None:
        async with self.console(Has(value=7.5, warnings=("store 2 is away",))) as (told, client):
            page = await self.page(client, "/explore?q=queue_length")
            assert "7.5" in page
            assert "The engine warns: store 2 is away" in page
            (asked,) = [one for one in told.server.asked if one.path.endswith("/query_range")]
            assert asked.params["query"] == "queue_length"

    async def test_explore_asks_own_samples_where_it_is_told_to(self) -> None:
        async with self.console(Has(("queue_length",))) as (told, client):
            target = {"job": "probe", "environment": "production"}
            told.own.ingest(
                [Sample({"__name__": "probe_success"}, 1.0)], told.world.clock.now() - 5000, target
            )
            page = await self.page(client, "/explore?q=probe_success%2B41&engine=own")
            assert "42" in page
            assert not [one for one in told.server.asked if one.path.endswith("/query_range")]
            assert "probe_success" in await self.page(client, "/explore?engine=own")

    async def test_the_chart_shows_what_was_recorded_while_it_is_away(self) -> None:
        async with self.console(Has()) as (told, client):
            await told.look()
            told.world.pass_time(60)
            await told.look()
            assert told.watch.live[ERRORS].value == 0.02
            told.server.tell = lambda _asked: Told(b"", 503)
            told.world.pass_time(15)
            await told.look()
            page = await self.page(client, "/signals/error_rate")
            assert "Only what opsguide recorded is shown: the engine answers 503" in page

    @pytest.mark.parametrize("path", ["/signals", "/signals/error_rate", "/explore?q=up", "/"])
    async def test_a_slow_one_holds_up_no_page(self, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
        monkeypatch.setattr(board, "PATIENCE_SECONDS", 0.1)
        async with self.console(lambda _asked: Told(wait=True)) as (_told, client):
            async with asyncio.timeout(8):
                page = await self.page(client, path)
            if path != "/":
                assert "did not answer within 0.1 s" in page.lower() or "no samples" in page.lower()
