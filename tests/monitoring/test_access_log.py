"""An application that has only an access log: the guide's alert on errors is watched through it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.bindings.model import EnvironmentBinding
from opsguide.monitoring.state import State
from opsguide.monitoring.watch import Watch
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.access_log import FollowedAccessLog
from tests.world import HandClock


class Answers:
    """No network: nothing is probed or scraped here."""

    async def __call__(self, url: str, /, *, private: bool, timeout: float) -> object:  # noqa: ASYNC109
        raise AssertionError(url)


def line(status: int, seconds: float) -> bytes:
    return f'10.0.0.1 - - [26/Nov/2026:04:12:01 +0000] "GET / HTTP/1.1" {status} 9 "-" "x" {seconds:.3f}\n'.encode()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


OPEN: list[FollowedAccessLog] = []


def followed(path: str) -> FollowedAccessLog:
    OPEN.append(FollowedAccessLog(Path(path)))
    return OPEN[-1]


def watching(path: Path) -> tuple[Watch, EnvironmentBinding, HandClock, Embedded]:
    binding = EnvironmentBinding(access_log=str(path))
    clock, telemetry = HandClock(), Embedded()

    async def submit(_command: object) -> Sequence[object]:
        return ()

    watch = Watch(
        state=State,
        bindings=lambda: Bindings(environments={"production": binding}),
        submit=submit,
        telemetry=telemetry,
        clock=clock,
        fetch=Answers(),  # type: ignore[arg-type]
        parse=telemetry.read,
        logs=followed,
        resolve=lambda reference: reference,
    )
    return watch, binding, clock, telemetry


async def test_what_the_log_says_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(line(200, 0.1))
    watch, binding, clock, telemetry = watching(path)
    await watch.round("production", binding)
    for _ in range(20):
        clock.advance(15)
        with path.open("ab") as log:
            log.write(line(200, 0.2) * 9 + line(503, 0.2))
        await watch.round("production", binding)
    asked = 'sum(rate(http_requests_total{status=~"5.."}[2m])) / sum(rate(http_requests_total[2m]))'
    assert [round(sample.value, 3) for sample in telemetry.instant(asked, clock.now())] == [0.1]
    (p95,) = telemetry.instant(
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[2m])))", clock.now()
    )
    assert abs(p95.value - 0.2) < 0.02
    assert watch.problems == {}


async def test_a_log_that_cannot_be_read_is_said_and_ends_its_series(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"")
    watch, binding, clock, telemetry = watching(path)
    await watch.round("production", binding)
    with path.open("ab") as log:
        log.write(line(200, 0.2))
    clock.advance(15)
    await watch.round("production", binding)
    assert telemetry.instant("http_requests_total", clock.now()) != ()
    gone, _, _, _ = watching(tmp_path / "nothing.log")
    await gone.round("production", EnvironmentBinding(access_log=str(tmp_path / "nothing.log")))
    assert gone.problems == {
        "production": f"{tmp_path}/nothing.log cannot be read: No such file or directory"
    }
