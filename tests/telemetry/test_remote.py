"""A remote engine over its HTTP API: Debian's Prometheus, and one that misbehaves as told."""

import asyncio
import math
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from opsguide.app.engine import Way
from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.kernel.errors import BindingsError, EngineAway, QueryError
from opsguide.kernel.ports import Sample, Vector
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.remote.engine import AT_ONCE, Remote
from opsguide.telemetry.remote.sending import STALE
from tests.monitoring.faulty import closed_port
from tests.prometheus import Prometheus, prometheus
from tests.service.test_guarded import Certificates
from tests.telemetry.engines import Asked, Told, engine
from tests.world import HandClock

EMPTY = Told(b'{"status":"success","data":{"resultType":"vector","result":[]}}')
SECRETS = {"env:TOKEN": "t0ken", "env:PASSWORD": "p4ss", "env:EXTRA": "extra value"}


def bound(url: str, more: str = "", environment: str = "") -> Bindings:
    text = f'[telemetry]\nsource = "prometheus"\nurl = "{url}"\nprivate = true\n{more}\n'
    found, wrong = read_bindings(f"{text}[environments.production]\n{environment}\n")
    assert found is not None, wrong
    return found


def remote(bindings: Bindings, clock: HandClock | None = None, max_bytes: int = 1_000_000) -> Remote:
    way = Way(lambda: bindings, resolve, max_bytes)
    return Remote(way.place, way.send, Embedded(), clock or HandClock())


def resolve(reference: str) -> str:
    if reference.startswith("env:") and reference not in SECRETS:
        raise BindingsError("it is not set, or empty", where=reference)
    return SECRETS.get(reference, reference)


def labels(**pairs: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs.items()))


def named(metric: str, **pairs: str) -> tuple[tuple[str, str], ...]:
    return labels(__name__=metric, **pairs)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with prometheus(tmp_path_factory.mktemp("prometheus")) as found:
        yield found


class TestPrometheus:
    async def test_what_it_has_of_the_environment(self, server: Prometheus) -> None:
        clock, scope = HandClock(), "match = 'env=\"first\"'"
        asked = remote(bound(server.url, environment=scope), clock)
        said = await asked.look()
        assert 'no series there has env="first"' in said
        assert asked.answering.problem == said
        server.write(
            [
                (named("requests_total", env="first"), clock.now() - 60_000, 10.0),
                (named("of_others", env="second"), clock.now() - 60_000, 1.0),
            ]
        )
        assert await asked.look() == ""
        assert asked.metric_names() == {"requests_total"}
        assert asked.answering.address == server.url

    async def test_a_batch_at_one_instant(self, server: Prometheus) -> None:
        clock = HandClock()
        clock.advance(600)
        at = clock.now()
        asked = remote(bound(server.url), clock)
        server.write([(named("steps"), at - 15_000, 7.0), (named("heat"), at - 15_000, math.inf)])
        steps, heat, number, wrong, old, twice, window, text = await asked.ask(
            ["steps", "heat", "1 / 0", "sum(", "gone", "steps", "steps[5m]", '"steps"'], at
        )
        assert steps == twice == Vector((Sample({"__name__": "steps"}, 7.0),))
        assert isinstance(heat, Vector)
        assert heat.samples[0].value == math.inf
        assert number == Vector((Sample({}, math.inf),))
        assert isinstance(wrong, QueryError)
        assert not isinstance(wrong, EngineAway)
        assert (wrong.what, wrong.where) == ("parse error: unclosed left parenthesis", "PromQL 1:5")
        assert old == Vector(())
        assert "a range of samples" in str(window)
        assert "a text" in str(text)

    async def test_over_time_as_the_embedded_engine_says(self, server: Prometheus) -> None:
        clock, embedded = HandClock(), Embedded()
        clock.advance(1200)
        for step in range(8):
            at = clock.now() + step * 15_000
            server.write([(named("climbed", job="lift"), at, step * 3.0)])
            embedded.ingest([Sample({"__name__": "climbed"}, step * 3.0)], at, {"job": "lift"})
        span = (clock.now(), clock.now() + 105_000, 15_000)
        asked = remote(bound(server.url), clock)
        theirs = await asked.ask_range("climbed * 2", *span)
        assert theirs == await embedded.ask_range("climbed * 2", *span)
        assert len(theirs.series[0].values) == 8

    async def test_what_has_ended_is_gone(self, server: Prometheus) -> None:
        clock = HandClock()
        clock.advance(1800)
        asked = remote(bound(server.url), clock)
        server.write(
            [(named("ending"), clock.now() - 2000, 1.0), (named("ending"), clock.now() - 1000, STALE)]
        )
        assert await asked.ask(["ending"], clock.now()) == [Vector(())]

    async def test_a_prefix_that_is_missing(self, server: Prometheus) -> None:
        url = server.url.removesuffix("/prometheus") + "/elsewhere"
        (answer,) = await remote(bound(url)).ask(["up"], 0)
        assert isinstance(answer, EngineAway)
        assert "404" in answer.what
        assert "/prometheus" in answer.hint


class TestSigningIn:
    async def asked_with(self, more: str) -> Asked:
        async with engine(lambda _asked: EMPTY) as server:
            await remote(bound(server.url, more)).ask(["up"], 0)
            (asked,) = server.asked
            return asked

    async def test_a_tenant_a_token_and_further_headers(self) -> None:
        more = 'tenant = "shop|desk"\ntoken = "env:TOKEN"\nheaders = { X-Extra = "env:EXTRA" }'
        asked = await self.asked_with(more)
        assert asked.path == "/prometheus/api/v1/query"
        assert asked.params["query"] == "up"
        assert asked.headers["x-scope-orgid"] == "shop|desk"
        assert asked.headers["authorization"] == "Bearer t0ken"
        assert asked.headers["x-extra"] == "extra value"

    async def test_a_user(self) -> None:
        asked = await self.asked_with('user = "ana"\npassword = "env:PASSWORD"')
        assert asked.headers["authorization"] == "Basic YW5hOnA0c3M="

    async def test_a_token_that_is_not_there(self) -> None:
        async with engine(lambda _asked: EMPTY) as server:
            (answer,) = await remote(bound(server.url, 'token = "env:GONE"')).ask(["up"], 0)
            assert isinstance(answer, EngineAway)
            assert answer.what == "env:GONE: it is not set, or empty"
            assert not server.asked

    async def test_a_token_of_two_lines_is_no_header(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(SECRETS, "env:TOKEN", "t0ken\r\nX-Scope-OrgID: other")
        async with engine(lambda _asked: EMPTY) as server:
            (answer,) = await remote(bound(server.url, 'token = "env:TOKEN"')).ask(["up"], 0)
            assert "one line" in str(answer)
            assert not server.asked

    async def test_secrets_follow_no_redirect(self) -> None:
        async with engine(lambda _asked: EMPTY) as other:
            away = Told(status=307, headers={"Location": other.url + "/api/v1/query"})
            async with engine(lambda _asked: away) as server:
                (answer,) = await remote(bound(server.url, 'token = "env:TOKEN"')).ask(["up"], 0)
            assert "sends us elsewhere" in str(answer)
            assert not other.asked

    async def test_an_authority_of_its_own_and_a_client_certificate(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = Certificates(tmp_path)
        context = made.server()
        context.load_verify_locations(cadata=made.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        pair = (tmp_path / "cert.pem").read_text() + (tmp_path / "key.pem").read_text()
        monkeypatch.setitem(SECRETS, "env:CA", made.authority)
        monkeypatch.setitem(SECRETS, "env:PAIR", pair)
        monkeypatch.setitem(SECRETS, "env:NONE", made.authority)
        async with engine(lambda _asked: EMPTY, context) as server:
            url = f"https://localhost:{server.port}/prometheus"
            ours = 'authority = "env:CA"\n'

            async def answer(more: str) -> object:
                return (await remote(bound(url, more)).ask(["up"], 0))[0]

            assert await answer(ours + 'certificate = "env:PAIR"') == Vector(())
            assert "its certificate is not valid" in str(await answer(""))
            assert isinstance(await answer(ours), EngineAway)
            assert "client certificate cannot be used" in str(await answer(ours + 'certificate = "env:NONE"'))


VALUE = b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[%s,%s]}]}}'
FAULTS = {
    "unavailable": (Told(b"upstream is away", 503), "the engine answers 503"),
    "unauthorized": (Told(b"", 401), "it wants to know who asks"),
    "forbidden": (Told(b"", 403), "we may not read there"),
    "too_many": (Told(b"", 429), "too many questions"),
    "no_json": (Told(b"<html>welcome</html>"), "no answer of a Prometheus"),
    "other_json": (Told(b'{"ok": true}'), "no answer of a Prometheus"),
    "cut_json": (Told(b'{"status":"success","data":{"resultType":"vec'), "no answer of a Prometheus"),
    "no_number": (Told(VALUE % (b"0", b'"1_000"')), "no answer of a Prometheus"),
    "number_for_text": (Told(VALUE % (b"0", b"1")), "no answer of a Prometheus"),
    "old": (Told(VALUE % (b"3600", b'"1"')), "for another time"),
}


class TestFaults:
    @pytest.mark.parametrize("fault", FAULTS)
    async def test_is_away_and_says_why(self, fault: str) -> None:
        told, why = FAULTS[fault]
        async with engine(lambda _asked: told) as server:
            asked = remote(bound(server.url))
            (answer,) = await asked.ask(["up"], 0)
            assert isinstance(answer, EngineAway)
            assert why in answer.what
            assert asked.answering.problem == answer.what
            server.tell = lambda _asked: EMPTY
            assert await asked.ask(["up"], 0) == [Vector(())]
            assert asked.answering.problem == ""

    async def test_nothing_listens(self) -> None:
        asked = remote(bound(f"http://127.0.0.1:{await closed_port()}"))
        with pytest.raises(EngineAway, match="takes no connection"):
            await asked.look()
        assert "takes no connection" in asked.answering.problem

    async def test_a_private_address_needs_leave(self) -> None:
        async with engine(lambda _asked: EMPTY) as server:
            leave = bound(server.url)
            none = structs.replace(leave, telemetry=structs.replace(leave.telemetry, private=False))
            (answer,) = await remote(none).ask(["up"], 0)
            assert isinstance(answer, EngineAway)
            assert "private address" in answer.what
            assert not server.asked

    async def test_a_slow_one_ends_at_one_deadline_for_all(self) -> None:
        async with engine(lambda _asked: Told(wait=True)) as server:
            asked = remote(bound(server.url, 'timeout = "200ms"'))
            async with asyncio.timeout(10):
                answers = await asked.ask([f"up + {number}" for number in range(50)], 0)
            assert {str(answer) for answer in answers} == {"the engine did not answer within 0.2 s"}
            assert 0 < server.most_at_once <= AT_ONCE
            assert len(server.asked) <= AT_ONCE

    async def test_a_huge_answer_is_the_expressions_fault(self) -> None:
        told = Told(b'{"status":"success","data":', endless=True)
        async with engine(lambda _asked: told) as server:
            (answer,) = await remote(bound(server.url)).ask(["up"], 0)
            assert isinstance(answer, QueryError)
            assert not isinstance(answer, EngineAway)
            assert "too large" in answer.what

    async def test_a_query_that_takes_too_long(self) -> None:
        body = b'{"status":"error","errorType":"timeout","error":"query timed out"}'
        async with engine(lambda _asked: Told(body, 503)) as server:
            (answer,) = await remote(bound(server.url)).ask(["up"], 0)
            assert isinstance(answer, QueryError)
            assert not isinstance(answer, EngineAway)

    async def test_native_histograms_are_not_supported(self) -> None:
        body = (
            b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[0,{}]}]}}'
        )
        async with engine(lambda _asked: Told(body)) as server:
            (answer,) = await remote(bound(server.url)).ask(["latency"], 0)
            assert "native histograms are not supported" in str(answer)

    async def test_warnings_are_passed_on(self) -> None:
        body = b'{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["store\\n2 is away"]}'
        async with engine(lambda _asked: Told(body)) as server:
            (answer,) = await remote(bound(server.url)).ask(["up"], 0)
            assert answer == Vector((), ("store 2 is away",))

    async def test_what_was_known_stays_known_while_it_is_away(self) -> None:
        names = Told(b'{"status":"success","data":["up"]}')
        async with engine(lambda _asked: names) as server:
            asked = remote(bound(server.url))
            await asked.look()
            asked._names_until = 0.0
            server.tell = lambda _asked: Told(b"", 503)
            await asked.look()
            assert asked.metric_names() == {"up"}
            assert "503" in asked.answering.problem

    async def test_a_chart_that_many_look_at_is_asked_once(self) -> None:
        matrix = Told(b'{"status":"success","data":{"resultType":"matrix","result":[]}}')
        async with engine(lambda _asked: matrix) as server:
            asked = remote(bound(server.url))
            await asyncio.gather(*(asked.ask_range("up", 0, 60_000, 15_000) for _ in range(5)))
            await asked.ask_range("up", 0, 60_000, 15_000)
            assert len(server.asked) == 1
            await asked.ask_range("up", 0, 120_000, 15_000)
            assert len(server.asked) == 2

    async def test_who_gives_up_finds_the_answer_later(self) -> None:
        matrix = Told(b'{"status":"success","data":{"resultType":"matrix","result":[]}}')
        async with engine(lambda _asked: matrix) as server:
            asked = remote(bound(server.url))
            waiting = asyncio.create_task(asked.ask_range("up", 0, 60_000, 15_000))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await asked.ask_range("up", 0, 60_000, 15_000)).series == ()
            assert len(server.asked) == 1

    async def test_a_failed_chart_is_asked_anew(self) -> None:
        async with engine(lambda _asked: Told(b"", 503)) as server:
            asked = remote(bound(server.url))
            for _ in range(2):
                with pytest.raises(EngineAway):
                    await asked.ask_range("up", 0, 60_000, 15_000)
            assert len(server.asked) == 2
