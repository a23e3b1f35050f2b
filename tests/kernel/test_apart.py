"""A fork of the engine goes on without the original, and the original without it."""

import pytest

from opsguide.incidents.commands import Acknowledge, Open
from opsguide.kernel.apart import apart
from tests.cast import harbour


def test_both_go_on_without_each_other() -> None:
    world = harbour()
    world.do(Open(key="environment:production", title="down", reason="down", condition="system_down"))
    world.deliver()
    fork = world.engine.fork()
    world.do(Acknowledge("INC-1", "ana"))
    assert world.engine.state("incidents").open["INC-1"].acknowledged_by == "ana"
    assert fork.state("incidents").open["INC-1"].acknowledged_by == ""
    seen = len(world.history)
    for number in range(fork.seq, seen):
        fork.replay([world.history[number]])
    assert fork.states == world.engine.states, "and folded as far, it is the same"
    assert (fork.seq, fork.at, fork.outbox) == (world.engine.seq, world.engine.at, world.engine.outbox)


def test_a_fork_reads_the_same_as_a_replay() -> None:
    world = harbour()
    fork = world.engine.fork()
    batch = world.engine.run(
        Open(key="k", title="t", reason="r", severity="high"), actor="x", now=world.clock.now()
    )
    again = fork.run(Open(key="k", title="t", reason="r", severity="high"), actor="x", now=world.clock.now())
    assert batch == again


def test_what_cannot_be_copied_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        apart({"state": [object()]})
