"""The demo's telephone: a webhook receiver on loopback that says which pages were delivered, and to whom."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from .ports import HOST

LARGEST_PAGE_BYTES = 65_536
SHOWN_LINES = 8


class Page(Struct, frozen=True):
    """What Apprise's `json://` sends; it sends more."""

    title: str = ""
    message: str = ""


def told(person: str, page: Page) -> str:
    """How a page is shown in the terminal."""
    head, *more = [line for line in f"{page.title}\n{page.message}".splitlines() if line.strip()] or [
        "(empty)"
    ]
    return "\n".join(
        [f"☎ page delivered to {person}: {head}", *(f"    {line}" for line in more[:SHOWN_LINES])]
    )


class Phone(ThreadingHTTPServer):
    """`POST /ana` is a call to Ana. Runs in a thread; `say` gets the text of each page."""

    daemon_threads = True

    def __init__(self, port: int, say: Callable[[str], None]) -> None:
        super().__init__((HOST, port), Call)
        self.say = say
        self.delivered = 0
        self._thread = threading.Thread(target=self.serve_forever, name="phone", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()


class Call(BaseHTTPRequestHandler):
    """One request."""

    timeout = 10
    server: Phone

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_PAGE_BYTES:
            self.send_error(413)
            return
        try:
            page = msgspec.json.decode(self.rfile.read(int(length)), type=Page)
        except msgspec.DecodeError:
            self.send_error(400)
            return
        self.server.delivered += 1
        person = unquote(urlsplit(self.path).path).strip("/") or "somebody"
        self.server.say(told(person.capitalize(), page))
        self.send_response(204)
        self.end_headers()

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing: the page itself is said."""
