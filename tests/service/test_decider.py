"""The decider: durable before done, in order, and paging on while the ledger cannot be written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from opsguide.app import build_engine
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import read_bindings
from opsguide.incidents.commands import Acknowledge, AddNote, Open, Resolve
from opsguide.incidents.health import tried_again_at
from opsguide.kernel.errors import LedgerUnwritable, Refused
from opsguide.kernel.intent import Intent, Outcome, Withdrawn
from opsguide.service.decider import Decider
from opsguide.service.lanes import WIDTH
from tests.cast import BINDINGS, PROMISES
from tests.world import HandClock, MemoryLedger, a_reading

DOWN = Open(
    key="environment:production", title="production is down", reason="probes", condition="system_down"
)


class Pager:
    """A way to tell people whose working the test decides; keeps what it was handed and what stood on the ledger."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self.ledger, self.works, self.slow = ledger, True, asyncio.Event()
        self.slow.set()
        self.handed: list[tuple[str, int]] = []
        self.recorded: list[bool] = []

    def gap(self, intent: Intent) -> float | None:
        return None

    async def do(self, intent: Intent, attempt: int, others: Sequence[Intent] = ()) -> Outcome:
        self.handed.append((intent.key, attempt))
        self.recorded.append(any(row.fact.data == intent for row in self.ledger.rows))
        await self.slow.wait()
        return Outcome(
            intent.key, attempt, "done" if self.works else "failed", "" if self.works else "no line"
        )


class Scene:
    def __init__(self) -> None:
        self.clock, self.ledger = HandClock(), MemoryLedger()
        self.pager = Pager(self.ledger)
        self.decider = self.a_decider()

    def a_decider(self) -> Decider:
        decider = Decider(
            build_engine,
            self.ledger,
            self.clock,
            {"page": self.pager, "digest": self.pager},
            lambda channel: tried_again_at(decider.engine.state("incidents"), channel),
        )
        decider.start()
        return decider

    async def minutes(self, many: int, step: int = 1) -> None:
        """They go by; somebody writes a note in each step, so that it is noticed."""
        for _ in range(0, many, step):
            self.clock.advance(60 * step)
            await self.decider.submit(AddNote("INC-1", "ana", "still so"), actor="ana")
            await self.settle()

    async def adopt(self) -> None:
        bound, _ = read_bindings(BINDINGS)
        assert bound is not None
        adopt = Adopt(text="# G", reading=a_reading(PROMISES), bindings=bound, bindings_text=BINDINGS)
        await self.decider.submit(adopt, actor="test")

    async def settle(self) -> None:
        """Let everything run that can, without any time going by."""
        for _ in range(50):
            await asyncio.sleep(0)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    await made.adopt()
    async with running(made.decider):
        yield made


@asynccontextmanager
async def running(decider: Decider) -> AsyncIterator[None]:
    task = asyncio.create_task(decider.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_page_is_on_the_ledger_before_it_is_handed_over(scene: Scene) -> None:
    await scene.decider.submit(DOWN, actor="test")
    await scene.settle()
    assert sorted(scene.pager.handed) == [("page/INC-1/1/ana/ana-phone", 1), ("page/INC-1/1/ana/inbox", 1)]
    assert all(scene.pager.recorded)
    assert scene.decider.engine.outbox.waiting == {}


async def test_what_was_acknowledged_while_it_waited_is_not_sent_any_more(scene: Scene) -> None:
    scene.pager.works = False
    await scene.decider.submit(DOWN, actor="test")
    await scene.settle()
    await scene.decider.submit(Acknowledge("INC-1", "ana"), actor="ana")
    scene.clock.advance(3600)
    await scene.decider.submit(Open(key="other", title="x", reason="y", severity="medium"), actor="test")
    await scene.settle()
    assert {key for key, attempt in scene.pager.handed if attempt > 1} == set()


async def test_a_failed_page_is_tried_again_with_the_same_key(scene: Scene) -> None:
    scene.pager.works = False
    await scene.decider.submit(DOWN, actor="test")
    await scene.settle()
    scene.pager.works = True
    scene.clock.advance(5)
    await scene.decider.submit(Open(key="other", title="x", reason="y", severity="medium"), actor="test")
    await scene.settle()
    assert ("page/INC-1/1/ana/ana-phone", 2) in scene.pager.handed


async def test_killed_between_handing_over_and_the_outcome_it_is_handed_over_once_more(scene: Scene) -> None:
    scene.pager.slow.clear()
    await scene.decider.submit(DOWN, actor="test")
    await scene.settle()
    assert len(scene.pager.handed) == 2
    again = scene.a_decider()  # the process that had the first one is gone
    scene.pager.slow.set()
    async with running(again):
        await scene.settle()
    assert scene.pager.handed.count(("page/INC-1/1/ana/ana-phone", 1)) == 2
    assert again.engine.outbox.waiting == {}


async def test_a_channel_that_hangs_holds_up_no_other(scene: Scene) -> None:
    """Thirty pages hang in ana's phone; bogdan's goes at once."""
    scene.pager.slow.clear()
    for n in range(30):
        await scene.decider.submit(
            Open(key=f"x{n}", title="x", reason="y", severity="critical"), actor="test"
        )
    await scene.settle()
    hanging = [key for key, _ in scene.pager.handed if key.endswith("ana-phone")]
    assert len(hanging) == WIDTH
    scene.clock.advance(901)  # the acknowledge clock runs out: the secondary is told
    await scene.decider.submit(Open(key="other", title="x", reason="y", severity="medium"), actor="test")
    await scene.settle()
    assert any(key.endswith("bogdan-phone") for key, _ in scene.pager.handed)


async def test_nothing_is_handed_over_after_an_acknowledgement(scene: Scene) -> None:
    """What waits behind a hanging page in the same lane is withdrawn, and never begun."""
    scene.pager.slow.clear()
    for n in range(WIDTH + 3):
        await scene.decider.submit(
            Open(key=f"x{n}", title="x", reason="y", severity="critical"), actor="test"
        )
    await scene.settle()
    for n in range(WIDTH + 3):
        await scene.decider.submit(Acknowledge(f"INC-{n + 1}", "ana"), actor="ana")
    before = list(scene.pager.handed)
    scene.pager.slow.set()
    await scene.settle()
    assert scene.pager.handed == before


@pytest.mark.parametrize("rounds", range(10))
async def test_whenever_an_acknowledgement_comes_nothing_is_handed_over_after_it(
    scene: Scene, rounds: int
) -> None:
    """At each turn of the loop: before the page is taken up, between that and its attempt, and after it."""
    opened = asyncio.ensure_future(scene.decider.submit(DOWN, actor="test"))
    for _ in range(rounds + 1):
        await asyncio.sleep(0)
    acknowledged = asyncio.ensure_future(scene.decider.submit(Acknowledge("INC-1", "ana"), actor="ana"))
    await asyncio.sleep(0)
    assert scene.decider.engine.state("incidents").open["INC-1"].acknowledged_at is not None
    before = list(scene.pager.handed)
    await asyncio.gather(opened, acknowledged)
    await scene.settle()
    assert scene.pager.handed == before
    facts = [row.fact.data for row in scene.ledger.rows]
    withdrawn = {fact.key for fact in facts if isinstance(fact, Withdrawn)}
    done = {fact.key for fact in facts if isinstance(fact, Outcome)}
    assert withdrawn | done == {"page/INC-1/1/ana/ana-phone", "page/INC-1/1/ana/inbox"}


async def test_after_a_day_without_any_provider_the_worst_goes_first_and_what_is_over_does_not_go() -> None:
    """Through the lanes, as the service drains them: thirty pages wait for one phone, opened in no order."""
    scene = Scene()
    await scene.adopt()
    async with running(scene.decider):
        scene.pager.works = False
        for n in range(30):
            severity = "critical" if n % 10 == 7 else "high"
            await scene.decider.submit(
                Open(key=f"x{n}", title="x", reason="y", severity=severity), actor="test"
            )
        await scene.minutes(24 * 60, step=20)
        for n in (2, 17):
            await scene.decider.submit(Resolve(f"INC-{n + 1}", "bogdan", "over"), actor="test")
        scene.pager.works, scene.pager.handed = True, []
        await scene.minutes(10)
    pages = [
        key.split("/")[1] for key, _ in scene.pager.handed if key.split("/")[2:] == ["1", "ana", "ana-phone"]
    ]
    assert pages[:2] == ["INC-8", "INC-28"]
    assert sorted(pages) == sorted(f"INC-{n + 1}" for n in range(30) if n not in (2, 17))
    digests = [key.split("/", 2)[2] for key, _ in scene.pager.handed if key.startswith("digest/")]
    assert sorted(digests) == ["ana/ana-phone", "bogdan/bogdan-phone"]


async def test_a_refused_command_changes_nothing(scene: Scene) -> None:
    before = scene.ledger.head
    with pytest.raises(Refused) as refused:
        await scene.decider.submit(Acknowledge("INC-7", "ana"), actor="ana")
    assert refused.value.reason == "unknown_incident"
    assert scene.ledger.head == before


async def test_on_a_full_disk_commands_fail_clearly_and_nothing_is_half_done(scene: Scene) -> None:
    await scene.decider.submit(DOWN, actor="test")
    scene.ledger.full = True
    with pytest.raises(LedgerUnwritable, match="disk is full"):
        await scene.decider.submit(Acknowledge("INC-1", "ana"), actor="ana")
    assert "disk is full" in scene.decider.trouble
    incident = scene.decider.engine.state("incidents").open["INC-1"]
    assert incident.acknowledged_at is None
    scene.ledger.full = False
    await scene.decider.submit(Acknowledge("INC-1", "ana"), actor="ana")
    assert scene.decider.trouble == ""


async def test_on_a_full_disk_paging_goes_on_and_is_recorded_once_there_is_room(scene: Scene) -> None:
    scene.ledger.full = True
    for _ in range(3):  # the probe reports it again and again
        with pytest.raises(LedgerUnwritable):
            await scene.decider.submit(DOWN, actor="probe")
        await scene.settle()
    assert sorted(scene.pager.handed) == [("page/INC-1/1/ana/ana-phone", 1), ("page/INC-1/1/ana/inbox", 1)]
    scene.ledger.full = False
    await scene.decider.submit(DOWN, actor="probe")
    await scene.settle()
    assert len(scene.pager.handed) == 2
    outcomes = [row.fact.data for row in scene.ledger.rows if isinstance(row.fact.data, Outcome)]
    assert [outcome.result for outcome in outcomes] == ["done", "done"]


async def test_listeners_hear_what_became_durable(scene: Scene) -> None:
    changes = scene.decider.changes()
    heard = asyncio.ensure_future(anext(changes))
    await scene.settle()
    await scene.decider.submit(DOWN, actor="test")
    assert (await heard)[0].fact.type == "incident.opened"
