"""The console of a test's service on a port of its own, for a real browser."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any

import uvicorn

from opsguide.kernel.standing import EvidenceRecorded, Verdict
from tests.web.served import Served

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""What Chromium is started with."""


class Running:
    """The console on a port of its own, in a thread with a loop of its own."""

    def __init__(self, served: Served) -> None:
        self.served = served
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(served.app, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self.loop = asyncio.new_event_loop()
        serving = self._server.serve(sockets=[listening])
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(serving,))
        self._thread.start()

    def do(self, doing: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self.loop).result(10)

    def see(self, promise: str, verdict: Verdict, value: str, limit: str) -> None:
        seen = EvidenceRecorded(promise, verdict, "measured", 3600, value, limit)
        self.do(self.served.decider.record(seen, subject=f"promise:{promise}"))

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        if not self.loop.is_closed():
            self.loop.close()
