"""The edge of probes: looks become samples and reports, regions report, jobs call; with a clock moved by hand."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.kernel.clock import after
from opsguide.kernel.errors import BindingsError
from opsguide.kernel.part import Command
from opsguide.monitoring.probes.commands import Judged, RegionSeen
from opsguide.monitoring.probes.edge.ask import Ways
from opsguide.monitoring.probes.edge.probing import Probing
from opsguide.monitoring.probes.heartbeats import Beat
from opsguide.monitoring.probes.looks import Look
from opsguide.monitoring.probes.reports import AgedLook, Report, plan
from opsguide.service.guarded import Guarded
from opsguide.service.kept import KeptTable
from opsguide.service.reaching import converse
from opsguide.service.resolving import look_up
from opsguide.telemetry.embedded import Embedded
from tests.cast import BINDINGS, PROMISES
from tests.monitoring.faulty import faulty
from tests.world import Remembered, World

TOKEN = "a-long-token-of-a-region"
BOUND = """
[regions.eu-west]
token = "env:EU"
[regions.us-east]
token = "env:US"
[probes.shop]
url = "https://shop.example/"
every = "10s"
timeout = "1s"
environment = "production"
severity = "high"
[probes.here]
tcp = "shop.example:443"
regions = ["local"]
[probes.backup]
heartbeat = "1h"
"""
UP, BAD = Look(True, seconds=0.1, phases={"connect": 0.02}), Look(False, "it answered 500")


class Desk:
    """Probing over the real engine; `submitted` are the commands that came of it."""

    def __init__(self, bound: str = BOUND, kept: Mapping[str, Beat] | None = None) -> None:
        self.world, self.telemetry = World(), Embedded()
        self.submitted: list[Command] = []
        self.kept = Remembered(kept)
        self.secrets = {"env:EU": TOKEN, "env:US": TOKEN * 2}
        self.bound = bound
        self.bind(bound)
        self.probing = Probing(
            state=lambda: self.world.engine.state("monitoring"),
            bindings=lambda: self.bindings,
            submit=self._submit,
            telemetry=self.telemetry,
            clock=self.world.clock,
            ways=Ways(Guarded().fetch, converse, look_up, self._resolve),
            kept=self.kept,
            secret=lambda name: f"secret-of-{name}",
        )
        self.probing.start()

    def bind(self, text: str) -> None:
        self.world.adopt(PROMISES, BINDINGS + text)
        bindings, wrong = read_bindings(BINDINGS + text)
        assert bindings is not None, wrong
        self.bindings: Bindings = bindings

    async def _submit(self, command: Command) -> object:
        self.submitted.append(command)
        return self.world.do(command)

    def _resolve(self, reference: str) -> str:
        if reference not in self.secrets:
            raise BindingsError("it is not set", where=reference)
        return self.secrets[reference]

    def states(self) -> dict[str, str]:
        return {name: one.state for name, one in self.world.engine.state("monitoring").probing.probes.items()}

    async def see(self, *looks: Look, name: str = "here") -> None:
        for look in looks:
            self.world.clock.advance(10)
            self.probing.take(name, "local", look, self.world.clock.now())
            await self.probing.judge(name)

    async def report(self, region: str, number: int, *looks: Look, age: float = 0, run: str = "r") -> int:
        aged = tuple(
            AgedLook("shop", age + 10 * (len(looks) - 1 - at), look) for at, look in enumerate(looks)
        )
        return await self.probing.received(region, Report(run, number, aged, version="1.0"))

    async def ask(self, expression: str) -> list[tuple[dict[str, str], float]]:
        (vector,) = await self.telemetry.ask([expression], self.world.clock.now())
        return [(sample.labels, sample.value) for sample in vector.samples]  # type: ignore[union-attr]


async def test_looks_become_samples_with_labels_and_only_transitions_are_reported() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.see(UP, UP, UP)
    assert desk.submitted == [Judged("here", "up", "it answers")]
    (found,) = await desk.ask('probe_duration_seconds{probe="here"}')
    assert found == (
        {"__name__": "probe_duration_seconds", "job": "probe", "probe": "here", "region": "local"},
        0.1,
    )
    await desk.see(BAD)
    assert desk.states()["here"] == "up", "one failed look is no outage"
    assert (await desk.ask('probe_success{probe="here"}'))[0][1] == 0.0
    await desk.see(BAD, BAD)
    assert desk.states()["here"] == "down"
    await desk.see(UP)
    assert [one.state for one in desk.submitted if isinstance(one, Judged)] == ["up", "down", "up"]


async def test_what_is_bound_anew_is_followed_and_what_stays_keeps_what_is_known() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.see(UP)
    desk.bind(BOUND.replace('severity = "high"', 'severity = "critical"'))
    desk.probing.follow()
    assert desk.probing.courses["here"].seen["local"].look == UP
    desk.bind(BOUND.replace("shop.example:443", "other.example:443"))
    desk.probing.follow()
    assert desk.probing.courses["here"].seen["local"].at is None, "another thing is another story"
    desk.bind("")
    desk.probing.follow()
    assert desk.probing.courses == {}
    assert not desk.probing.take("here", "local", UP, desk.world.clock.now())


async def test_three_regions_decide_together_and_silence_is_neither() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.see(UP, UP, name="shop")
    await desk.report("eu-west", 0, BAD, BAD)
    assert desk.states() == {}, "one of three says nothing yet"
    await desk.report("us-east", 0, UP)
    assert desk.states()["shop"] == "up"
    desk.world.clock.advance(20)
    await desk.report("eu-west", 1, BAD)
    await desk.report("us-east", 1, BAD, BAD)
    assert desk.states()["shop"] == "down"
    desk.world.clock.advance(120)
    await desk.probing.judge_all()
    assert desk.states()["shop"] == "unknown"
    desk.world.clock.advance(300)
    await desk.probing.judge_all()
    silent = [one.region for one in desk.submitted if isinstance(one, RegionSeen) and one.silent]
    assert silent == ["eu-west", "us-east"]
    await desk.report("eu-west", 2, UP)
    assert RegionSeen("eu-west", False, "it sends what it saw") in desk.submitted


async def test_regions_that_lack_what_they_need_to_look_have_no_vote_and_a_ticket_says_what_it_is() -> None:
    desk = Desk()
    desk.probing.follow()
    lacks = Look(False, "this region probes no private addresses: start it with --private", unable=True)
    await desk.see(UP, name="shop")
    await desk.report("eu-west", 0, *[lacks] * 5)
    await desk.report("us-east", 0, *[lacks] * 5)
    assert desk.states().get("shop") != "down", "two of three would be enough for an outage"
    await desk.probing.judge_all()
    assert "--private" in desk.probing.courses["shop"].judgement.reason
    told = {one.region: one.reason for one in desk.submitted if isinstance(one, RegionSeen) and one.silent}
    assert told == dict.fromkeys(("eu-west", "us-east"), f"it cannot probe shop: {lacks.why}")
    (vector,) = await desk.telemetry.ask(['probe_success{region="eu-west"}'], desk.world.clock.now())
    assert vector.samples == ()  # type: ignore[union-attr]
    desk.world.clock.advance(10)
    await desk.report("eu-west", 1, UP)
    assert RegionSeen("eu-west", False, "it sends what it saw") in desk.submitted
    assert desk.states()["shop"] == "up"


async def test_what_only_this_machine_looks_at_and_cannot_is_told_as_an_outage() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.see(*[Look(False, "env:KEY: it is not set", unable=True)] * 5, name="here")
    assert desk.states()["here"] == "down"


async def test_a_region_that_was_cut_off_tells_old_looks_as_old() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.see(UP, name="shop")
    await desk.report("eu-west", 0, UP)
    await desk.report("us-east", 0, UP)
    desk.world.clock.advance(3600)
    await desk.see(UP, name="shop")
    taken = await desk.report("eu-west", 1, BAD, BAD, BAD, age=1800)
    assert taken == 3
    assert desk.probing.courses["shop"].seen["eu-west"].failures == 0, "half an hour old: history"
    before = after(desk.world.clock.now(), -1800)
    (vector,) = await desk.telemetry.ask(['probe_success{region="eu-west"}'], before)
    assert [sample.value for sample in vector.samples] == [0.0]  # type: ignore[union-attr]


async def test_a_report_that_comes_twice_counts_once() -> None:
    desk = Desk()
    desk.probing.follow()
    assert await desk.report("eu-west", 7, BAD, BAD) == 2
    desk.world.clock.advance(60)
    assert await desk.report("eu-west", 7, BAD, BAD) == 0
    assert await desk.report("eu-west", 6, BAD, BAD) == 0
    assert await desk.report("eu-west", 0, UP, run="after a restart") == 1


async def test_what_a_region_is_not_asked_to_probe_is_not_taken_from_it() -> None:
    desk = Desk()
    desk.probing.follow()
    looks = (
        AgedLook("here", 0, UP),
        AgedLook("backup", 0, UP),
        AgedLook("nothing", 0, UP),
        AgedLook("shop", -5, UP),
    )
    assert await desk.probing.received("eu-west", Report("r", 0, looks)) == 1
    assert desk.probing.courses["shop"].seen["eu-west"].at == desk.world.clock.now(), (
        "nothing comes from the future"
    )


async def test_a_region_proves_itself_by_its_own_token() -> None:
    desk = Desk()
    desk.probing.follow()
    assert desk.probing.proves("eu-west", TOKEN)
    assert not any(
        desk.probing.proves(*pair)
        for pair in [
            ("eu-west", ""),
            ("eu-west", TOKEN[:-1]),
            ("us-east", TOKEN),
            ("ap-south", TOKEN),
            ("ap-south", ""),
        ]
    )
    desk.secrets["env:EU"] = ""
    assert not desk.probing.proves("eu-west", "")
    del desk.secrets["env:EU"]
    assert not desk.probing.proves("eu-west", "")


async def test_a_plan_has_what_the_region_probes_and_no_secret() -> None:
    desk = Desk()
    planned = plan(desk.bindings, "eu-west")
    assert list(planned.probes) == ["shop"]
    assert plan(desk.bindings, "us-east").tag == planned.tag
    desk.bind(BOUND.replace('every = "10s"', 'every = "20s"'))
    assert plan(desk.bindings, "eu-west").tag != planned.tag


async def test_a_job_that_calls_is_up_is_kept_and_is_missed() -> None:
    desk = Desk()
    desk.probing.follow()
    assert desk.probing.heartbeat("backup", "secret-of-backup") is not None
    for name, secret in (
        ("backup", "secret-of-shop"),
        ("shop", "secret-of-shop"),
        ("none", "secret-of-none"),
        ("backup", ""),
    ):
        assert desk.probing.heartbeat(name, secret) is None
    await desk.probing.signed("backup", "start", "", "")
    desk.world.clock.advance(40)
    await desk.probing.signed("backup", "success", "", "12 files")
    assert desk.states()["backup"] == "up"
    assert desk.kept.rows["backup"].ran_seconds == 40
    assert (await desk.ask('probe_duration_seconds{probe="backup"}'))[0][1] == 40
    desk.world.clock.advance(3900)
    await desk.probing.judge_all()
    assert desk.states()["backup"] == "up"
    desk.world.clock.advance(1)
    await desk.probing.judge_all()
    assert desk.states()["backup"] == "down"
    assert (await desk.ask('probe_success{probe="backup"}'))[0][1] == 0.0
    await desk.probing.signed("backup", "success", "", "")
    assert desk.states()["backup"] == "up"


async def test_a_restart_knows_when_each_job_called_last() -> None:
    desk = Desk()
    desk.probing.follow()
    await desk.probing.signed("backup", "success", "", "")
    again = Desk(kept=desk.kept.rows)
    again.probing.follow()
    assert again.probing.beats == desk.kept.rows
    again.bind("")
    again.probing.follow()
    assert again.kept.rows == {}


def test_a_table_in_a_file_comes_back_and_a_broken_one_is_no_obstacle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "heartbeats.json"
    table = KeptTable(path, Beat)
    assert table.load() == {}
    table.save({"backup": Beat(since=5, success=7)})
    assert table.load() == {"backup": Beat(since=5, success=7)}
    path.write_bytes(b"{")
    assert table.load() == {}
    assert "cannot be read" in caplog.text
    path.unlink()
    path.mkdir()
    table.save({})
    assert "cannot be written" in caplog.text


async def test_the_schedule_looks_at_what_is_bound_for_here() -> None:
    async with faulty() as server:
        desk = Desk(
            f'[probes.shop]\nurl = "{server.url("/ok")}"\nevery = "200ms"\ntimeout = "100ms"\nprivate = true\n'
        )
        running = asyncio.create_task(desk.probing.run())
        try:
            async with asyncio.timeout(10):
                while len(server.requests) < 3:  # noqa: ASYNC110  (a server sets no event)
                    await asyncio.sleep(0.02)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert desk.states() == {"shop": "up"}
