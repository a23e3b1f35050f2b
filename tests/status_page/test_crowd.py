"""Everybody reads the page at the moment at which people are paged: reading makes nothing, and takes only its share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import msgspec
import pytest
import uvicorn

from opsguide.app.core import remembering_engine
from opsguide.app.server import Server, bound_socket
from opsguide.app.status_page.door import bounded
from opsguide.app.status_page.render import Press
from opsguide.app.status_page.site import Site
from opsguide.guide.bindings import StatusPage
from opsguide.incidents.commands import Open, Resolve
from opsguide.kernel.engine import Engine
from tests.service.test_status_page import publishing
from tests.status_page.scene import Town
from tests.status_page.test_page import AUTOMATIC
from tests.status_page.test_site import FILES

READ = ("/", "/history.html", "/feed.atom", "/feed.json", "/status.json", "/subscribe")
GUESSED = ("/confirm/x.y", "/unsubscribe/x.y", "/incidents/x.html", "/now")


async def test_whoever_reads_makes_nothing_and_asks_nothing_of_who_pages(tmp_path: Path) -> None:
    """No console runs here at all: the page needs none."""
    engine, looks = remembering_engine(), 0

    def looked() -> Engine:
        nonlocal looks
        looks += 1
        return engine

    page = StatusPage(port=0, webhooks=True, url="https://status.harbour.example")
    made = publishing(tmp_path, page, looked)
    await made.publish()
    before = looks
    async with httpx.AsyncClient(base_url=made.url) as client:
        for path in READ:
            answers = await asyncio.gather(*(client.get(path) for _ in range(20)))
            assert {one.status_code for one in answers} == {200}, path
            if tag := answers[0].headers.get("etag"):
                again = await client.get(path, headers={"if-none-match": tag})
                assert (again.status_code, again.content) == (304, b""), path
                assert answers[0].headers["content-encoding"] == "gzip", path
        for path in GUESSED:
            await asyncio.gather(*(client.get(path) for _ in range(20)))
            await client.post(path)
    assert looks == before
    await made._stop()


async def test_it_listens_where_it_is_told_and_nowhere_else(tmp_path: Path) -> None:
    made = publishing(tmp_path, StatusPage(listen="127.0.0.2", port=0))
    await made.publish()
    assert made.url.startswith("http://127.0.0.2:")
    async with httpx.AsyncClient() as client:
        assert (await client.get(made.url)).status_code == 200
        with pytest.raises(httpx.ConnectError):
            await client.get(made.url.replace("127.0.0.2", "127.0.0.1"))
    await made._stop()


def test_an_incident_that_is_over_is_made_once_and_one_that_lasts_each_time() -> None:
    town, press = Town(AUTOMATIC), Press()
    for key in ("environment:production", "probe:mail"):
        town.do(Open(key=key, title="x", reason="x", severity="critical"))
        town.pass_time(60)
    town.do(Resolve("INC-1", "ana", "over"))
    lasting, over = (f"incidents/{one.id}.html" for one in town.page().entries)
    first = press.files(town.page(), live=True)
    town.pass_time(60)
    second = press.files(town.page(), live=True)
    assert second[over] is first[over]
    assert second[lasting].body != first[lasting].body, "it says as of when it is"
    renamed = press.files(msgspec.structs.replace(town.page(), title="Haven"), live=True)
    assert b"Haven" in renamed[over].body


@asynccontextmanager
async def serving(most: int, **more: int) -> AsyncIterator[int]:
    """A page to which so many may be connected; its port."""
    site = Site()
    site.publish(FILES, tell=False)
    config = uvicorn.Config(site, http=bounded(most), log_config=None, lifespan="off", **more)  # type: ignore[arg-type]
    answering = asyncio.Event()
    server, listening = Server(config, answering.set), bound_socket("127.0.0.1", 0)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await answering.wait()
    yield listening.getsockname()[1]
    server.stop()
    await task


async def said(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side hangs up."""
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""


async def leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def connected(port: int) -> asyncio.StreamWriter:
    """A reader who holds the line, and was answered once."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HEAD /status.json HTTP/1.1\r\nhost: x\r\n\r\n")
        with suppress(ConnectionError):
            if await reader.readline():
                return writer
        await leave(writer)


async def test_readers_leave_files_for_who_pages() -> None:
    async with serving(most=3) as port:
        held = [await connected(port) for _ in range(3)]
        reader, refused = await asyncio.open_connection("127.0.0.1", port)
        assert await said(reader) == b"", "it is one too many"
        await leave(refused)
        await leave(held.pop())
        held.append(await connected(port))
        for writer in held:
            await leave(writer)


async def test_who_connects_and_says_nothing_is_hung_up_on() -> None:
    async with serving(most=3, timeout_keep_alive=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await said(reader) == b""
        await leave(writer)


async def test_a_stream_too_many_is_sent_to_the_page() -> None:
    site, answers = Site(most_streams=1), asyncio.Queue[int]()

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        if "status" in message:
            answers.put_nowait(message["status"])

    scope = {"type": "http", "method": "GET", "path": "/events", "headers": []}
    first = asyncio.create_task(site(scope, receive, send))
    assert await answers.get() == 200
    await site(scope, receive, send)
    assert await answers.get() == 503
    site.close()
    await first
