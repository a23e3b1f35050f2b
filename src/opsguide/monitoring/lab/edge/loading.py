"""One load of a page: caches cold, as a phone or as a desk, until it is quiet; what it took, and what went wrong."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..checks import Load, blocking
from .browser import Browser, LabError
from .door import Door


class Line(NamedTuple):
    """A network and a processor, as Chromium slows them down: milliseconds, bits a second, how many times slower."""

    latency: float
    down: float
    up: float
    slower: int


class Device(NamedTuple):
    """A screen in CSS pixels, with what a user agent says of it; `line` None: nothing is slowed down."""

    width: int
    height: int
    scale: float
    mobile: bool
    agent: str
    line: Line | None


# Lighthouse's Slow 4G as it applies it itself (throttlingMethod devtools): 150 ms, 1.6 Mbit/s down and 750 kbit/s up,
# with its factors for latency (3.75: Chromium adds it to requests, not to packets) and throughput (0.9).
# github.com/GoogleChrome/lighthouse: docs/throttling.md, core/config/constants.js.
SLOW_4G = Line(150 * 3.75, 1.6 * 1024 * 1024 * 0.9, 750 * 1024 * 0.9, 4)
DEVICES = {
    "mobile": Device(412, 823, 1.75, True, "Linux; Android 11; moto g power (2022)", SLOW_4G),
    "desktop": Device(1350, 940, 1, False, "", None),
}

QUIET_SECONDS = 5.25
"""So long nothing loads and no task takes long in a page that is quiet: as Lighthouse, where it slows down itself."""

NOISY_SECONDS = 20.0
"""So long quiet is waited for once it has loaded: some pages never are."""

LOOK_SECONDS = 0.1
MOST_OPEN = 2
"""So many requests may be under way in a quiet page: live pages listen all the time."""

MOST_SAID, MOST_TEXT = 20, 300


@dataclass
class _Seen:
    """What Chromium tells of a page and its frames while it loads."""

    now: Any
    open: set[tuple[str, str]] = field(default_factory=set)
    active: float = 0.0
    loaded: bool = False
    status: int = 0
    loader: str = ""
    bytes: int = 0
    requests: int = 0
    errors: int = 0
    said: list[str] = field(default_factory=list)
    crashed: bool = False

    def hear(self, session: str, method: str, told: Mapping[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self._asked(session, told)
            case "Network.responseReceived" if told.get("requestId") == self.loader:
                self.status = int(told["response"]["status"])
            case "Network.loadingFinished" | "Network.loadingFailed":
                self.open.discard((session, told["requestId"]))
                self.bytes += int(told.get("encodedDataLength", 0))
                self.active = self.now()
            case "Page.loadEventFired":
                self.loaded, self.active = True, self.now()
            case "Inspector.targetCrashed":
                self.crashed = True
            case "Runtime.exceptionThrown":
                self._complain(_of_exception(told["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "assert"):
                self._complain(" ".join(map(_argument, told["args"])))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self._complain(_at(told["entry"]["text"], told["entry"].get("url", "")))

    def _asked(self, session: str, told: Mapping[str, Any]) -> None:
        if not told["request"]["url"].startswith(("http:", "https:")):
            return  # data: and blob: are in the page already
        if told.get("type") == "Document" and told["requestId"] == told.get("loaderId") and not self.loaded:
            self.loader = self.loader or told["requestId"]
        if "redirectResponse" in told:
            self.bytes += int(told["redirectResponse"].get("encodedDataLength", 0))
        self.requests += 1
        self.open.add((session, told["requestId"]))
        self.active = self.now()

    def _complain(self, text: str) -> None:
        self.errors += 1
        if len(self.said) < MOST_SAID:
            self.said.append(text[:MOST_TEXT])


def _of_exception(details: Mapping[str, Any]) -> str:
    said = str(details.get("exception", {}).get("description") or details.get("text", ""))
    return _at(said.partition("\n")[0], details.get("url", ""))


def _argument(argument: Mapping[str, Any]) -> str:
    return str(argument.get("value", argument.get("description", argument.get("type", "")))).partition("\n")[
        0
    ]


def _at(text: str, url: str) -> str:
    """With where it comes from; what stands in a query may be somebody's."""
    where = url.partition("?")[0].partition("#")[0]
    return f"{text} ({where})" if where and not where.startswith("data:") else text


@dataclass(kw_only=True)
class Loading:
    """Loads of one page in one Chromium. `script` measures, from within the page (console/lab.ts)."""

    browser: Browser
    door: Door
    page: str
    form: str
    script: str
    quiet: float = QUIET_SECONDS

    async def once(self, timeout: float) -> Load:  # noqa: ASYNC109
        """Raises LabError where the page was not loaded within `timeout` seconds, or not at all."""
        loop = asyncio.get_running_loop()
        self.door.forget()
        made = await self.browser.ask(
            "Target.createBrowserContext",
            disposeOnDetach=True,
            proxyServer=f"socks5://127.0.0.1:{self.door.port}",
            proxyBypassList="<-loopback>",
        )
        context = made["browserContextId"]
        try:
            opened = await self.browser.ask(
                "Target.createTarget", url="about:blank", browserContextId=context
            )
            attached = await self.browser.ask(
                "Target.attachToTarget", targetId=opened["targetId"], flatten=True
            )
            session = attached["sessionId"]
            seen = _Seen(loop.time)
            self.browser.heard = lambda *told: self._heard(seen, *told)
            await self._dress(session)
            await self._navigate(session, seen, timeout)
            return await self._settled(session, seen)
        finally:
            self.browser.heard = lambda *_told: None
            if not self.browser.ended.is_set():
                self.browser.tell("Target.disposeBrowserContext", browserContextId=context)

    def _heard(self, seen: _Seen, session: str, method: str, told: Mapping[str, Any]) -> None:
        if method == "Target.attachedToTarget":
            # A frame of another site, or a worker: it is slowed down and counted as the page is, then it may begin.
            inner = told["sessionId"]
            self._watch(inner)
            self.browser.tell("Runtime.runIfWaitingForDebugger", inner)
        elif method == "Page.javascriptDialogOpening":
            self.browser.tell("Page.handleJavaScriptDialog", session, accept=False)
        else:
            seen.hear(session, method, told)

    def _watch(self, session: str) -> None:
        line = DEVICES[self.form].line
        for method in ("Network.enable", "Runtime.enable", "Log.enable", "Inspector.enable"):
            self.browser.tell(method, session)
        if line is not None:
            self.browser.tell(
                "Network.emulateNetworkConditions",
                session,
                offline=False,
                latency=line.latency,
                downloadThroughput=line.down / 8,
                uploadThroughput=line.up / 8,
            )
            self.browser.tell("Emulation.setCPUThrottlingRate", session, rate=line.slower)
        self.browser.tell(
            "Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )

    async def _dress(self, session: str) -> None:
        """Make it the device, and have it measured from the start."""
        device, browser = DEVICES[self.form], self.browser
        self._watch(session)
        browser.tell("Page.enable", session)
        browser.tell("Browser.setDownloadBehavior", behavior="deny")
        browser.tell(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=device.width,
            height=device.height,
            deviceScaleFactor=device.scale,
            mobile=device.mobile,
        )
        if device.agent:
            major = browser.version.rpartition("/")[2].partition(".")[0]
            agent = (
                f"Mozilla/5.0 ({device.agent}) AppleWebKit/537.36 (KHTML, like Gecko)"
                f" Chrome/{major}.0.0.0 Mobile Safari/537.36"
            )
            browser.tell("Emulation.setUserAgentOverride", session, userAgent=agent)
            browser.tell("Emulation.setTouchEmulationEnabled", session, enabled=True)
        await browser.ask("Page.addScriptToEvaluateOnNewDocument", session, source=self.script)

    async def _navigate(self, session: str, seen: _Seen, timeout: float) -> None:  # noqa: ASYNC109
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        going = asyncio.create_task(self._go(session))
        try:
            while not seen.loaded or not going.done():
                if going.done():
                    going.result()
                if self.browser.ended.is_set() or seen.crashed:
                    raise LabError(self.browser.why if self.browser.ended.is_set() else "the page crashed")
                if loop.time() > until:
                    raise LabError(f"it did not load within {timeout:g} s")
                await asyncio.sleep(LOOK_SECONDS / 4)
            going.result()
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
        if seen.status >= 400:
            raise LabError(f"it answered {seen.status}")

    async def _go(self, session: str) -> None:
        told = await self.browser.ask("Page.navigate", session, url=self.page)
        if error := told.get("errorText"):
            host = urlsplit(self.page).hostname or ""
            known = self.door.problems.get(host) or next(iter(self.door.problems.values()), "")
            if known and "SOCKS" in error:
                raise LabError(known)
            raise LabError(f"it could not be opened: {str(error).removeprefix('net::')}")

    async def _settled(self, session: str, seen: _Seen) -> Load:
        """What it took, once nothing goes on in it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + max(NOISY_SECONDS, 2 * self.quiet)
        before = False
        while True:
            told = await self._measured(session)
            is_over = loop.time() > until
            if seen.crashed:
                raise LabError("the page crashed")
            if told is None and is_over:
                raise LabError("what it shows is no page that can be measured")
            if told is None:
                await asyncio.sleep(LOOK_SECONDS)  # it has just gone on to another page
                continue
            is_idle = len(seen.open) <= MOST_OPEN and loop.time() - seen.active >= self.quiet
            is_quiet = is_idle and told["since"] / 1000 >= self.quiet
            # Twice: a task that was over just now is told of a moment later.
            if (is_quiet and before) or is_over:
                return _load(told, seen, self.door, quiet=is_quiet)
            before = is_quiet
            await asyncio.sleep(LOOK_SECONDS)

    async def _measured(self, session: str) -> Mapping[str, Any] | None:
        """What the page tells of itself (console/lab.ts); None while there is none that could."""
        try:
            answer = await self.browser.ask(
                "Runtime.evaluate", session, expression="__opsguideLab()", returnByValue=True
            )
        except LabError:
            if self.browser.ended.is_set():
                raise
            return None
        told = answer["result"].get("value")
        return told if isinstance(told, dict) else None


def _load(told: Mapping[str, Any], seen: _Seen, door: Door, *, quiet: bool) -> Load:
    fcp = _seconds(told["fcp"])
    refused = tuple(f"refused: {door.problems[host]}" for host in sorted(door.refused))
    return Load(
        lcp=_seconds(told["lcp"]),
        cls=told["cls"],
        fcp=fcp,
        ttfb=_seconds(told["ttfb"]),
        tbt=blocking([(begins / 1000, lasts / 1000) for begins, lasts in told["tasks"]], fcp),
        bytes=seen.bytes,
        requests=seen.requests,
        errors=seen.errors,
        said=(*refused, *seen.said),
        quiet=quiet,
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
