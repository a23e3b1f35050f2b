"""The page as files: HTML, feeds, JSON, style and script. The same are served and written to a folder."""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from ...kernel.clock import rfc3339
from ...web.shell import STATIC
from . import feeds, words
from .model import Page

HERE = Path(__file__).parent
RECENT_DAYS = 14
"""Incidents that are over stay on the page for so long; the page History has those of ninety days."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


class File(Struct, frozen=True):
    """One file of the page, as it is sent: `packed` by gzip; `tag` tells this content from another one."""

    type: str
    body: bytes
    packed: bytes
    tag: str


Files: TypeAlias = Mapping[str, File]
"""By their paths below the page's address: `index.html`, `incidents/ID.html`."""


def file(name: str, body: bytes) -> File:
    tag = hashlib.sha256(body).hexdigest()[:20]
    return File(TYPES[Path(name).suffix], body, gzip.compress(body, 6, mtime=0), f'"{tag}"')


class Press:
    """Makes the files of a page. `subscribing`: whether there is somebody to take subscriptions.

    The page of an incident that is over does not change, so it is made once.
    """

    def __init__(self) -> None:
        self._env = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.globals |= {"words": words, "rfc3339": rfc3339}
        self._over: dict[bool, dict[bytes, File]] = {}
        self._assets = {
            name: file(name, found.read_bytes())
            for name in ("status.css", "status.js")
            if (found := STATIC / name).is_file()
        }

    def html(self, template: str, page: Page, **context: Any) -> str:
        """One of the templates; `up` leads from where it stands to the page's own folder."""
        frame: dict[str, Any] = {
            "page": page,
            "up": "",
            "live": False,
            "subscribing": False,
            "settled": False,
        }
        return self._env.get_template(template).render(frame | context)

    def files(self, page: Page, *, live: bool, subscribing: bool = False) -> Files:
        """All of them. `live` is left out of the copy in a folder, where nobody streams and nobody subscribes."""
        recent = tuple(one for one in page.over if page.now - (one.ended or 0) < RECENT_DAYS * 86_400_000)
        flags = {"live": live, "subscribing": subscribing}
        made = {
            "index.html": self.html("page.html", page, recent=recent, days=RECENT_DAYS, **flags),
            "history.html": self.html("history.html", page, **flags),
        }
        return {
            **{name: file(name, text.encode()) for name, text in made.items()},
            **self._incidents(page, flags),
            "feed.atom": file("feed.atom", feeds.atom(page)),
            "feed.json": file("feed.json", feeds.json_feed(page)),
            "status.json": file("status.json", feeds.state(page)),
            **self._assets,
        }

    def _incidents(self, page: Page, flags: dict[str, bool]) -> Files:
        """A page for each."""
        before, kept, made = self._over.get(flags["live"], {}), dict[bytes, File](), dict[str, File]()
        frame = (page.title, page.contact, page.zone, flags)
        for one in page.entries:
            name, settled = f"incidents/{one.id}.html", one.ended is not None
            key = msgspec.json.encode((one, frame)) if settled else b""
            found = before.get(key)
            if found is None:
                html = self.html("entry.html", page, entry=one, up="../", settled=settled, **flags)
                found = file(name, html.encode())
            made[name] = found
            if settled:
                kept[key] = found
        self._over[flags["live"]] = kept
        return made
