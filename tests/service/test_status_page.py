"""The public page of a real service: an address of its own, which stands and falls without the rest."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from opsguide.app.core import remembering_engine
from opsguide.app.status_page.publishing import Around, Publishing
from opsguide.app.status_page.subscribers import Subscribers
from opsguide.demo.ports import any_free
from opsguide.guide.bindings import Bindings, StatusPage
from opsguide.kernel.engine import Engine
from opsguide.kernel.errors import OpsguideError
from opsguide.kernel.facts import Recorded
from opsguide.service.guarded import Answer
from tests.service.scene import Opsguide, Phone, Target, eventually
from tests.service.test_terminal import Terminal
from tests.status_page.subscribing import Hook
from tests.world import HandClock

STATUS = """
[status]
port = {port}
folder = "public"
incidents = "automatic"
url = "https://status.harbour.example"
webhooks = true
private = true
[status.components.shop]
label = "Shop"
environment = "production"
"""


@pytest.fixture
def ops(tmp_path: Path, target: Target, phone: Phone) -> Iterator[Opsguide]:
    made = Opsguide(tmp_path, target, phone)
    yield made
    made.stop()


def bind(ops: Opsguide, port: int) -> None:
    before = ops.bindings.read_text().partition("\n[status]")[0]
    ops.bindings.write_text(before + STATUS.format(port=port))


def page(port: int, path: str = "/status.json") -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5)
    except httpx.TransportError:
        return None


def text(port: int) -> str:
    found = page(port, "/")
    return found.text if found is not None else ""


def says(port: int) -> str:
    found = page(port)
    return found.json()["says"] if found is not None and found.status_code == 200 else ""


@pytest.mark.slow
def test_an_outage_reaches_everybody_and_the_console_stays_closed(ops: Opsguide, target: Target) -> None:
    port = any_free()
    bind(ops, port)
    ops.start()
    eventually(lambda: says(port) == "All systems are operational", "the page knows")
    for path in ("/now", "/api/v1/status", "/incidents/INC-1"):
        found = page(port, path)
        assert found is not None
        assert found.status_code == 404
    hook = Hook()
    asked = httpx.post(f"http://127.0.0.1:{port}/subscribe", data={"url": hook.url}, timeout=10)
    assert "whsec_" in asked.text
    with httpx.stream("GET", f"http://127.0.0.1:{port}/events", timeout=30) as stream:
        pieces = stream.iter_lines()
        target.healthy = False
        assert next(line for line in pieces if line.startswith("event")) == "event: changed"
    eventually(lambda: says(port) == "Shop is down", "the page says so")
    eventually(
        lambda: "Shop is down" in (ops.folder / "public/index.html").read_text(), "and so does its folder"
    )
    eventually(lambda: b"Problem with Shop" in hook.got[-1][1], "who subscribed is told")
    assert "Subscribe" not in (ops.folder / "public/index.html").read_text(), "nobody answers there"
    hook.close()
    ops.stop()
    assert "Shop is down" in (ops.folder / "public/index.html").read_text()
    assert page(port) is None


@pytest.mark.slow
def test_a_taken_port_is_said_and_tried_again_and_the_page_moves(ops: Opsguide) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind(ops, other.getsockname()[1])
        ops.start()
        noted = eventually(lambda: ops.get("/healthz").json()["notes"], "health says so")
        assert "the status page is not served: port" in noted[0]
        assert ops.get("/healthz").status_code == 200
        port = any_free()
        bind(ops, port)
        eventually(lambda: says(port), "the page is where the bindings say now")
        eventually(lambda: not ops.get("/healthz").json()["notes"], "health is well again")


@pytest.mark.slow
def test_a_shell_says_which_components_are_concerned(ops: Opsguide) -> None:
    port = any_free()
    bind(ops, port)
    ops.start()
    acts = Terminal(ops).acts
    acts("incidents", "open", "Cards are refused", "--severity", "high", "--reason", "a customer calls")
    tell = ("incidents", "update", "INC-1", "Paying by card fails.", "--component", "shop")
    assert "make it public" in acts(*tell, fails=True)
    unknown = acts(*tell, "--component", "shopp", "--public", fails=True)
    assert "no component `shopp`" in unknown
    assert "did you mean `shop`? [status.components] has shop" in unknown
    assert "Public update of INC-1 published" in acts(*tell, "--public")
    eventually(lambda: "Problem with Shop" in text(port), "everybody reads what it concerns")
    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    plan = ("maintenance", "announce", "new disks", "--start", f"{day}T02:00Z", "--for", "2h", "--component")
    assert "[status.components] has shop" in acts(*plan, "disks", fails=True)
    assert "The status page shows it for shop." in acts(*plan, "shop")
    eventually(lambda: "Planned maintenance" in text(port), "everybody reads of the plan")


async def _nothing() -> AsyncIterator[Sequence[Recorded]]:
    await asyncio.Event().wait()
    yield ()


async def _refused(*_: object) -> Answer:
    raise OpsguideError("nothing is sent here")


def publishing(
    folder: Path, page: StatusPage, engine: Callable[[], Engine] = remembering_engine
) -> Publishing:
    around = Around(
        engine=engine,
        bindings=lambda: Bindings(status=page),
        changes=_nothing,
        submit=_refused,
        resolve=str,
        post=_refused,
        clock=HandClock(),
        beside=folder,
    )
    return Publishing(around, Subscribers(None, b"0" * 32))


async def test_a_page_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    broken = False

    def engine() -> Engine:
        if broken:
            raise ZeroDivisionError
        return remembering_engine()

    made = publishing(tmp_path, StatusPage(port=0), engine)
    await made._safely()
    broken = True
    running = asyncio.create_task(made.run())
    await made._safely()
    assert not running.done()
    assert "cannot be made (ZeroDivisionError)" in made.trouble["page"]
    async with httpx.AsyncClient() as client:
        assert "Nothing is shown here yet" in (await client.get(made.url)).text
    broken = False
    await made._safely()
    assert made.trouble == {}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file stands there")
    made = publishing(tmp_path, StatusPage(port=0, folder="public"))
    await made.publish()
    assert "the status page cannot be written to public" in made.trouble["folder"]
    await made._stop()
