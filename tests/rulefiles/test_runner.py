"""Stories of rule files in the running service: alerts, incidents, restarts, files that change and break."""

import asyncio
import logging
from pathlib import Path

import pytest

from opsguide.incidents.commands import Resolve
from opsguide.kernel.ports import Sample
from opsguide.monitoring import arrivals
from opsguide.monitoring.rulefiles.facts import RuleChanged, RuleFiring
from tests.rulefiles.house import House

QUEUE = Sample({"__name__": "queue", "shop": "a"}, 7.0)

LONG = """
groups:
  - name: queues
    rules:
      - record: shop:queue
        expr: queue * 2
        labels: {unit: orders}
      - alert: LongQueue
        expr: shop:queue > 100
        for: 1m
        keep_firing_for: 30s
        labels: {severity: critical}
        annotations:
          summary: 'The queue of {{ $labels.shop }} holds {{ $value }}'
          runbook_url: https://runbooks.example/queue
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.write(LONG)
    return house


async def test_an_alert_lives_and_pages(house: House) -> None:
    await house.sees({"a": 10, "b": 60})
    assert house.asked("shop:queue") == {"a": 20, "b": 120}
    assert house.asked('ALERTS{alertstate="pending"}') == {"b": 1}
    assert not house.burning
    await house.pass_time(60, {"a": 10, "b": 60})
    assert house.asked('ALERTS{alertstate="firing"}') == {"b": 1}
    assert house.asked('ALERTS{alertstate="pending"}') == {}, "a state that is over is stale"
    (incident,) = house.burning
    assert incident.title == "The queue of b holds 120"
    assert (incident.severity, incident.severity_known, incident.pages) == ("critical", True, True)
    assert incident.runbook == "https://runbooks.example/queue"
    assert incident.labels.items() >= {"alert": "LongQueue", "shop": "b", "severity": "critical"}.items()
    assert "rules/web.yml:8" in incident.reason
    await house.pass_time(15, {"a": 10, "b": 1})
    assert house.asked("ALERTS") == {"b": 1}, "it keeps firing for 30 s"
    await house.pass_time(30, {"a": 10, "b": 1})
    assert house.asked("ALERTS") == {}
    assert not house.burning
    changes = [fact.change for fact in house.facts("rule.changed") if isinstance(fact, RuleChanged)]
    assert changes == ["pending", "firing", "kept", "resolved"]


async def test_a_condition_that_ends_early_fires_nothing(house: House) -> None:
    await house.sees({"a": 60})
    await house.pass_time(45, {"a": 60})
    await house.pass_time(15, {"a": 1})
    await house.pass_time(45, {"a": 60})
    assert not house.incidents.closed
    assert not house.burning
    assert house.asked("ALERTS_FOR_STATE") == {"a": house.served.now() / 1000 - 30}


async def test_five_hundred_alerts_are_one_incident_and_few_facts(house: House) -> None:
    shops = {f"shop-{n}": 60.0 for n in range(1500)}
    await house.sees(shops)
    await house.pass_time(60, shops)
    (incident,) = house.burning
    assert incident.title.endswith("(and 1499 more)")
    assert "shop" not in incident.labels, "only what all of them share can be silenced"
    sizes = [len(fact.members) for fact in house.facts("rule.changed") if isinstance(fact, RuleChanged)]
    assert sizes == [1000, 500, 1000, 500]
    named = [one for fact in house.facts("rule.changed")[2:] for one in fact.members if one.labels]  # type: ignore[attr-defined]
    assert named == [], "labels stand where an alert begins, and nowhere else"
    await house.pass_time(45, {**shops, "new": 60.0})
    assert len(house.burning) == 1
    assert len(house.facts("rule.firing")) == 1


async def test_severities_of_one_rule_are_told_apart(house: House) -> None:
    house.write(
        LONG.replace(
            "{severity: critical}", "{severity: '{{ if gt $value 200.0 }}critical{{ else }}warning{{ end }}'}"
        )
    )
    await house.sees({"a": 60, "b": 110})
    await house.pass_time(60, {"a": 60, "b": 110})
    assert sorted(one.severity for one in house.burning) == ["critical", "medium"]
    await house.pass_time(60, {"a": 1, "b": 110})
    assert [one.severity for one in house.burning] == ["critical"]


async def test_a_kill_loses_no_state(house: House) -> None:
    await house.sees({"a": 60})
    await house.pass_time(45, {"a": 60})
    house = house.restart()
    house.served.clock.advance(15)
    await house.sees({"a": 60})
    assert house.asked('ALERTS{alertstate="firing"}') == {"a": 1}, "the minute began before the kill"
    house = house.restart()
    await house.pass_time(15, {"a": 60})
    assert len(house.facts("rule.firing")) == 1, "and it pages once"
    house = house.restart()
    await house.pass_time(15, {"a": 1})
    house = house.restart()
    await house.pass_time(15, {"a": 1})
    assert house.burning, "the 30 s of keep_firing_for go on as well"
    await house.pass_time(15, {"a": 1})
    assert not house.burning


async def test_what_was_resolved_by_hand_stays_so_until_it_fires_again(house: House) -> None:
    await house.sees({"a": 60})
    await house.pass_time(60, {"a": 60})
    await house.submit(Resolve(incident="INC-1", by="ana"))
    await house.pass_time(30, {"a": 60})
    assert not house.burning
    await house.pass_time(60, {"a": 1})
    await house.pass_time(75, {"a": 60})
    assert len(house.burning) == 1


async def test_a_full_ledger_delays_the_page_and_loses_nothing(house: House) -> None:
    await house.sees({"a": 60})
    house.served.ledger.full = True
    await house.pass_time(60, {"a": 60})
    assert not house.facts("rule.firing")
    house.served.ledger.full = False
    await house.pass_time(15, {"a": 60})
    assert len(house.facts("rule.firing")) == 1


async def test_a_broken_file_is_refused_and_the_last_good_one_stays(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    await house.sees({"a": 60})
    house.write(LONG.replace("shop:queue > 100", "shop:queue >"))
    await house.pass_time(60, {"a": 60})
    (problem,) = house.runner.problems
    assert (problem.file, problem.line) == ("rules/web.yml", 9)
    assert "no PromQL" in problem.what
    assert house.asked('ALERTS{alertstate="firing"}') == {"a": 1}
    house = house.restart()
    await house.pass_time(15, {"a": 60})
    assert house.asked('ALERTS{alertstate="firing"}') == {"a": 1}, "over a restart too"
    house.write(LONG.replace("> 100", "> 200"))
    await house.pass_time(60, {"a": 60})
    assert not house.runner.problems
    assert not house.burning


async def test_alerts_of_a_file_that_never_was_good_here_do_not_end(house: House) -> None:
    await house.sees({"a": 60})
    (house.folder / "in-force.json").unlink()
    house.write("groups: [")
    house = house.restart()
    await house.pass_time(15, {"a": 60})
    assert house.served.state("monitoring").rule_files
    assert house.runner.loaded.groups == ()


async def test_alerts_of_rules_that_are_gone_end(house: House) -> None:
    await house.sees({"a": 60})
    await house.pass_time(60, {"a": 60})
    house.write("groups: []")
    await house.pass_time(15, {"a": 60})
    assert not house.burning
    assert house.asked("ALERTS") == {}
    assert house.asked("shop:queue") == {}
    resolved = house.facts("rule.resolved")
    assert "no rule file has it any more" in str(resolved[0])


async def test_a_rule_that_cannot_be_evaluated_says_so_and_the_others_go_on(house: House) -> None:
    rules = "{record: twice, expr: queue, labels: {shop: ''}}, {record: fine, expr: sum(queue)}"
    house.write("groups: [{name: g, rules: [" + rules + "]}]")
    await house.sees({"a": 1, "b": 2})
    ((rule, error),) = house.runner.failing
    assert rule.name == "twice"
    assert "two series have the same labels" in error
    assert house.asked("fine") == {"": 3}


async def test_a_limit_is_an_error_and_ends_nothing(house: House) -> None:
    house.write(LONG.replace("- name: queues", "- name: queues\n    limit: 2"))
    await house.sees({"a": 60, "b": 60})
    await house.pass_time(60, {"a": 60, "b": 60})
    assert house.burning
    await house.pass_time(15, {"a": 60, "b": 60, "c": 60})
    assert [error for _, error in house.runner.failing if "limit of 2" in error]
    assert house.burning


async def test_two_series_that_become_one_alert_are_an_error(house: House) -> None:
    house.write(LONG.replace("{severity: critical}", "{shop: all}"))
    await house.sees({"a": 60, "b": 60})
    ((_, error),) = house.runner.failing
    assert 'two series give the same alert {alertname="LongQueue"' in error


async def test_a_template_that_fails_says_so_and_the_alert_fires(house: House) -> None:
    house.write(LONG.replace("holds {{ $value }}", "{{ if gt $value 1 }}much{{ end }}"))
    await house.sees({"a": 60})
    await house.pass_time(60, {"a": 60})
    (incident,) = house.burning
    assert incident.title.startswith("<error expanding template: gt cannot compare 120 and 1")


async def test_groups_run_as_often_as_they_say(house: House) -> None:
    house.write("groups: [{name: slow, interval: 1m, rules: [{record: slow, expr: time()}]}]", "slow.yml")
    await house.sees({"a": 1})
    first = house.asked("slow")[""]
    await house.pass_time(45, {"a": 1})
    assert house.asked("slow")[""] == first
    await house.pass_time(15, {"a": 1})
    assert house.asked("slow")[""] == first + 60
    assert house.asked("shop:queue") == {"a": 2}


async def test_a_query_offset_asks_and_records_in_the_past(house: House) -> None:
    house.write(
        "groups: [{name: g, query_offset: 1m, labels: {team: web}, rules: [{record: old, expr: queue}]}]"
    )
    await house.sees({"a": 1})
    await house.pass_time(60, {"a": 7})
    (found,) = house.served.telemetry.instant("old", house.served.now())
    assert (found.value, found.labels["team"]) == (1, "web")
    assert house.asked("timestamp(old)") == {"a": house.served.now() / 1000 - 60}


async def test_for_is_kept_without_samples(house: House) -> None:
    """The end of `for` is due by itself: paging waits neither for a scrape nor for a tick."""
    await house.sees({"a": 60})
    assert await house.runner.round(arrived=False) is None, "nothing is due"
    house.served.clock.advance(14)
    assert await house.runner.round(arrived=False) is None
    for seconds in (1, 15, 15, 14):
        house.served.clock.advance(seconds)
        await house.runner.round(arrived=False)
    assert not house.burning
    house.served.clock.advance(1)
    assert await house.runner.round(arrived=False) is not None
    assert house.burning


async def test_samples_wake_the_rules_and_their_own_do_not(house: House) -> None:
    heard: list[int] = []
    with house.served.telemetry.samples_wake(lambda: heard.append(1)):
        await house.sees({"a": 1})
        assert len(heard) == 1
        house.served.clock.advance(15)
        await house.runner.round(arrived=True)
        assert len(heard) == 1
    await house.sees({"a": 2})
    assert len(heard) == 1


async def test_the_loop_runs_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "APART_SECONDS", 0.01)
    task = asyncio.create_task(house.runner.run())
    try:
        async with asyncio.timeout(20):
            while house.asked("shop:queue") != {"a": 14}:
                house.served.clock.advance(1)
                house.served.telemetry.ingest([QUEUE], house.served.now(), {"job": "queue"})
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_firing_rule_is_told_once_however_often_files_are_looked_at(house: House) -> None:
    await house.sees({"a": 60})
    await house.pass_time(60, {"a": 60})
    for _ in range(3):
        house.write(LONG + "\n# a remark\n" * 2)
        await house.pass_time(15, {"a": 60})
    (fact,) = house.facts("rule.firing")
    assert isinstance(fact, RuleFiring)
    assert fact.count == 1


RATIO = """
groups:
  - name: queues
    rules:
      - alert: Overloaded
        expr: queue / on(shop) workers > 1
      - record: shop:load
        expr: queue / on(shop) workers
      - alert: LongQueue
        expr: queue > 100
"""


async def work(house: House, minutes: float, *pools: str) -> None:
    """Shop a works with these pools of workers: with two, nobody knows which one to divide by."""
    for _ in range(round(minutes * 4)):
        house.served.clock.advance(15)
        workers = [Sample({"__name__": "workers", "shop": "a", "pool": pool}, 4.0) for pool in pools]
        house.served.telemetry.ingest(workers, house.served.now(), {"job": "workers"})
        await house.sees({"a": 2})
        await house.served.decider._decide_once()


async def test_rules_that_cannot_be_evaluated_for_long_are_one_ticket(house: House) -> None:
    house.write(RATIO)
    await work(house, 1, "day")
    await work(house, 9, "day", "night")
    assert not house.burning, "what lasts a moment is no alarm"
    await work(house, 2, "day", "night")
    (incident,) = house.burning
    assert incident.title == "Overloaded, shop:load: cannot be evaluated"
    assert not incident.pages
    assert "rules/web.yml:5" in incident.reason
    assert "for 10 m: 2 rules say nothing meanwhile" in incident.reason
    await work(house, 20, "day", "night")
    assert len(house.facts("rule.unevaluated")) == 2, "what goes on is no news"
    await work(house, 1, "day")
    assert not house.burning
    assert len(house.facts("rule.evaluated")) == 2


async def test_a_rule_that_failed_before_a_restart_is_told_of_after_it(house: House) -> None:
    house.write(RATIO)
    await work(house, 6, "day", "night")
    house = house.restart()
    await work(house, 6, "day", "night")
    assert [one.title for one in house.burning] == ["Overloaded, shop:load: cannot be evaluated"]
    house.write(LONG)
    await work(house, 1, "day", "night")
    assert not house.burning, "rules that no file has any more are missed by nobody"


async def test_a_rule_that_is_right_again_in_time_is_no_ticket(house: House) -> None:
    house.write(RATIO)
    await work(house, 9, "day", "night")
    await work(house, 1, "day")
    await work(house, 9, "day", "night")
    assert not house.incidents.closed
    assert not house.burning
