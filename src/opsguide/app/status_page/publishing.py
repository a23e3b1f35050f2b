"""Makes the page again whenever something changed, serves it, and writes it to its folder."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import uvicorn

from ...guide.bindings import Bindings, StatusPage
from ...guide.history import Stint
from ...kernel.clock import Clock, Instant
from ...kernel.engine import Engine
from ...kernel.errors import OpsguideError
from ...kernel.facts import Recorded
from ...kernel.part import Command
from ..core import history
from ..server import Server, address, bound_socket
from . import folder
from .announcing import Announcing, Post
from .asking import Asking
from .build import build
from .commands import Announce
from .desk import Desk
from .door import MOST_CONNECTIONS, bounded
from .messages import untold
from .model import Entry, Page
from .render import Press
from .site import Site
from .state import State
from .subscribers import Subscribers

log = logging.getLogger(__name__)

SOON_SECONDS = 1.0
"""What changes together is shown together, and a storm does not make the page a thousand times."""

AGAIN_SECONDS = 30.0
"""The page says as of when it is, so it is made again although nothing changed."""

STOP_SECONDS = 2

TIDY_MILLISECONDS = 3_600_000
"""Subscribers who never confirmed are forgotten once an hour."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What the page is made of and acts through, asked anew each time.

    `bindings` are those with addresses, `beside` is the folder from which a relative `status.folder` goes. `resolve`
    opens references of the bindings; `post` sends to webhooks.
    """

    engine: Callable[[], Engine]
    bindings: Callable[[], Bindings]
    changes: Callable[[], AsyncIterator[Sequence[Recorded]]]
    submit: Callable[[Command], Awaitable[object]]
    resolve: Callable[[str], str]
    post: Post
    clock: Clock
    beside: Path


class Publishing:
    """One for a service. Without `[status]` in the bindings it waits for one.

    What goes wrong is in `trouble`, and the rest goes on. `announcing` is the deed that tells subscribers.
    """

    def __init__(self, around: Around, subscribers: Subscribers) -> None:
        self._around = around
        self._press, self._kick = Press(), asyncio.Event()
        self._shown: bytes = b""
        self._page: Page | None = None
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._at: tuple[str, int] | None = None
        self.subscribers, self._tidied = subscribers, 0
        self.announcing = Announcing(
            page=self.page,
            bound=self.bound,
            resolve=around.resolve,
            post=around.post,
            subscribers=subscribers,
            clock=around.clock,
        )
        self.asking = Asking(
            bound=self.bound,
            resolve=around.resolve,
            post=around.post,
            subscribers=subscribers,
            clock=around.clock,
        )
        self._desk = Desk(
            page=lambda: self._page,  # the last one: whoever asks makes nothing
            bound=self.bound,
            asking=self.asking,
            subscribers=subscribers,
            press=self._press,
            clock=around.clock,
        )
        self.site = Site(self._desk)
        self.url = ""
        self.trouble: dict[str, str] = {}

    def bindings(self) -> Bindings:
        """Those in force, with addresses."""
        return self._around.bindings()

    def bound(self) -> StatusPage | None:
        return self.bindings().status

    def preview(self, page: Page, entry: Entry) -> str:
        """An incident as it will stand on the page, as HTML."""
        return self._press.html("foreseen.html", page, entry=entry)

    def page(self) -> Page | None:
        """As it is now; None where none is bound."""
        bindings = self._around.bindings()
        if bindings.status is None:
            return None
        engine = self._around.engine()

        def stints(promise: str, start: Instant, end: Instant) -> Sequence[Stint]:
            return history(engine, promise, start, end)

        return build(engine, bindings, stints, max(self._around.clock.now(), engine.at))

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
        async for _ in self._around.changes():
            self._kick.set()

    async def publish(self) -> None:
        """Make the page and put it everywhere."""
        page = self.page()
        bound = self._around.bindings().status
        await self._listen(bound)
        if page is None or bound is None:
            self._page = None
            self.site.publish({}, tell=False)
            return
        seen = _essence(page)
        self._page = page
        subscribing = self._desk.is_open
        # In a thread, as all that takes long: the loop is for who pages.
        files = await asyncio.to_thread(self._press.files, page, live=True, subscribing=subscribing)
        self.site.publish(files, tell=seen != self._shown)
        self._shown = seen
        await self._announce(page)
        if bound.folder is not None:
            await asyncio.to_thread(self._write, bound.folder, page)
        else:
            self.trouble.pop("folder", None)

    async def _announce(self, page: Page) -> None:
        """What is new goes to the subscribers: on the ledger first, then by the deed `announce`."""
        if not self._desk.is_open:
            return
        state: State = self._around.engine().state("status_page")
        if new := untold(page, state.told):
            await self._around.submit(Announce(tuple(one.id for one in new)))
        if page.now - self._tidied > TIDY_MILLISECONDS:
            self._tidied = page.now
            await asyncio.to_thread(self.subscribers.tidy, page.now)

    def _write(self, where: str, page: Page) -> None:
        try:
            folder.write(self._around.beside / where, self._press.files(page, live=False))
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
        proxies = list(self._around.bindings().serve.trusted_proxies)
        config = uvicorn.Config(
            self.site,
            http=bounded(MOST_CONNECTIONS),
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
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
