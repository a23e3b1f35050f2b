"""A file of targets, as Prometheus' file-based service discovery has it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings
from opsguide.guide.bindings.model import EnvironmentBinding
from opsguide.monitoring.signals import Signal
from opsguide.monitoring.state import State
from opsguide.monitoring.targets import Target, TargetsError, read_targets
from opsguide.monitoring.watch import Watch
from opsguide.service.guarded import Guarded
from opsguide.telemetry.embedded import Embedded
from tests.monitoring.faulty import closed_port, faulty
from tests.world import HandClock

BOTH = """
- targets: [a:8080, b:8080]
  labels: {job: shop, __metrics_path__: /internal/metrics, team: red}
- targets: ["c.example"]
  labels: {__scheme__: https}
- targets: [a:8080]
"""


def test_groups_in_yaml() -> None:
    shop = {"job": "shop", "environment": "production", "team": "red"}
    assert read_targets(BOTH, "production") == (
        Target("http://a:8080/internal/metrics", {**shop, "instance": "a:8080"}),
        Target("http://b:8080/internal/metrics", {**shop, "instance": "b:8080"}),
        Target(
            "https://c.example/metrics",
            {"job": "scrape", "instance": "c.example", "environment": "production"},
        ),
        Target("http://a:8080/metrics", {"job": "scrape", "instance": "a:8080", "environment": "production"}),
    )


def test_json_is_read_alike_and_an_empty_list_is_no_mistake() -> None:
    assert len(read_targets(json.dumps([{"targets": ["a:1"], "labels": {"n": 1}}]), "x")) == 1
    assert read_targets("[]", "x") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- targets: [a", "line 1: it is neither JSON nor YAML"),
        ("targets: [a]", "it is no list"),
        ("- labels: {}", "group 1: targets are missing"),
        ("- targets: [a]\n  labels: [b]", "group 1: labels are no table"),
        ('- targets: ["http://a/"]', "group 1: 'http://a/' is no address"),
        ("- targets: [1]", "group 1: 1 is no address"),
        ("- targets: [a]\n  labels: {a-b: c}", "'a-b' is no name"),
        ("- targets: [a]\n  labels: {__scheme__: file}", "__scheme__ is http or https"),
        (json.dumps([{"targets": [f"h{number}:1" for number in range(1001)]}]), "more than 1000 targets"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TargetsError, match=said.replace("(", r"\(")):
        read_targets(text, "production")


async def submit(_command: object) -> Sequence[object]:
    return ()


def watching(binding: EnvironmentBinding) -> tuple[Watch, Embedded]:
    telemetry = Embedded()
    watch = Watch(
        state=State,
        bindings=lambda: Bindings(environments={"production": binding}),
        submit=submit,
        telemetry=telemetry,
        clock=HandClock(),
        fetch=Guarded().fetch,
        parse=telemetry.read,
        resolve=lambda reference: reference,
    )
    return watch, telemetry


async def test_every_target_is_scraped_and_the_file_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "targets.json"
    binding = EnvironmentBinding(targets=str(path), private=True)
    watch, telemetry = watching(binding)
    async with faulty() as server:
        alive = server.url("").removeprefix("http://").rstrip("/")
        gone = f"127.0.0.1:{await closed_port()}"
        path.write_text(json.dumps([{"targets": [gone], "labels": {"job": "shop"}}]), encoding="utf-8")
        await watch.round("production", binding)
        assert "takes no connection" in watch.problems["production"]
        path.write_text(json.dumps([{"targets": [gone, alive], "labels": {"job": "shop"}}]), encoding="utf-8")
        watch.clock.advance(15)  # type: ignore[attr-defined]
        await watch.round("production", binding)
        assert watch.problems == {}
        now = watch.clock.now()
        up = {sample.labels["instance"]: sample.value for sample in telemetry.instant("up", now)}
        assert up == {gone: 0.0, alive: 1.0}
        (total,) = telemetry.instant('sum(shop_requests_total{job="shop", environment="production"})', now)
        assert total.value == 42.0
        path.write_text(json.dumps([{"targets": [alive], "labels": {"job": "shop"}}]), encoding="utf-8")
        watch.clock.advance(15)  # type: ignore[attr-defined]
        await watch.round("production", binding)
    listed = [sample.labels["instance"] for sample in telemetry.instant("up", watch.clock.now())]
    assert listed == [alive], "what is no longer listed ends at once"


async def test_one_dead_target_of_several_is_told_of_and_what_stands_on_it_is_answered_in_part(
    tmp_path: Path,
) -> None:
    path = tmp_path / "targets.json"
    binding = EnvironmentBinding(targets=str(path), private=True)
    watch, _ = watching(binding)
    signal = Signal("up", origin="built_in", needs=("shop_requests_total",))
    async with faulty() as server:
        alive = server.url("").removeprefix("http://").rstrip("/")
        gone = f"127.0.0.1:{await closed_port()}"
        path.write_text(json.dumps([{"targets": [gone, alive]}]), encoding="utf-8")
        await watch.round("production", binding)
        assert watch.problems == {}
        assert watch.observer.partly(signal, "production").startswith(
            f"the target http://{gone}/metrics is away: "
        )
        assert watch.observer.partly(signal, "staging") == ""
        of_database = signal._replace(needs=("pg_blocked_queries",))
        assert watch.observer.partly(of_database, "production") == "", "no target gives what a database says"
        path.write_text(json.dumps([{"targets": [alive]}]), encoding="utf-8")
        await watch.round("production", binding)
        assert watch.observer.partly(signal, "production") == ""
    # Of a target that was read before it is known what it gave.
    path.write_text(json.dumps([{"targets": [alive]}]), encoding="utf-8")
    await watch.round("production", binding)
    assert watch.observer.partly(signal, "production")
    assert watch.observer.partly(signal._replace(needs=("node_cpu_seconds_total",)), "production") == ""


async def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "targets.yml"
    binding = EnvironmentBinding(targets=str(path))
    watch, _ = watching(binding)
    await watch.round("production", binding)
    assert watch.problems["production"] == f"{path} cannot be read: No such file or directory"
    path.write_text("- a: b", encoding="utf-8")
    await watch.round("production", binding)
    assert watch.problems["production"] == f"{path} cannot be read: group 1: targets are missing"
