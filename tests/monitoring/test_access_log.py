"""An application that has only an access log: the guide's alert on errors is watched through it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.bindings.model import EnvironmentBinding
from opsguide.kernel.ports import Kept
from opsguide.monitoring.state import State
from opsguide.monitoring.watch import Watch
from opsguide.service.kept import KeptTable
from opsguide.telemetry import labels
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.intake.access_log import LogCounts
from opsguide.telemetry.intake.counted import KINDS, Counted, Counts, FollowedAccessLog
from opsguide.telemetry.intake.histogram import LogHistogram
from tests.world import HandClock, Remembered


class Answers:
    """No network: nothing is probed or scraped here."""

    async def __call__(self, url: str, /, *, private: bool, timeout: float) -> object:  # noqa: ASYNC109
        raise AssertionError(url)


def line(status: int, seconds: float) -> bytes:
    return f'10.0.0.1 - - [26/Nov/2026:04:12:01 +0000] "GET / HTTP/1.1" {status} 9 "-" "x" {seconds:.3f}\n'.encode()


COUNTED: list[Counted] = []
OPEN: list[FollowedAccessLog] = []


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    COUNTED.clear()
    while OPEN:
        OPEN.pop().close()


def watching(
    path: Path, kept: Kept[Counts] | None = None
) -> tuple[Watch, EnvironmentBinding, HandClock, Embedded]:
    binding = EnvironmentBinding(access_log=str(path))
    clock, telemetry = HandClock(), Embedded()
    counted = Counted(telemetry, clock.now, kept)
    COUNTED.append(counted)

    def followed(path: str, environment: str) -> FollowedAccessLog:
        OPEN.append(counted.follow(Path(path), environment))
        return OPEN[-1]

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
    path.unlink()
    clock.advance(15)
    await watch.round("production", binding)
    said = {"production": f"{path} cannot be read: No such file or directory"}
    assert watch.problems == said, "a log that was deleted is no quiet hour"
    path.write_bytes(line(500, 0.2))
    clock.advance(15)
    await watch.round("production", binding)
    assert not watch.problems
    assert telemetry.instant('http_requests_total{status="500"}', clock.now()) != ()
    gone, _, _, _ = watching(tmp_path / "nothing.log")
    await gone.round("production", EnvironmentBinding(access_log=str(tmp_path / "nothing.log")))
    assert gone.problems == {
        "production": f"{tmp_path}/nothing.log cannot be read: No such file or directory"
    }


ERRORS = 'sum(increase(http_requests_total{status=~"5.."}[1m])) / sum(increase(http_requests_total[1m]))'


async def test_the_first_failures_that_a_log_ever_shows_are_failures(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"")
    watch, binding, clock, telemetry = watching(path)
    for turn in range(5):
        clock.advance(15)
        await watch.round("production", binding)
        with path.open("ab") as log:
            log.write((line(503, 0.2) + line(200, 0.2)) * (50 if turn == 3 else 0))
    (share,) = telemetry.instant(ERRORS, clock.now())
    assert share.value == 0.5


async def written(path: Path, lines: bytes, *watched: Any) -> None:
    watch, binding, clock, _ = watched
    with path.open("ab") as log:
        log.write(lines)
    clock.advance(15)
    await watch.round("production", binding)


def requests(telemetry: Embedded, clock: HandClock) -> list[float]:
    return [one.value for one in telemetry.instant("sum(http_requests_total)", clock.now())]


async def test_a_restart_goes_on_in_the_log_where_it_was_read_up_to(tmp_path: Path) -> None:
    path, table = tmp_path / "access.log", KeptTable(tmp_path / "counts.json", Counts)
    path.write_bytes(line(200, 0.1) * 7)
    watch, binding, clock, telemetry = watching(path, table)
    await watch.round("production", binding)
    await written(path, line(200, 0.1) * 3 + b"half a li", watch, binding, clock, telemetry)
    assert requests(telemetry, clock) == [3.0]
    COUNTED[-1].keep()
    with path.open("ab") as log:  # while nobody reads
        log.write(b"ne\n" + line(503, 0.1) * 2)
    watch, binding, clock, telemetry = watching(path, table)
    assert requests(telemetry, clock) == [3.0], "what was counted is there at once"
    await written(path, line(200, 0.1), watch, binding, clock, telemetry)
    assert requests(telemetry, clock) == [6.0]


@pytest.mark.parametrize("how", ["renamed", "emptied"])
async def test_a_log_that_was_rotated_meanwhile_is_read_from_its_beginning(tmp_path: Path, how: str) -> None:
    path, table = tmp_path / "access.log", KeptTable(tmp_path / "counts.json", Counts)
    path.write_bytes(b"")
    watch, binding, clock, telemetry = watching(path, table)
    await watch.round("production", binding)
    await written(path, line(200, 0.1) * 9, watch, binding, clock, telemetry)
    COUNTED[-1].keep()
    if how == "renamed":
        path.rename(tmp_path / "access.log.1")
    path.write_bytes(line(200, 0.1) * 2)
    watch, binding, clock, telemetry = watching(path, table)
    await written(path, b"", watch, binding, clock, telemetry)
    assert requests(telemetry, clock) == [11.0]


async def test_counters_with_the_buckets_of_another_version_are_not_gone_on_with(tmp_path: Path) -> None:
    path, table = tmp_path / "access.log", KeptTable(tmp_path / "counts.json", Counts)
    table.save(
        {
            "x": Counts(
                {"environment": "production"}, LogCounts({"GET 200": 4}, durations=LogHistogram([1, 2]))
            )
        }
    )
    path.write_bytes(b"")
    watch, binding, clock, telemetry = watching(path, table)
    await watch.round("production", binding)
    await written(path, line(200, 0.1), watch, binding, clock, telemetry)
    assert requests(telemetry, clock) == [1.0]


async def test_the_log_of_the_bindings_is_read_however_much_comes_by_address(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"")
    watch, binding, clock, telemetry = watching(path)
    for number in range(KINDS):
        COUNTED[-1].lines(labels.of({"environment": f"shop-{number}"}), line(200, 0.1))
    await watch.round("production", binding)
    await written(path, line(200, 0.1) * 2, watch, binding, clock, telemetry)
    assert watch.problems == {}
    assert requests(telemetry, clock) == [2.0]


def test_counters_whose_labels_read_alike_are_kept_apart() -> None:
    kept, clock = Remembered[Counts](), HandClock()
    counted = Counted(Embedded(), clock.now, kept)
    counted.lines(labels.of({"environment": "eu,site=a"}), line(200, 0.1))
    counted.lines(labels.of({"environment": "eu", "site": "a"}), line(200, 0.1) * 2)
    counted.keep()
    telemetry = Embedded()
    Counted(telemetry, clock.now, kept)
    assert requests(telemetry, clock) == [3.0]


async def test_a_table_of_a_version_before_is_gone_on_with(tmp_path: Path) -> None:
    path, counts, buckets = (
        tmp_path / "access.log",
        tmp_path / "counts.json",
        [0] * len(LogHistogram().counts),
    )
    path.write_bytes(b"")
    row = {
        "labels": {"environment": "production"},
        "log": {
            "requests": {"GET 200": 4},
            "lines": {"read": 4, "unreadable": 0},
            "durations": {"counts": [4, *buckets[1:]], "total": 0.0},
            "timed": True,
        },
    }
    counts.write_text(json.dumps({"environment=production": row}), encoding="utf-8")
    watch, binding, clock, telemetry = watching(path, KeptTable(counts, Counts))
    await watch.round("production", binding)
    await written(path, line(200, 0.1), watch, binding, clock, telemetry)
    assert requests(telemetry, clock) == [5.0]
    (timed,) = telemetry.instant("http_request_duration_seconds_count", clock.now())
    assert timed.value == 5.0
