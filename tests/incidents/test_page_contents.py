"""What a page carries: what stands near the incident, and a chart of its signal where there is one in time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from email.header import decode_header, make_header
from email.message import Message as Mail

import pytest
from msgspec.structs import replace

from opsguide.app.telling import CHART_SECONDS, Nearby, hand_over
from opsguide.channels.kinds import is_webhook
from opsguide.channels.send import Message, send
from opsguide.delivery.commands import AnnounceDeploy
from opsguide.incidents.commands import Acknowledge, Open
from opsguide.incidents.links import Link, read
from opsguide.incidents.mail import html
from opsguide.incidents.page import Around, Content, Line, Page, compose, together
from opsguide.incidents.paging import Paging
from opsguide.kernel.clock import after
from opsguide.kernel.intent import Intent, Outcome
from opsguide.kernel.ports import Sample
from tests.cast import ERRORS
from tests.channels.test_send import Hook, Postbox, hook, post
from tests.web.html import text_of
from tests.web.served import KEY, Served, harbour
from tests.world import START

__all__ = ["hook", "post"]

FAILING = Open(key="alert:errors", title="errors", reason="r", severity="critical", promise=ERRORS)
PNG = b"\x89PNG\r\n\x1a\n"
LINK = re.compile(r"https://ops\.example/page/([\w.-]+)")


def near(served: Served) -> Nearby:
    return Nearby(
        engine=lambda: served.engine,
        bindings=served._bindings,
        board=lambda: served.board,
        clock=served.clock,
    )


def clues(served: Served) -> list[str]:
    return [one.text for one in near(served).clues(served.state("incidents").open["INC-1"])]


def test_two_runbooks_are_told_apart() -> None:
    served = harbour()
    served.adopt(more_bindings=f'[runbooks]\n"{ERRORS}" = "https://wiki.example/errors"\n')
    served.do(replace(FAILING, runbook="https://wiki.example/alert"))
    assert clues(served) == [
        "Runbook of the alert: https://wiki.example/alert",
        "Runbook of the bindings: https://wiki.example/errors",
    ]


def test_runbooks_and_the_deploys_of_the_last_two_hours_stand_in_a_page() -> None:
    served = harbour()
    served.adopt(more_bindings=f'[runbooks]\n"{ERRORS}" = "https://wiki.example/errors"\n')
    served.do(AnnounceDeploy("production", "1.4.1", "ana"))
    served.clock.advance(3 * 3600)
    served.do(AnnounceDeploy("production", "1.4.2", "ana", "https://ci.example/812"))
    served.clock.advance(720)
    served.do(FAILING)
    assert clues(served) == [
        "Runbook: https://wiki.example/errors",
        "Deploy: 1.4.2 to production, 12 m before https://ci.example/812",
    ]


def test_where_nothing_stands_near_a_page_says_nothing_of_it() -> None:
    served = harbour()
    served.do(FAILING)
    assert clues(served) == []


async def test_a_signal_with_samples_has_a_chart_and_one_without_has_none() -> None:
    served = await asyncio.to_thread(harbour)
    await served.submit(FAILING, actor="test")
    incident = served.state("incidents").open["INC-1"]
    assert await near(served).chart(incident) is None
    for second in range(-600, 1, 15):
        at = after(served.clock.now(), second)
        sample = Sample({"__name__": "http_requests_total", "status": "500"}, 600.0 + second)
        other = Sample({"__name__": "http_requests_total", "status": "200"}, 900.0 + second)
        served.telemetry.ingest([sample, other], at, {"job": "shop", "environment": "production"})
    await served.board.signals()
    chart = await near(served).chart(incident)
    assert chart is not None
    assert chart.startswith(PNG)


async def test_a_page_does_not_wait_for_its_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    served = await asyncio.to_thread(harbour)
    await served.submit(FAILING, actor="test")
    looking = near(served)

    async def never(*_: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(Nearby, "_drawn", never)
    async with asyncio.timeout(CHART_SECONDS * 20):
        assert await looking.chart(served.state("incidents").open["INC-1"]) is None


class Story:
    """Errors after a deploy, with all that stands near them, and the way by which ana is told of it."""

    def __init__(self, url: str) -> None:
        self.served, self.url = harbour(), url
        self.served.adopt(more_bindings=f'[runbooks]\n"{ERRORS}" = "https://wiki.example/errors"\n')
        self.served.do(AnnounceDeploy("production", "1.4.2", "ana", "https://ci.example/812"))
        self.served.clock.advance(720)
        self.served.do(FAILING)
        self.served.clock.advance(60)

    async def measured(self) -> None:
        """The signal of the promise has a course."""
        for second in range(-600, 1, 15):
            at = after(self.served.clock.now(), second)
            sample = Sample({"__name__": "http_requests_total", "status": "500"}, 600.0 + second)
            other = Sample({"__name__": "http_requests_total", "status": "200"}, 900.0 + second)
            self.served.telemetry.ingest([sample, other], at, {"job": "shop", "environment": "production"})
        await self.served.board.signals()

    async def told(self, person: str = "ana") -> Outcome:
        """One attempt of the page to somebody, which was decided for a phone."""
        facts = [row.fact.data for row in self.served.ledger.rows]
        pages = [fact for fact in facts if isinstance(fact, Intent) and fact.key.endswith(f"{person}-phone")]
        return await self.paging().do(pages[0], 1)

    def paging(self) -> Paging:
        return Paging(
            state=lambda: self.served.state("incidents"),
            bindings=self.served._bindings,
            resolve=lambda _reference: self.url,
            is_machine=is_webhook,
            send=hand_over,
            service=lambda: "harbour",
            link_base=lambda: "https://ops.example",
            link_key=KEY,
            clock=self.served.clock,
            standings=dict,
            near=near(self.served),
        )


SAID = (
    "errors",
    "critical",
    "harbour",
    "INC-1",
    "Since: Mon 23 Nov 2026, 03:12:00 UTC (1 m ago)",
    "Acknowledge within 15 m: 14 m left",
    "Resolve within 2 h: 1 h 59 m left",
    "Runbook: https://wiki.example/errors",
    "Deploy: 1.4.2 to production, 12 m before https://ci.example/812",
)
"""What every page carries, whatever it goes through; and the line of the guide, and the link."""


def lacking(text: str) -> list[str]:
    found = [said for said in SAID if said not in text]
    found += [] if re.search(r"Guide, line \d+: \S+", text) else ["the guide's line"]
    return found + ([] if LINK.search(text) else ["the signed link"])


def opened(text: str) -> Link | None:
    """Whose link it is, if it is one of ours."""
    found = LINK.search(text)
    return read(found[1], KEY, START) if found else None


async def test_a_mail_carries_all_of_it_as_html_and_as_text_with_the_chart_in_it(
    post: tuple[Postbox, int],
) -> None:
    box, port = post
    url = f"mailto://127.0.0.1:{port}/?from=opsguide@example.org&to=ana@example.org"
    story = await asyncio.to_thread(Story, url)
    await story.measured()
    assert (await story.told()).result == "done"
    [mail] = box.mails
    assert str(make_header(decode_header(mail["Subject"]))) == ("[critical] harbour: errors (INC-1)")
    parts = {part.get_content_type(): part for part in mail.walk()}
    text, html, chart = (body_of(parts[one]) for one in ("text/plain", "text/html", "image/png"))
    shown = text_of(html.decode())
    assert (lacking(text.decode()), lacking(shown)) == ([], [])
    assert chart.startswith(PNG)
    assert parts["image/png"]["Content-ID"] == "<chart.png>"
    assert b'<img src="cid:chart.png"' in html
    button = re.search(r'<a href="(\S+)"[^>]*>Acknowledge</a>', html.decode())
    assert button is not None
    assert (opened(button[1]), opened(text.decode())) == (opened(shown), opened(shown))
    assert opened(shown) == Link("INC-1", "ana", after(story.served.clock.now(), 86_400))


async def test_a_chat_carries_all_of_it_in_its_text(hook: tuple[Hook, int]) -> None:
    made, port = hook
    story = await asyncio.to_thread(Story, f"mmost://127.0.0.1:{port}/token")
    assert (await story.told()).result == "done"
    [(_, body)] = made.got
    said = json.dumps(body, ensure_ascii=False).replace("\\n", "\n")
    assert lacking(said) == []
    assert opened(said) == Link("INC-1", "ana", after(story.served.clock.now(), 86_400))


async def test_what_an_alert_says_is_text_in_a_mail_whatever_it_holds(post: tuple[Postbox, int]) -> None:
    box, port = post
    title = "p95 <200ms <script>alert(1)</script> & more"
    content = Content(
        "high",
        "harbour",
        "INC-1",
        title,
        ["see https://x.example/a?b=1&c=2."],
        [],
        [],
        "Look",
        "https://o.example/x",
    )
    page = Page(title, content.text(), content=content)
    for sent in (page, Page(title, content.text())):
        await hand_over(f"mailto://127.0.0.1:{port}/?from=o@example.org&to=ana@example.org", sent, "k")
    for mail in box.mails:
        parts = {part.get_content_type(): part for part in mail.walk()}
        html = body_of(parts["text/html"]).decode()
        assert "<script>" not in html
        assert '<a href="https://x.example/a?b=1&amp;c=2" ' in html
        assert title in text_of(html)
        assert "https://x.example/a?b=1&c=2." in body_of(parts["text/plain"]).decode()


async def test_a_mail_that_is_bound_as_text_is_text(post: tuple[Postbox, int]) -> None:
    box, port = post
    url = f"mailto://127.0.0.1:{port}/?from=opsguide@example.org&to=ana@example.org&format=text"
    story = await asyncio.to_thread(Story, url)
    assert (await story.told()).result == "done"
    assert [part.get_content_type() for part in box.mails[0].walk()] == ["text/plain"]
    assert lacking(f"harbour {body_of(box.mails[0]).decode()} INC-1 {box.mails[0]['Subject']}") == []


def body_of(part: Mail) -> bytes:
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body


class NoPictures:
    """An ntfy server without attachments: it answers 400 to them, after what is to happen `meanwhile`."""

    def __init__(self) -> None:
        self.taken, self.refused = list[bytes](), list[bytes]()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        wanted = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b":0"
        )
        body = await reader.readexactly(int(wanted.partition(b":")[2]))
        has_image = PNG in body or b"chart.png" in head
        (self.refused if has_image else self.taken).append(body)
        if has_image and self.meanwhile is not None:
            await self.meanwhile()
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" % (400 if has_image else 200)
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def pictureless() -> AsyncIterator[tuple[NoPictures, str]]:
    made = NoPictures()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, f"ntfy://127.0.0.1:{server.sockets[0].getsockname()[1]}/topic"
    server.close()
    await server.wait_closed()


async def test_what_refuses_the_chart_gets_the_text(pictureless: tuple[NoPictures, str]) -> None:
    server, url = pictureless
    story = await asyncio.to_thread(Story, url)
    await story.measured()
    assert (await story.told()).result == "done"
    assert (len(server.refused), len(server.taken)) == (1, 1)


async def test_acknowledged_while_the_chart_was_refused_the_text_is_not_handed_over_any_more(
    pictureless: tuple[NoPictures, str],
) -> None:
    """The provider may take its time to refuse: it gets nothing long after somebody has it."""
    server, url = pictureless
    story = await asyncio.to_thread(Story, url)
    await story.measured()
    server.meanwhile = lambda: story.served.submit(Acknowledge("INC-1", "bogdan"), actor="test")
    assert (await story.told()).result == "failed"
    assert (len(server.refused), len(server.taken)) == (1, 0)


async def test_a_machine_gets_no_picture(hook: tuple[Hook, int]) -> None:
    made, port = hook
    await send(f"json://127.0.0.1:{port}/", Message(title="t", body="b", key="k", image=PNG))
    assert not made.got[0][1].get("attachments")


def test_a_page_says_what_since_when_how_long_is_left_and_where_to_act() -> None:
    served = harbour()
    served.do(FAILING)
    served.clock.advance(60)
    state = served.state("incidents")
    around = Around("harbour", "http://x/page/t", [Line("Runbook", url="https://wiki.example")])
    page = compose(state, state.open["INC-1"], around, served.clock.now())
    assert page.title == "[critical] harbour: errors (INC-1)"
    for said in (
        "(1 m ago)",
        "Acknowledge within 15 m: 14 m left",
        "Guide, line",
        "Runbook: https://wiki.example",
    ):
        assert said in page.body, said
    assert page.body.endswith("Acknowledge: http://x/page/t")


def test_pages_that_go_together_name_ten_and_count_the_rest() -> None:
    content = Content("critical", "harbour", "INC-1", "down", ["body"], [], [], "Acknowledge", "http://x/y")
    alone = Page("[critical] down", content.text(), content=content)
    page = together(alone, [f"[high] alert {n}" for n in range(240)])
    assert page.title == "[critical] down and 240 more"
    assert page.body.count("\n- [high]") == 10
    assert "and 230 others" in page.body


def test_a_signal_keeps_its_name_where_it_begins_a_sentence_of_a_mail() -> None:
    reasons = ["error_rate is 20 %, limit 5 %", "the site is down"]
    content = Content("critical", "harbour", "INC-1", "errors", reasons, [], [], "Acknowledge", "http://x/y")
    shown = html(Page("[critical] errors", content.text(), content=content))
    assert "error_rate is 20 %" in shown
    assert "The site is down" in shown
