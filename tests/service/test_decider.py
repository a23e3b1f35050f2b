"""The decider: durable before done, in order, and paging on while the ledger cannot be written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from opsguide.app import build_engine
from opsguide.guide.adoption import Adopt
from opsguide.guide.bindings import read_bindings
from opsguide.incidents.commands import Acknowledge, Open
from opsguide.kernel.errors import LedgerUnwritable, Refused
from opsguide.kernel.intent import Intent, Outcome
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
        decider = Decider(build_engine, self.ledger, self.clock, {"page": self.pager})
        decider.start()
        return decider

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
