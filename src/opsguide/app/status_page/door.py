"""How many may read at once. The page is served by the process that pages, and shares its open files."""

import asyncio
import resource

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = max(64, min(4_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2))
"""Half of the files that this process may have open: the rest is for who scrapes, probes and pages."""

MOST_STREAMS = MOST_CONNECTIONS // 2
"""Open streams; more than these look again each minute."""


def bounded(most: int) -> type[HttpToolsProtocol]:
    """uvicorn's own, which hangs up where so many are connected, and on who connects and says nothing."""

    class Bounded(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
                return
            # It waits only between requests by itself; any byte ends the wait.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    return Bounded
