"""Checks with a real Chromium of pages whose faults are known."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from opsguide.monitoring.lab.checks import Load
from opsguide.monitoring.lab.edge.browser import Browser, LabError, chromium, find, sweep
from opsguide.monitoring.lab.edge.door import Door, door
from opsguide.monitoring.lab.edge.loading import Loading
from opsguide.monitoring.lab.http import measuring
from opsguide.service.guarded import vetted
from tests.monitoring.faulty import closed_port
from tests.monitoring.lab.pages import LATE_SECONDS, Site, a_site
from tests.service.scene import eventually

# One Chromium for all of them.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

QUIET = 0.6


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium(find(None)) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def way() -> AsyncIterator[Door]:
    async with door(vetted, private=True) as found:
        yield found


async def load(browser: Browser, way: Door, page: str, form: str = "desktop", seconds: float = 20) -> Load:
    loading = Loading(browser=browser, door=way, page=page, form=form, script=measuring(), quiet=QUIET)
    return await loading.once(seconds)


async def test_known_faults_show_in_their_metric_and_in_no_other(
    browser: Browser, way: Door, site: Site
) -> None:
    quick, late, moving, busy = [
        await load(browser, way, site.url + path) for path in ("/quick", "/late", "/moving", "/busy")
    ]
    assert quick.lcp is not None
    assert late.lcp is not None
    assert late.lcp >= LATE_SECONDS > quick.lcp, "the picture is the largest thing"
    assert late.fcp is not None
    assert late.fcp < LATE_SECONDS, "the text was there before it"
    assert (quick.cls, late.cls) == (0, 0), "the picture has its place from the start"
    assert moving.cls is not None
    assert moving.cls > 0.1
    assert busy.tbt > max(0.25, quick.tbt), "600 ms of work block for what is above 50 ms"
    assert late.bytes > 250_000
    assert quick.bytes < 10_000
    assert quick.requests < late.requests
    assert all(one.quiet and not one.said for one in (quick, late, moving, busy))


async def test_each_load_is_a_first_visit_as_the_device_that_was_bound(
    browser: Browser, way: Door, site: Site
) -> None:
    for _ in range(2):
        await load(browser, way, site.url + "/styled")
    assert site.asked.count("/style.css") == 2, "nothing is taken from a cache"
    assert "Mobile" not in "".join(site.agents)
    phone = await load(browser, way, site.url + "/styled", "mobile")
    assert any("Mobile" in agent for agent in site.agents)
    assert phone.lcp is not None
    assert phone.lcp > 1.1, "slow 4G: half a second for each of two requests, one after the other"


async def test_what_the_page_complains_of_is_told_without_secrets_and_nothing_gets_to_metadata(
    browser: Browser, way: Door, site: Site
) -> None:
    broken = await load(browser, way, site.url + "/broken")
    said = "\n".join(broken.said)
    assert "no stock" in said
    assert "Error: no cart" in said
    assert "/gone.png" in said
    assert "hunter2" not in said
    assert "refused: 169.254.169.254 is not allowed" in said
    assert broken.errors >= 3


async def test_why_a_page_cannot_be_measured(browser: Browser, way: Door, site: Site) -> None:
    for path, seconds, why in (
        ("/missing", 20.0, "it answered 503"),
        ("/elsewhere", 20.0, r"169\.254\.169\.254 is not allowed"),
        ("/endless", 1.5, "it did not load within 1.5 s"),
    ):
        with pytest.raises(LabError, match=why):
            await load(browser, way, site.url + path, seconds=seconds)
    port = await closed_port()
    with pytest.raises(LabError, match=f"takes no connection at port {port}"):
        await load(browser, way, f"http://127.0.0.1:{port}/")
    assert (await load(browser, way, site.url + "/quick")).lcp, "the next load is as good as ever"


async def test_private_addresses_only_with_leave(browser: Browser, site: Site) -> None:
    async with door(vetted, private=False) as way:
        with pytest.raises(LabError, match=r"127\.0\.0\.1 is a private address"):
            await load(browser, way, site.url + "/quick")
    assert site.asked == []


async def test_one_that_takes_too_much_memory_is_ended_with_all_that_it_started(
    way: Door, site: Site
) -> None:
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium(find(None), 700_000_000))
        assert len(_processes(browser.session)) > 2
        with pytest.raises(LabError, match=r"used more than 0\.7 GB of memory and was ended"):
            await load(browser, way, site.url + "/greedy")
    assert _processes(browser.session) == []


def _processes(session: int) -> list[str]:
    """What runs in the session, zombies left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(entry.name)) == session and (command := (entry / "cmdline").read_text()):
                found.append(command)
    return found


async def test_secrets_of_the_service_are_not_given_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASES_MAIN_URL", "postgresql://watcher:hunter2@db")
    told = tmp_path / "told"
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\nenv > {told}\necho 'it is broken' >&2\n")
    program.chmod(0o755)
    with pytest.raises(LabError, match="Chromium does not start: it is broken"):
        async with chromium(find(str(program))):
            pass
    assert "PATH=" in told.read_text()
    assert "hunter2" not in told.read_text()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder whose path is short enough for Chromium's sockets."""
    with tempfile.TemporaryDirectory(prefix="ops-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


async def test_what_a_killed_service_left_behind_is_swept_at_the_next_start(short: Path) -> None:
    (short / "opsguide-lab-not-ours").symlink_to(short)
    async with chromium(find(None)):
        (lives,) = _homes(short)
        service, session = await _service(short)
        (left,) = _homes(short) - {lives}
        assert list((short / left).iterdir())
        service.kill()
        await service.wait()
        await asyncio.to_thread(
            eventually, lambda: not _processes(session), "Chromium and all it started end"
        )
        sweep()
        assert _homes(short) == {lives}, "what is in use stays"
    assert not _homes(short)


def _homes(folder: Path) -> set[str]:
    return {one.name for one in folder.glob("opsguide-lab-*") if not one.is_symlink()}


async def test_it_ends_when_the_service_is_killed(short: Path) -> None:
    service, session = await _service(short)
    assert _processes(session)
    service.kill()
    await service.wait()
    await asyncio.to_thread(eventually, lambda: not _processes(session), "Chromium and all it started end")


async def _service(folder: Path) -> tuple[asyncio.subprocess.Process, int]:
    """One that has a Chromium, whose session it gives; their temporary folder."""
    code = (
        "import asyncio\n"
        "from opsguide.monitoring.lab.edge.browser import chromium, find\n"
        "async def main():\n"
        "    async with chromium(find(None)) as browser:\n"
        "        print(browser.session, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env={**os.environ, "TMPDIR": str(folder)}
    )
    assert service.stdout is not None
    return service, int(await service.stdout.readline())
