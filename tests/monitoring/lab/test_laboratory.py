"""The lab as a service has it: what it says of promises, of an absent browser, of what it may not reach."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from opsguide.guide.bindings import Bindings, read_bindings
from opsguide.guide.values import Objective
from opsguide.kernel.clock import after
from opsguide.kernel.ports import Sample
from opsguide.monitoring.commands import Observe
from opsguide.monitoring.lab.checks import Check, Load
from opsguide.monitoring.lab.edge.laboratory import Laboratory
from opsguide.monitoring.lab.http import measuring
from opsguide.monitoring.watch import Watch
from opsguide.service.guarded import vetted
from opsguide.telemetry.embedded import Embedded
from opsguide.telemetry.exposition import parse
from tests.monitoring.lab.pages import Site, a_site
from tests.service.scene import eventually
from tests.web.test_vitals import nothing_is_fetched
from tests.world import Remembered, World, a_promise

LCP, CLS, INP = (f"performance.objective.{name}" for name in ("lcp", "cls", "inp"))
PROMISES = [
    a_promise(LCP, Objective(signal="lcp", op="<", seconds=1.2)),
    a_promise(CLS, Objective(signal="cls", op="<", count=0.1)),
    a_promise(INP, Objective(signal="inp", op="<", seconds=0.2)),
]
FAST = Load(lcp=0.3, cls=0.0, fcp=0.1, ttfb=0.05, tbt=0.0, bytes=900, requests=1, errors=0)


def bound(url: str, more: str = "", judges: str = "true") -> str:
    return f"""
[environments.production]
[lab.home]
page = "{url}"
form = "desktop"
runs = 1
timeout = "20s"
environment = "production"
judges = {judges}
private = true
{more}
"""


class Service:
    """The chapter, telemetry, a watch and a lab, over bindings that a test changes."""

    def __init__(self, bindings: str, kept: Remembered[Check] | None = None) -> None:
        self.world = World()
        self.telemetry = Embedded()
        self.kept = kept or Remembered()
        self.bind(bindings)
        self.lab = Laboratory(
            bindings=lambda: self.bindings,
            telemetry=self.telemetry,
            clock=self.world.clock,
            vet=vetted,
            kept=self.kept,
            script=measuring,
            quiet=0.5,
        )
        self.watch = Watch(
            state=lambda: self.world.engine.state("monitoring"),
            bindings=lambda: self.bindings,
            submit=self._nothing,
            telemetry=self.telemetry,
            clock=self.world.clock,
            fetch=nothing_is_fetched,
            parse=parse,
            resolve=str,
        )
        self.lab.start()
        self.lab.follow()

    async def _nothing(self, _command: object) -> None:
        return

    def bind(self, text: str) -> None:
        found, problems = read_bindings(text)
        assert found is not None, problems
        self.bindings: Bindings = found
        self.world.adopt(PROMISES, text)

    async def kinds(self) -> tuple[str, str]:
        """How the lines about LCP and CLS stand now."""
        self.world.clock.advance(1)
        self.lab.tell()
        self.world.do(Observe(await self.watch.observations("production", 15), 15))
        return self.world.standing(LCP).kind, self.world.standing(CLS).kind


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found:
        yield found


@pytest.mark.browser
async def test_a_quick_page_keeps_the_lines_a_late_picture_breaks_lcp_and_a_banner_cls(site: Site) -> None:
    service = Service(bound(f"{site.url}/quick"))
    assert await service.kinds() == ("unproven", "unproven")
    assert "the lab has measured no page" in service.world.standing(LCP).reason
    for path, stand in {
        "/quick": ("kept", "kept"),
        "/late": ("broken", "kept"),
        "/moving": ("kept", "broken"),
        "/missing": ("unproven", "unproven"),
    }.items():
        service.bind(bound(f"{site.url}{path}"))
        service.lab.follow()
        assert service.lab.next() == "home", "it is another page now"
        check = await service.lab.check("home")
        assert service.lab.next() is None
        assert (path, await service.kinds()) == (path, stand), check
        if "unproven" not in stand:
            assert "(in the lab: no visitor reported in the last hour)" in service.world.standing(LCP).reason
    assert service.world.standing(INP).kind == "unbound", "a lab has no visitor who clicks"
    assert service.kept.rows["home"].problem == "it answered 503"


async def known(judges: str = "true") -> Service:
    """A service that was stopped after a check, and started again."""
    check = Check(World().clock.now(), "https://shop.example/", "desktop", (FAST,))
    kept = Remembered({"home": check})
    return Service(
        bound("https://shop.example/", '[vitals]\norigins = ["https://shop.example"]\n', judges), kept
    )


async def test_a_check_outlives_the_service_and_ages() -> None:
    service = await known()
    assert service.lab.next() is None
    assert await service.kinds() == ("kept", "kept")
    service.world.clock.advance(6 * 3600)
    assert service.lab.next() == "home"
    service.world.clock.advance(7 * 3600)
    assert await service.kinds() == ("unproven", "unproven"), "two rounds were missed"


async def test_one_that_is_not_bound_to_judge_is_shown_and_judges_nothing() -> None:
    service = await known("false")
    assert await service.kinds() == ("unproven", "unproven")
    answer = service.telemetry.instant(
        'lab_lcp_seconds{page="home",form="desktop"}', service.world.clock.now()
    )
    assert [one.value for one in answer] == [0.3]


async def test_visitors_come_before_the_lab_as_soon_as_they_report() -> None:
    service = await known()
    for views in (0.0, 0.0, 40.0, 40.0):
        slow = [
            Sample({"__name__": "web_vitals_lcp_seconds_bucket", "le": le}, count)
            for le, count in (("0.5", 0.0), ("1.5", views), ("+Inf", views))
        ]
        slow.append(Sample({"__name__": "web_vitals_lcp_seconds_count"}, views))
        service.world.clock.advance(15)
        service.telemetry.ingest(slow, service.world.clock.now(), {"environment": "production"})
        lcp, _ = await service.kinds()
        assert lcp == ("broken" if views else "kept")
    assert "in the lab" not in service.world.standing(LCP).reason


async def test_where_chromium_is_not_installed_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = await known()
    monkeypatch.setenv("PATH", str(tmp_path))
    check = await service.lab.check("home")
    assert check.problem == (
        "Chromium is not found on this machine: install the package chromium, or bind chromium = PATH"
    )
    assert await service.kinds() == ("unproven", "unproven")
    service.bind(bound("https://shop.example/").replace("[env", 'chromium = "/nowhere/chromium"\n[env', 1))
    check = await service.lab.check("home")
    assert check.problem.startswith("there is no program at /nowhere/chromium")
    assert service.lab.due("home") == after(check.at, 300), "somebody may be mending it"


async def test_what_somebody_asks_for_is_checked_next_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    service = await known()
    monkeypatch.setenv("PATH", "")
    assert service.lab.next() is None
    assert service.lab.ask("home")
    assert not service.lab.ask("home")
    assert service.lab.next() == "home"
    await service.lab.check("home")
    assert service.lab.next() is None
    assert service.lab.ask("home")


async def test_a_page_that_leaves_the_bindings_ends_in_telemetry() -> None:
    service = await known()
    await service.kinds()
    service.bind("[environments.production]\n")
    service.world.clock.advance(1)
    service.lab.follow()
    assert list(service.telemetry.instant("lab_lcp_seconds", service.world.clock.now())) == []
    assert service.lab.checks == {}


@pytest.mark.browser
async def test_a_service_that_stops_leaves_no_chromium_behind(site: Site) -> None:
    service, before = Service(bound(f"{site.url}/endless")), await asyncio.to_thread(_children)
    running = asyncio.create_task(service.lab.run())
    await asyncio.to_thread(eventually, lambda: "/endless" in site.asked, "the page is asked for")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await asyncio.to_thread(_children) <= before


def _children() -> set[tuple[str, str]]:
    """Processes that this one started and that are there still: other tests may have theirs."""
    started = set[tuple[str, str]]()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = entry.read_text().rpartition(")")
            if rest.split()[1] == str(os.getpid()):
                started.add((entry.parent.name, name))
    return started
