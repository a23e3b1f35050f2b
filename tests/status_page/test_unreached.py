"""Whom messages do not reach: counted, shown, paused, asked again; and what keeps the forms from being misused."""

import pytest

from opsguide.app.status_page.asking import AGAIN, OF_ADDRESS, OF_HOST
from opsguide.app.status_page.desk import OF_ALL, OF_ONE
from opsguide.app.status_page.subscribers import PAUSED_AFTER, PAUSED_SECONDS
from opsguide.incidents.process.commands import Update
from tests.status_page.subscribing import Hook, Post, Scene, link_in

ZOE, IAN = "zoe@example.com", "ian@example.com"


async def say(scene: Scene, text: str) -> list[str]:
    """One more public update, and an attempt to tell it: what came of it."""
    scene.town.pass_time(60)
    scene.town.do(Update("INC-1", "ana", text, public=True, phase="identified"))
    scene.publish()
    return [one.result for one in await scene.deliver()]


async def go_on(scene: Scene, until: int) -> None:
    """Updates until so many messages were attempted, of which the opening is the first."""
    scene.trouble()
    await scene.deliver()
    for number in range(1, until):
        await say(scene, f"Update {number}.")


class TestByMail:
    async def test_who_refuses_message_after_message_is_paused_and_the_rest_is_told(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        await scene.subscribe(handler, IAN)
        handler.refuses = {ZOE: "550 no such mailbox"}
        await go_on(scene, PAUSED_AFTER - 1)
        (zoe,) = (one for one in scene.subscribers.all() if one.address == ZOE)
        assert (zoe.stand, zoe.failures, zoe.problem) == (
            "failing",
            PAUSED_AFTER - 1,
            "the mail server answers 550",
        )
        assert await say(scene, "One more.") == ["done"]
        assert scene.told() == [IAN]
        handler.refuses.clear()
        await say(scene, "And another.")
        assert len(handler.to(ZOE)) == 1, "only the link, at the start"
        assert len(handler.to(IAN)) == 1 + PAUSED_AFTER + 1

    async def test_one_message_that_is_taken_makes_it_well(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        handler.refuses = {ZOE: "451 greylisted"}
        await go_on(scene, PAUSED_AFTER - 1)
        handler.refuses.clear()
        assert "done" in await say(scene, "All is well.")
        (zoe,) = scene.subscribers.all()
        assert (zoe.stand, zoe.failures) == ("told", 0)

    async def test_one_that_waits_counts_once_however_often_it_is_tried(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        handler.refuses = {ZOE: "451 greylisted"}
        scene.trouble()
        for _ in range(2 * PAUSED_AFTER):
            assert [one.result for one in await scene.deliver()] == ["failed"]
            scene.town.clock.advance(3000)
        assert [one.failures for one in scene.subscribers.all()] == [1]

    async def test_a_server_that_refuses_everybody_is_no_fault_of_theirs(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        await scene.subscribe(handler, IAN)
        handler.refuses = dict.fromkeys((ZOE, IAN), "554 relay access denied")
        scene.trouble()
        (outcome,) = await scene.deliver()
        assert (outcome.result, outcome.detail) == (
            "failed",
            "2 not reached yet: the mail server refuses everybody: 554",
        )
        assert [one.failures for one in scene.subscribers.all()] == [0, 0]
        handler.refuses.clear()
        scene.town.clock.advance(10)
        assert [one.result for one in await scene.deliver()] == ["done"]

    async def test_a_mail_that_is_refused_after_its_words_holds_up_nobody(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        for address in (ZOE, IAN):
            await scene.subscribe(handler, address)
        handler.refuses_content_for = ZOE
        scene.trouble()
        await scene.deliver()
        assert (len(handler.to(ZOE)), len(handler.to(IAN))) == (1, 2)
        assert {one.address: one.stand for one in scene.subscribers.all()} == {ZOE: "failing", IAN: "told"}

    async def test_who_was_paused_subscribes_again_by_the_form_and_is_told_of_what_comes_then(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        await scene.subscribe(handler, IAN)
        handler.refuses = {ZOE: "550 mailbox full"}
        await go_on(scene, PAUSED_AFTER)
        handler.refuses.clear()
        scene.town.pass_time(AGAIN.seconds)
        await scene.ask(email=ZOE)
        link = link_in(handler.to(ZOE)[-1], "confirm")
        assert b"<button>Confirm</button>" in (await scene.open("GET", link)).body
        scene.town.pass_time(1)
        await scene.open("POST", link)
        assert sorted(scene.told()) == [IAN, ZOE]
        await say(scene, "It is over.")
        assert "It is over." in handler.to(ZOE)[-1].get_content()
        assert len(handler.to(ZOE)) == 3, "two links and what came after; nothing of the time between"

    async def test_who_was_paused_for_thirty_days_is_forgotten(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.subscribe(handler, ZOE)
        handler.refuses = {ZOE: "550 no such mailbox"}
        await go_on(scene, PAUSED_AFTER)
        scene.subscribers.tidy(scene.town.clock.now() + int(PAUSED_SECONDS * 1000) - 1)
        assert [one.stand for one in scene.subscribers.all()] == ["paused"]
        scene.subscribers.tidy(scene.town.clock.now() + int(PAUSED_SECONDS * 1000) + 1)
        assert scene.subscribers.all() == []


class TestByWebhook:
    async def test_one_that_fails_message_after_message_is_paused_with_its_reason(
        self, scene: Scene, hook: Hook
    ) -> None:
        await scene.ask(url=hook.url)
        hook.status = 503
        await go_on(scene, PAUSED_AFTER)
        (one,) = scene.subscribers.all()
        assert (one.stand, one.problem) == ("paused", "it answered 503")
        calls = len(hook.got)
        scene.town.clock.advance(3000)
        await scene.deliver()
        assert len(hook.got) == calls, "what is paused is left alone"

    async def test_one_that_answers_its_challenge_again_is_told_again_under_the_same_secret(
        self, scene: Scene, hook: Hook
    ) -> None:
        await scene.ask(url=hook.url)
        (before,) = scene.subscribers.all()
        hook.status = 503
        await go_on(scene, PAUSED_AFTER)
        hook.status = 200
        scene.town.pass_time(1)
        await scene.ask(url=hook.url)
        (one,) = scene.subscribers.all()
        assert (one.stand, one.id, one.secret) == ("told", before.id, before.secret)


class TestMisuse:
    async def test_an_address_is_sent_few_links_a_day_whoever_asks(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        for number in range(10):
            reply = await scene.ask(client=f"10.9.8.{number}", email=ZOE.upper() if number % 2 else ZOE)
            assert reply.status == 200, "and whoever asks learns nothing of it"
            scene.town.clock.advance(AGAIN.seconds + 1)
        assert len(post[0].mails) == OF_ADDRESS.most

    async def test_a_network_of_ipv6_counts_as_one(self, scene: Scene) -> None:
        replies = [
            (await scene.ask(client=f"2001:db8:1:2::{number:x}", email=f"p{number}@example.com")).status
            for number in range(OF_ONE.most + 1)
        ]
        assert replies == [200] * OF_ONE.most + [429]
        assert (await scene.ask(client="2001:db8:1:3::1", email="q@example.com")).status == 200

    async def test_addresses_of_ipv4_that_are_written_as_ipv6_are_networks_of_their_own(
        self, scene: Scene
    ) -> None:
        replies = [
            (await scene.ask(client=f"::ffff:10.9.8.{number}", email=f"p{number}@example.com")).status
            for number in range(OF_ONE.most + 1)
        ]
        assert replies == [200] * (OF_ONE.most + 1)

    async def test_all_together_cannot_make_it_send_mail_to_the_world(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        for number in range(OF_ALL.most):
            await scene.ask(client=f"10.1.{number // 200}.{number % 200}", email="no address")
        assert (await scene.ask(client="10.2.0.1", email=ZOE)).status == 429
        scene.town.clock.advance(OF_ALL.seconds + 1)
        assert (await scene.ask(client="10.2.0.1", email=ZOE)).status == 200
        assert len(post[0].mails) == 1

    async def test_one_host_is_challenged_so_often_and_no_more(self, scene: Scene, hook: Hook) -> None:
        hook.echoes = False
        statuses = [
            (await scene.ask(client=f"10.9.8.{number}", url=f"{hook.url}?{number}")).status
            for number in range(OF_HOST.most + 1)
        ]
        assert statuses == [400] * OF_HOST.most + [429]
        assert len(hook.got) == OF_HOST.most

    @pytest.mark.parametrize("body", [b"&".join([b"email=a"] * 50), b"\xff\xfe=%zz", b"", b"email="])
    async def test_what_is_no_form_of_ours_is_refused(self, scene: Scene, body: bytes) -> None:
        reply = await scene.desk.answer("POST", "/subscribe", body, "10.9.8.7")
        assert reply is not None
        assert reply.status == 400
        assert scene.subscribers.all() == []
