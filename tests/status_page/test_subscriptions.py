"""From the form to the message and to the end of it."""

import json
from pathlib import Path

import pytest

from opsguide.app.status_page.asking import AGAIN
from opsguide.app.status_page.desk import OF_ONE
from opsguide.app.status_page.messages import messages, shown, signed
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.incidents.commands import Open, Resolve
from opsguide.kernel.intent import Intent
from tests.cast import BINDINGS
from tests.status_page.subscribing import Hook, Post, Scene, link_in


class TestByMail:
    async def test_from_the_form_to_a_message_to_one_click(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        await scene.ask(email="zoe@example.com")
        (first,) = handler.mails
        assert first["from"] == "Harbour status <status@harbour.example>"
        link = link_in(first, "confirm")
        shown = await scene.open("GET", link)
        assert b"<button>Confirm</button>" in shown.body
        assert scene.told() == [], "a scanner that opened the link confirmed nothing"
        await scene.open("POST", link)
        assert scene.told() == ["zoe@example.com"]
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["done"]
        _, told = handler.to("zoe@example.com")
        assert told["subject"] == "[Harbour status] Problem with Shop and Checkout: Investigating"
        assert "db-7" not in told.as_string()
        assert told["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        stop = told["list-unsubscribe"].strip("<>")
        assert stop == link_in(told, "unsubscribe")
        await scene.open("GET", stop)
        assert scene.told() == ["zoe@example.com"], "opening the link ended nothing"
        await scene.open("POST", stop)
        assert scene.subscribers.all() == []
        scene.town.do(Resolve("INC-1", "ana", ""))
        scene.publish()
        await scene.deliver()
        assert len(handler.to("zoe@example.com")) == 2

    async def test_nothing_comes_without_a_confirmation(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.ask(email="zoe@example.com")
        scene.trouble()
        await scene.deliver()
        assert len(post[0].mails) == 1
        scene.subscribers.tidy(scene.town.clock.now() + 49 * 3_600_000)
        assert scene.subscribers.all() == []

    async def test_nobody_learns_who_is_subscribed(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.subscribe(post[0], "zoe@example.com")
        known = await scene.ask(email="zoe@example.com")
        other = await scene.ask(email="ian@example.com")
        assert known.body.replace(b"zoe", b"ian") == other.body
        assert len(post[0].to("zoe@example.com")) == 1, "who has confirmed is sent no second link"

    async def test_a_stranger_cannot_flood_an_address(self, scene: Scene, post: tuple[Post, int]) -> None:
        for _ in range(3):
            await scene.ask(email="zoe@example.com")
            scene.town.clock.advance(5)
        assert len(post[0].mails) == 1
        scene.town.clock.advance(AGAIN.seconds)
        await scene.ask(email="zoe@example.com")
        assert len(post[0].mails) == 2

    async def test_one_place_asks_so_often_and_no_more(self, scene: Scene) -> None:
        replies = [await scene.ask(email=f"p{number}@example.com") for number in range(OF_ONE.most + 1)]
        assert [one.status for one in replies] == [200] * OF_ONE.most + [429]
        assert (await scene.ask(client="10.9.8.8", email="p@example.com")).status == 200
        scene.town.clock.advance(3601)
        assert (await scene.ask(email="p@example.com")).status == 200

    @pytest.mark.parametrize(
        "address", ["zoe", "zoe@", "a@b", "zoe@example.com\nBcc: all@example.com", "<a@b.de>"]
    )
    async def test_what_is_no_address_is_refused(
        self, scene: Scene, post: tuple[Post, int], address: str
    ) -> None:
        reply = await scene.ask(email=address)
        assert reply.status == 400
        assert scene.subscribers.all() == []
        assert post[0].mails == []

    async def test_a_forged_link_does_nothing(self, scene: Scene, post: tuple[Post, int]) -> None:
        await scene.subscribe(post[0], "zoe@example.com")
        (one,) = scene.subscribers.all()
        for token in (f"{one.id}.{'0' * 32}", one.id, scene.subscribers.token(one, "confirm")):
            reply = await scene.open("POST", f"/unsubscribe/{token}")
            assert (reply.status, b"You are unsubscribed" in reply.body) == (200, True), "and tells nothing"
        assert scene.told() == ["zoe@example.com"]

    async def test_one_address_that_is_refused_holds_up_nobody(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        handler, _ = post
        for name in ("a", "b", "c"):
            await scene.subscribe(handler, f"{name}@example.com")
        handler.refuses = {"a@example.com": "451 later", "b@example.com": "550 no such mailbox"}
        scene.trouble()
        (outcome,) = await scene.deliver()
        assert (outcome.result, outcome.detail.split(":")[0]) == ("failed", "1 not reached yet")
        assert len(handler.to("c@example.com")) == 2
        stands = {one.address[0]: one.stand for one in scene.subscribers.all()}
        assert stands == {"a": "failing", "b": "failing", "c": "told"}
        handler.refuses.clear()
        scene.town.clock.advance(10)
        (outcome,) = await scene.deliver()
        assert outcome.result == "done"
        assert [len(handler.to(f"{name}@example.com")) for name in "abc"] == [2, 1, 2], "each once"

    async def test_who_comes_later_is_not_told_of_what_was(
        self, scene: Scene, post: tuple[Post, int]
    ) -> None:
        scene.trouble()
        scene.town.clock.advance(1)
        await scene.subscribe(post[0], "zoe@example.com")
        await scene.deliver()
        assert len(post[0].mails) == 1


class TestByWebhook:
    async def test_from_the_challenge_to_a_signed_message_to_gone(self, scene: Scene, hook: Hook) -> None:
        reply = await scene.ask(url=hook.url)
        (one,) = scene.subscribers.all()
        assert shown(one.secret).encode() in reply.body
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["done"]
        headers, body = hook.got[-1]
        now = int(headers["webhook-timestamp"]) * 1000
        assert (
            signed(headers["webhook-id"], body, one.secret, now)["webhook-signature"]
            == headers["webhook-signature"]
        )
        data = json.loads(body)
        assert (data["type"], data["data"]["state"]) == ("incident.updated", "Investigating")
        hook.status = 410
        scene.town.do(Resolve("INC-1", "ana", ""))
        scene.publish()
        await scene.deliver()
        assert scene.subscribers.all() == []

    async def test_what_does_not_answer_the_challenge_gets_nothing(self, scene: Scene, hook: Hook) -> None:
        hook.echoes = False
        assert (await scene.ask(url=hook.url)).status == 400
        assert scene.subscribers.all() == []

    async def test_private_addresses_are_refused_unless_bound(self, scene: Scene, hook: Hook) -> None:
        more = scene.town.text.removeprefix(BINDINGS)
        scene.town.rebind(more.replace("private = true\nmail", "mail"))
        assert (await scene.ask(url=hook.url)).status == 400
        assert hook.got == []

    async def test_one_that_fails_is_tried_again_with_the_same_id(self, scene: Scene, hook: Hook) -> None:
        await scene.ask(url=hook.url)
        hook.status = 503
        scene.trouble()
        assert [one.result for one in await scene.deliver()] == ["failed"]
        hook.status = 200
        scene.town.clock.advance(10)
        assert [one.result for one in await scene.deliver()] == ["done"]
        assert hook.got[-2][0]["webhook-id"] == hook.got[-1][0]["webhook-id"]


class TestOnTheLedger:
    async def test_a_message_is_one_intent_after_everything_else_and_names_nobody(self, scene: Scene) -> None:
        scene.subscribers.ask("mail", "zoe@example.com", 0)
        scene.trouble()
        (intent,) = [
            one.fact.data
            for one in scene.town.history
            if isinstance(one.fact.data, Intent) and one.fact.data.deed == "announce"
        ]
        assert intent.priority > 5
        assert "zoe" not in str(scene.town.history)
        assert scene.publish() == [], "once"
        assert [one.id for one in messages(scene.town.page())] == [intent.args["message"]]

    async def test_what_is_old_when_it_is_first_seen_is_not_told(self, scene: Scene) -> None:
        scene.town.do(
            Open(
                key="environment:production",
                title="x",
                reason="x",
                severity="critical",
                labels={"environment": "production"},
            )
        )
        scene.town.pass_time(3700)
        assert scene.publish() == []


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    made = Subscribers(tmp_path / "subscribers.sqlite", b"k")
    made.ask("mail", "zoe@example.com", 1)
    made.close()
    assert (tmp_path / "subscribers.sqlite").stat().st_mode & 0o077 == 0
