"""`opsguide probe`: a region's process against the real routes of a service that comes and goes."""

from pathlib import Path

import httpx
import pytest

from opsguide.app import prober
from opsguide.app.prober import MOST_WAITING, Prober, Turned
from opsguide.guide.bindings import ProbeBinding
from opsguide.kernel.errors import BindingsError, OpsguideError
from opsguide.monitoring.probes.edge.ask import Ways
from opsguide.monitoring.probes.looks import Look
from opsguide.service.guarded import Guarded
from opsguide.service.reaching import converse
from opsguide.service.resolving import look_up
from tests.web.served import Served
from tests.web.test_probes import BOUND, served

UP, BAD = Look(True, seconds=0.1), Look(False, "it answered 500")
PROBE = ProbeBinding(url="https://shop.example/checkout")


class Line(httpx.AsyncBaseTransport):
    """The network between a region and the service: `cut` it, or lose the `answers` only."""

    def __init__(self, found: Served) -> None:
        self._inner = httpx.ASGITransport(found.app)  # type: ignore[arg-type]
        self.cut = self.deaf = False
        self.sent: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(f"{request.method} {request.url.path}")
        if self.cut:
            raise httpx.ConnectError("no route to host")
        answer = await self._inner.handle_async_request(request)
        if self.deaf:
            raise httpx.ReadTimeout("no answer")
        return answer


class There:
    """A region eu-west, its line to the service, and its own clock that nobody sets."""

    def __init__(self, token: str = "what env:EU holds") -> None:
        self.served = served()
        self.line, self.seconds = Line(self.served), 5.0
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        client = httpx.AsyncClient(transport=self.line, base_url="http://127.0.0.1:8470", headers=headers)
        ways = Ways(Guarded().fetch, converse, look_up, str)
        self.prober = Prober("eu-west", client, ways, lambda: self.seconds)

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.served.clock.advance(seconds)

    async def see(self, *looks: Look) -> None:
        for look in looks:
            self.passes(30)
            await self.prober._looked("checkout", PROBE, look)

    @property
    def seen(self) -> tuple[int | None, int]:
        """When the service thinks it was looked at last, and how many failed in a row."""
        one = self.served.probing.courses["checkout"].seen["eu-west"]
        return one.at, one.failures


async def test_it_asks_what_to_probe_and_reports_what_it_saw() -> None:
    there = There()
    assert await there.prober.exchange()
    assert list(there.prober.schedule.probes) == ["checkout"]
    await there.see(UP, BAD)
    at = there.served.clock.now()
    there.passes(2)
    assert await there.prober.exchange()
    assert there.seen == (at, 1), "when it was seen, whatever the clock of the region says"


async def test_what_it_saw_while_the_service_was_away_is_told_as_old_as_it_is() -> None:
    there = There()
    await there.prober.exchange()
    there.line.cut = True
    await there.see(BAD, BAD, BAD)
    assert not await there.prober.exchange()
    there.passes(3600)
    there.line.cut = False
    assert await there.prober.exchange()
    assert there.seen[1] == 0, "an hour old: history, and no outage of now"
    assert there.served.probing.regions["eu-west"].heard == there.served.clock.now()
    await there.see(UP)
    await there.prober.exchange()
    assert there.seen == (there.served.clock.now(), 0)


async def test_an_answer_that_was_lost_makes_nothing_count_twice() -> None:
    there = There()
    await there.prober.exchange()
    await there.see(BAD)
    there.line.deaf = True
    assert not await there.prober.exchange()
    there.line.deaf = False
    there.passes(20)
    assert await there.prober.exchange()
    assert there.seen[1] == 1


async def test_memory_is_bounded_and_what_was_given_up_is_told() -> None:
    there = There()
    await there.prober.exchange()
    for _ in range(MOST_WAITING + 7):
        await there.prober._looked("checkout", PROBE, UP)
    assert len(there.prober.waiting) == MOST_WAITING
    assert await there.prober.exchange()
    assert there.served.probing.regions["eu-west"].lost == 7


async def test_a_changed_plan_is_followed_with_the_next_report() -> None:
    there = There()
    await there.prober.exchange()
    there.served.adopt(more_bindings=BOUND.replace('every = "30s"', 'every = "45s"'))
    await there.see(UP)
    await there.prober.exchange()
    assert there.prober.schedule.probes["checkout"].every == 45


async def test_it_says_that_it_lives_even_if_there_is_nothing_to_look_at() -> None:
    there = There()
    await there.prober.exchange()
    there.passes(16)
    await there.prober.exchange()
    assert there.served.probing.regions["eu-west"].heard == there.served.clock.now()


async def test_a_wrong_token_ends_it_and_a_service_that_is_away_does_not() -> None:
    wrong = There(token="guessed")
    with pytest.raises(Turned, match="the service refuses region eu-west"):
        await wrong.prober.exchange()
    away = There()
    away.line.cut = True
    assert not await away.prober.exchange()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://opsguide.example", "the token would travel in the clear"),
        ("ftp://opsguide.example", "is no address"),
        ("opsguide.example", "is no address"),
        ("https://[", "is no address"),
    ],
)
def test_an_address_that_will_not_do(url: str, said: str) -> None:
    with pytest.raises(OpsguideError, match=said):
        prober.probe("eu-west", url)


def test_a_token_that_stands_on_the_command_line_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BindingsError, match="seen by all"):
        prober.probe("eu-west", "https://opsguide.example", token="secret")
    monkeypatch.delenv("OPSGUIDE_REGION_TOKEN", raising=False)
    with pytest.raises(BindingsError, match="not set"):
        prober.probe("eu-west", "https://opsguide.example")
    with pytest.raises(OpsguideError, match="is no certificate"):
        prober.probe("eu-west", "https://opsguide.example", authority=Path(__file__))
