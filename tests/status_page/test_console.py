"""Subscribers in the hands of an admin: the console's page, the API and `opsguide status-page subscribers`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opsguide.app.status_page.facts import SubscriberRemoved
from opsguide.app.status_page.subscribers import PAUSED_AFTER, Subscriber
from opsguide.cli import app
from opsguide.identity.permissions import Role
from opsguide.service.datadir import announce
from tests.status_page.subscribing import Hook, Post, link_in
from tests.web.running import Running
from tests.web.served import Served
from tests.web.signed_in import signed_in

PAGE = """
[status]
title = "Harbour"
url = "https://status.harbour.example"
port = 0
webhooks = true
private = true
mail = {{ url = "smtp://127.0.0.1:{smtp}", sender = "status@harbour.example" }}
[status.components.shop]
label = "Shop"
environment = "production"
"""


@pytest.fixture
def served(post: tuple[Post, int]) -> Served:
    """Zoe is told, Ian has not confirmed, a webhook is paused."""
    made = Served()
    made.adopt(more_bindings=PAGE.format(smtp=post[1]))
    kept, now = made.subscribers, made.now()
    kept.confirm(kept.ask("mail", "zoe@example.com", now), now)
    kept.ask("mail", "ian@example.com", now)
    return made


@pytest.fixture
def paused(served: Served, hook: Hook) -> Subscriber:
    kept, now = served.subscribers, served.now()
    kept.confirm(kept.ask("webhook", hook.url, now), now)
    (one,) = (each for each in kept.all() if each.kind == "webhook")
    for number in range(PAUSED_AFTER):
        kept.failed(one, f"m{number}", now + number, "it answered 503", final=False)
    return one


@pytest.fixture
def data(served: Served, tmp_path: Path) -> Iterator[Path]:
    """The data directory of a service that runs."""
    running = Running(served)
    announce(tmp_path, running.url)
    yield tmp_path
    running.stop()


def command(data: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["status-page", "subscribers", *words, "--data", str(data)])
    return result.output if result.exit_code == 0 else str(result.exception)


def addresses(served: Served) -> set[str]:
    return {one.address for one in served.subscribers.all()}


class TestConsole:
    def test_who_needs_somebody_stands_first_with_the_reason(
        self, served: Served, paused: Subscriber
    ) -> None:
        text = signed_in(served, Role.admin).get("/status-page").text
        assert text.index(paused.address) < text.index("ian@example.com") < text.index("zoe@example.com")
        assert "it answered 503" in text
        assert "1 paused, 1 not confirmed, 1 told" in text
        assert paused.secret not in text

    def test_one_is_found_by_a_part_of_the_address(self, served: Served, paused: Subscriber) -> None:
        text = signed_in(served, Role.admin).get("/status-page?q=ZOE@").text
        assert "zoe@example.com" in text
        assert "ian@example.com" not in text
        assert (
            "Nobody has such an address"
            in signed_in(served, Role.admin, name="mia").get("/status-page?q=nobody").text
        )

    def test_remove_deletes_the_row_and_leaves_a_fact_that_leads_to_nobody(self, served: Served) -> None:
        zoe = next(one for one in served.subscribers.all() if one.address == "zoe@example.com")
        signed_in(served, Role.admin).post(f"/status-page/subscribers/{zoe.id}/remove")
        assert addresses(served) == {"ian@example.com"}
        (fact,) = (
            one.fact
            for one in served.facts(0, served.head.seq)
            if one.fact.type.startswith("status.subscriber")
        )
        assert fact.data == SubscriberRemoved(zoe.id)
        assert "zoe@" not in str(list(served.facts(0, served.head.seq)))

    def test_ask_again_sends_the_link_to_who_lost_it(self, served: Served, post: tuple[Post, int]) -> None:
        ian = next(one for one in served.subscribers.all() if one.address == "ian@example.com")
        admin = signed_in(served, Role.admin)
        admin.post(f"/status-page/subscribers/{ian.id}/resend")
        link = link_in(post[0].to("ian@example.com")[0], "confirm")
        assert link.endswith(served.subscribers.token(ian, "confirm"))
        again = admin.post(f"/status-page/subscribers/{ian.id}/resend")
        assert (again.status_code, "A message went to ian@example.com just now" in again.text) == (409, True)
        assert len(post[0].mails) == 1

    def test_without_a_page_it_says_what_to_bind(self) -> None:
        made = Served()
        made.adopt()
        assert "No status page is bound" in signed_in(made, Role.admin).get("/status-page").text


class TestApi:
    def test_the_list_goes_page_by_page_and_by_state(self, served: Served, paused: Subscriber) -> None:
        admin = signed_in(served, Role.admin)
        first = admin.get("/api/v1/status-page/subscribers?limit=2").json()
        rest = admin.get(first["next"]).json()
        assert {one["address"] for one in first["items"] + rest["items"]} == addresses(served)
        assert len(first["items"]) == 2
        (only,) = admin.get("/api/v1/status-page/subscribers?state=paused").json()["items"]
        assert (only["id"], only["failures"], only["problem"]) == (paused.id, PAUSED_AFTER, "it answered 503")
        assert "secret" not in only

    def test_who_gets_every_message_is_not_asked_again(self, served: Served) -> None:
        zoe = next(one for one in served.subscribers.all() if one.address == "zoe@example.com")
        answer = signed_in(served, Role.admin).post(f"/api/v1/status-page/subscribers/{zoe.id}/resend")
        assert (answer.status_code, answer.json()["type"]) == (409, "subscribed")

    def test_a_webhook_that_answers_its_challenge_is_told_again(
        self, served: Served, paused: Subscriber, hook: Hook
    ) -> None:
        admin = signed_in(served, Role.admin)
        hook.echoes = False
        refused = admin.post(f"/api/v1/status-page/subscribers/{paused.id}/resend")
        assert (refused.status_code, refused.json()["type"]) == (409, "not_asked")
        assert "did not answer with the challenge (200)" in refused.json()["detail"]
        hook.echoes = True
        taken = admin.post(f"/api/v1/status-page/subscribers/{paused.id}/resend").json()
        assert (taken["state"], taken["failures"]) == ("told", 0)


class TestCommands:
    def test_list_says_whom_messages_do_not_reach(self, data: Path, paused: Subscriber) -> None:
        said = command(data, "list", "--state", "paused")
        assert f"{paused.address}  paused since 2026-11-23 03:00 UTC: it answered 503, 5 in a row" in said
        assert "zoe@" not in said
        assert "told" in command(data, "list")
        assert "there is no state gone" in command(data, "list", "--state", "gone")

    def test_remove_takes_an_address_and_asks_once(self, data: Path, served: Served) -> None:
        CliRunner().invoke(
            app,
            ["status-page", "subscribers", "remove", "zoe@example.com", "--data", str(data)],
            input="n\n",
        )
        assert "zoe@example.com" in addresses(served)
        assert "zoe@example.com is removed." in command(data, "remove", "Zoe@example.com", "--yes")
        assert addresses(served) == {"ian@example.com"}
        assert "nobody subscribed by that address or id" in command(
            data, "remove", "zoe@example.com", "--yes"
        )

    def test_resend_asks_by_link_or_by_challenge(
        self, data: Path, post: tuple[Post, int], paused: Subscriber
    ) -> None:
        assert "A link went to ian@example.com" in command(data, "resend", "ian@example.com")
        assert len(post[0].to("ian@example.com")) == 1
        assert "answered, and gets every update" in command(data, "resend", paused.address)
