"""All providers are down for a day: pages are kept, and what came and went meanwhile is one digest."""

from opsguide.incidents.commands import Acknowledge, Open, Recover, Resolve
from opsguide.incidents.digest import compose
from opsguide.kernel.intent import Intent
from tests.cast import harbour
from tests.world import World


def opened(world: World, number: int, severity: str = "critical") -> None:
    world.do(Open(key=f"x{number}", title=f"alert {number}", reason="r", severity=severity))


def fail(world: World, seconds: float) -> None:
    """Every attempt fails for so long; only the inbox takes what it gets."""
    for _ in range(int(seconds / 60)):
        world.deliver("failed")
        world.pass_time(60)


def digests(world: World) -> list[Intent]:
    return [one.intent for one in world.engine.outbox.waiting.values() if one.intent.deed == "digest"]


def said(world: World, intent: Intent) -> str:
    page = compose(world.engine.state("incidents"), intent, "harbour", "http://x")
    return f"{page.title}\n{page.body}"


def test_what_came_and_went_while_a_channel_was_down_is_one_digest() -> None:
    world = harbour()
    for number in range(15):
        opened(world, number)
        fail(world, 120)
        world.do(Recover(f"x{number}", "over"))
        fail(world, 180)
    [digest] = [one for one in digests(world) if one.args["person"] == "ana"]
    text = said(world, digest)
    assert text.startswith("harbour: 15 incidents you were not told of")
    assert "[critical] alert 14, over" in text
    assert "- and 5 others" in text
    fail(world, 86_400)
    world.deliver()
    assert digests(world) == []
    assert world.engine.state("incidents").stale == {}


def test_a_day_without_any_provider_loses_no_page_and_the_worst_go_first() -> None:
    world = harbour()
    opened(world, 1, "high")
    opened(world, 2, "critical")
    fail(world, 86_400)
    world.pass_time(60)
    order = [
        intent.args["incident"]
        for intent in world.deliver()
        if intent.deed == "page" and intent.key.endswith("/ana-phone") and "notice" not in intent.args
    ]
    assert order == ["INC-2", "INC-1"]


def test_who_acknowledged_or_was_told_otherwise_needs_no_digest() -> None:
    world = harbour()
    opened(world, 1)
    fail(world, 60)
    world.do(Acknowledge("INC-1", "ana"))
    assert digests(world) == []
    opened(world, 2)
    world.deliver()
    world.do(Resolve("INC-2", "ana"))
    assert digests(world) == []


def test_what_is_missed_after_a_digest_went_is_in_the_next() -> None:
    world = harbour()
    opened(world, 1)
    fail(world, 60)
    world.do(Resolve("INC-1", "bogdan"))
    [first] = digests(world)
    assert "INC-1" in said(world, first)
    world.pass_time(60)
    world.deliver()
    opened(world, 2)
    fail(world, 60)
    world.do(Resolve("INC-2", "bogdan"))
    [second] = digests(world)
    assert second.key != first.key
    assert "INC-1 " not in said(world, second)


def test_kill_minus_nine_forgets_no_digest() -> None:
    world = harbour()
    opened(world, 1)
    fail(world, 60)
    world.do(Resolve("INC-1", "bogdan"))
    again = world.restart()
    assert [one.key for one in digests(again)] == [one.key for one in digests(world)]
    assert said(again, digests(again)[0]) == said(world, digests(world)[0])
