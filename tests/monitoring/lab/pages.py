"""Pages with known faults, served on loopback: a late picture, a late banner, a busy script, one that never ends."""

import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from tests.service.scene import Quiet

LATE_SECONDS = 1.5

HEAD = "<!doctype html><html lang=en><title>Shop</title><body style='margin:0'>"
PAGES = {
    "/quick": HEAD + "<h1>Shop</h1><p>All that there is, at once.</p>",
    "/late": HEAD + "<h1>Shop</h1><img src=/picture.png alt='' width=400 height=400>",
    "/moving": HEAD + "<h1>Shop</h1><div style='height:600px;background:#ddd'>Goods</div><script>"
    "addEventListener('load', () => setTimeout(() => { const banner = document.createElement('div');"
    " banner.style.height = '300px'; document.body.prepend(banner) }, 300))</script>",
    "/busy": HEAD + "<h1>Shop</h1><script>addEventListener('load', () => setTimeout(() => {"
    " const end = performance.now() + 600; while (performance.now() < end); }, 400))</script>",
    "/broken": HEAD + "<h1>Shop</h1><script>console.error('no stock');throw new Error('no cart')</script>"
    "<img src=http://169.254.169.254/latest/meta-data alt=''><img src=/gone.png?token=hunter2 alt=''>",
    "/greedy": HEAD
    + "<h1>Shop</h1><script>window.kept = []; setInterval(() => kept.push(new Uint8Array(2e7).fill(1)), 5)"
    "</script><img src=/never alt=''>",
    "/styled": HEAD + "<link rel=stylesheet href=/style.css><h1>Shop</h1>",
    "/endless": HEAD + "<h1>Shop</h1><img src=/never alt=''>",
}


class Site:
    """`asked` are the paths that were asked for, `agents` by whom."""

    def __init__(self) -> None:
        self.asked = list[str]()
        self.agents = set[str]()
        self._over = threading.Event()
        site, picture = self, _picture(300)

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # noqa: N802
                path = self.path.partition("?")[0]
                site.asked.append(path)
                site.agents.add(self.headers["User-Agent"])
                if path == "/never":
                    site._over.wait(30)
                    self.close_connection = True
                elif path == "/picture.png":
                    time.sleep(LATE_SECONDS)
                    self.answer(200, picture)
                elif path == "/style.css":
                    self.send_response(200)
                    self.send_header("Cache-Control", "max-age=86400")
                    self.send_header("Content-Type", "text/css")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif path == "/elsewhere":
                    self.send_response(302)
                    self.send_header("Location", "http://169.254.169.254/latest/meta-data")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif path in PAGES:
                    self.answer(200, PAGES[path].encode())
                else:
                    self.answer(204 if path == "/favicon.ico" else 503)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def a_site() -> Iterator[Site]:
    found = Site()
    try:
        yield found
    finally:
        found.close()


def _picture(side: int) -> bytes:
    """Noise, as PNG: it does not get smaller by packing, so it counts as content."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(3 * side) for _ in range(side))
    head = struct.pack("!IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
