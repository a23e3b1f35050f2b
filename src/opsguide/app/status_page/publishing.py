"""Makes the page again whenever something changed, serves it, and writes it to its folder."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import uvicorn

from ...guide.bindings import Bindings, StatusPage
from ...guide.history import Stint
from ...kernel.clock import Clock, Instant
from ...kernel.engine import Engine
from ...kernel.errors import OpsguideError
from ...kernel.facts import Recorded
from ...web.pages import Pages
from ..core import history
from ..server import Server, address, bound_socket
from . import folder
from .build import build
from .model import Page
from .render import Press
from .site import Site

log = logging.getLogger(__name__)

SOON_SECONDS = 1.0
"""What changes together is shown together, and a storm does not make the page a thousand times."""

AGAIN_SECONDS = 30.0
"""The page says as of when it is, so it is made again although nothing changed."""

STOP_SECONDS = 2


class Publishing:
    """One for a service. Without `[status]` in the bindings it waits for one.

    `engine`, `bindings` (with addresses) and `service` (its name) are asked anew each time; `beside` is the folder
    from which a relative `status.folder` goes. What goes wrong is in `trouble`, and the rest goes on.
    """

    def __init__(
        self,
        *,
        engine: Callable[[], Engine],
        bindings: Callable[[], Bindings],
        service: Callable[[], str],
        changes: Callable[[], AsyncIterator[Sequence[Recorded]]],
        clock: Clock,
        beside: Path,
    ) -> None:
        self._engine, self._bindings, self._service = engine, bindings, service
        self._changes, self._clock, self._beside = changes, clock, beside
        self._press, self._kick = Press(), asyncio.Event()
        self._shown: bytes = b""
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._at: tuple[str, int] | None = None
        self.site = Site()
        self.url = ""
        self.trouble: dict[str, str] = {}

    @property
    def pages(self) -> Pages:
        """What it adds to the console: its trouble, where the service's health is told."""
        return Pages("status_page", notes=lambda _: self.trouble.values())

    def page(self) -> Page | None:
        """As it is now; None where none is bound."""
        bindings = self._bindings()
        if bindings.status is None:
            return None
        engine = self._engine()

        def stints(promise: str, start: Instant, end: Instant) -> Sequence[Stint]:
            return history(engine, promise, start, end)

        return build(engine, bindings, self._service(), stints, self._clock.now())

    async def run(self) -> None:
        """Until cancelled."""
        heard = asyncio.create_task(self._hear())
        try:
            while True:
                await self._safely()
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_SECONDS):
                        await self._kick.wait()
                await asyncio.sleep(SOON_SECONDS)
                self._kick.clear()
        finally:
            heard.cancel()
            await self._stop()

    async def _safely(self) -> None:
        """A page that cannot be made is a trouble of its own: it must never stop what pages people."""
        try:
            await self.publish()
            self.trouble.pop("page", None)
        except Exception as error:  # the one place of this edge: the last good page stays, and health says so
            self._complain(
                "page", f"the status page cannot be made ({type(error).__name__}); the last one stays"
            )
            log.debug("the status page", exc_info=error)

    async def _hear(self) -> None:
        async for _ in self._changes():
            self._kick.set()

    async def publish(self) -> None:
        """Make the page and put it everywhere."""
        page = self.page()
        bound = self._bindings().status
        await self._listen(bound)
        if page is None or bound is None:
            self.site.publish({}, tell=False)
            return
        seen = _essence(page)
        self.site.publish(self._press.files(page, live=True), tell=seen != self._shown)
        self._shown = seen
        if bound.folder is not None:
            await asyncio.to_thread(self._write, bound.folder, page)
        else:
            self.trouble.pop("folder", None)

    def _write(self, where: str, page: Page) -> None:
        try:
            folder.write(self._beside / where, self._press.files(page, live=False))
            self.trouble.pop("folder", None)
        except OSError as error:
            reason = error.strerror or error
            self._complain("folder", f"the status page cannot be written to {where}: {reason}")

    def _complain(self, about: str, what: str) -> None:
        if self.trouble.get(about) != what:
            log.warning("%s", what)
        self.trouble[about] = what

    # Its own address

    async def _listen(self, bound: StatusPage | None) -> None:
        """Listen where the bindings say, and nowhere else. A taken port is tried again with the next page."""
        wanted = (bound.listen, bound.port) if bound is not None else None
        lives = self._serving is not None and not self._serving.done()
        if wanted == self._at and (lives or wanted is None):
            return
        await self._stop()
        self.trouble.pop("port", None)
        if wanted is None:
            return
        try:
            listening = bound_socket(*wanted)
        except OpsguideError as error:
            self._complain("port", f"the status page is not served: {error.what}; see [status] port")
            return
        self._at = wanted
        self.url = address(*listening.getsockname()[:2])
        config = uvicorn.Config(
            self.site,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self.site.open()
        self._server = Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def _stop(self) -> None:
        self.site.close()
        server, serving, self._server, self._serving = self._server, self._serving, None, None
        self._at, self.url = None, ""
        if server is None or serving is None:
            return
        server.stop()
        await asyncio.gather(serving, return_exceptions=True)


def _essence(page: Page) -> bytes:
    """What somebody who has the page open wants to be told of: not that time goes by."""
    still = [msgspec.structs.replace(one, days=(), uptime=None) for one in page.components]
    return msgspec.json.encode(msgspec.structs.replace(page, now=0, components=tuple(still)))
