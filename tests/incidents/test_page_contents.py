"""What a page carries: what stands near the incident, and a chart of its signal where there is one in time."""

import asyncio

import pytest

from opsguide.app.telling import CHART_SECONDS, Nearby
from opsguide.channels.send import Message, send
from opsguide.delivery.commands import AnnounceDeploy
from opsguide.incidents.commands import Open
from opsguide.incidents.page import Around, Page, compose, together
from opsguide.kernel.clock import after
from opsguide.kernel.ports import Sample
from tests.cast import ERRORS
from tests.channels.test_send import PAGE, Hook, Postbox, hook, post
from tests.web.served import Served, harbour

__all__ = ["hook", "post"]

FAILING = Open(key="alert:errors", title="errors", reason="r", severity="critical", promise=ERRORS)
PNG = b"\x89PNG\r\n\x1a\n"


def near(served: Served) -> Nearby:
    return Nearby(
        engine=lambda: served.engine,
        bindings=served._bindings,
        board=lambda: served.board,
        clock=served.clock,
    )


def clues(served: Served) -> list[str]:
    return list(near(served).clues(served.state("incidents").open["INC-1"]))


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


async def test_a_mail_carries_the_chart(post: tuple[Postbox, int]) -> None:
    box, port = post
    url = f"mailto://127.0.0.1:{port}/?from=opsguide@example.org&to=ana@example.org&format=text"
    assert (await send(url, Message(title=PAGE.title, body=PAGE.body, key="k", image=PNG))).ok
    [mail] = box.mails
    [chart] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert chart.get_payload(decode=True) == PNG
    assert "Acknowledge: http://x/y" in mail.as_string()


async def test_what_refuses_the_chart_gets_the_text() -> None:
    """An ntfy server without attachments answers 400 to them."""
    taken, refused = list[bytes](), list[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        wanted = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b":0"
        )
        body = await reader.readexactly(int(wanted.partition(b":")[2]))
        has_image = PNG in body or b"chart.png" in head
        (refused if has_image else taken).append(body)
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" % (400 if has_image else 200)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    at = server.sockets[0].getsockname()[1]
    sent = await send(f"ntfy://127.0.0.1:{at}/topic", Message(title="t", body="b", key="k", image=PNG))
    server.close()
    assert sent.ok
    assert refused
    assert taken


async def test_a_machine_gets_no_picture(hook: tuple[Hook, int]) -> None:
    made, port = hook
    await send(f"json://127.0.0.1:{port}/", Message(title="t", body="b", key="k", image=PNG))
    assert not made.got[0][1].get("attachments")


def test_a_page_says_what_since_when_how_long_is_left_and_where_to_act() -> None:
    served = harbour()
    served.do(FAILING)
    served.clock.advance(60)
    state = served.state("incidents")
    around = Around("harbour", "http://x/page/t", ["Runbook: https://wiki.example"])
    page = compose(state, state.open["INC-1"], around, served.clock.now())
    assert page.title == "[critical] harbour: errors (INC-1)"
    for said in (
        "(1 m ago)",
        "Acknowledge within 15 m: 14 m left.",
        "Guide, line",
        "Runbook: https://wiki.example",
    ):
        assert said in page.body, said
    assert page.body.endswith("Acknowledge: http://x/page/t")


def test_pages_that_go_together_name_ten_and_count_the_rest() -> None:
    page = together(Page("[critical] down", "body"), [f"[high] alert {n}" for n in range(240)])
    assert page.title == "[critical] down and 240 more"
    assert page.body.count("\n- [high]") == 10
    assert "and 230 others" in page.body
