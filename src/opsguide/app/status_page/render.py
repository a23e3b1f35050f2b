"""The page as files: HTML, feeds, JSON, style and script. The same are served and written to a folder."""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

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


def file(name: str, body: bytes, tag: str = "") -> File:
    """`tag`: of the content that counts, where not all of it does (the time at which it was made)."""
    tag = tag or hashlib.sha256(body).hexdigest()[:20]
    return File(TYPES[Path(name).suffix], body, gzip.compress(body, 6, mtime=0), f'"{tag}"')


class Press:
    """Makes the files of a page. `subscribing`: whether there is somebody to take subscriptions."""

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
        self._assets = {
            name: file(name, found.read_bytes())
            for name in ("status.css", "status.js")
            if (found := STATIC / name).is_file()
        }

    def html(self, template: str, page: Page, **context: Any) -> str:
        """One of the templates; `up` leads from where it stands to the page's own folder."""
        frame: dict[str, Any] = {"page": page, "up": "", "live": False, "subscribing": False}
        return self._env.get_template(template).render(frame | context)

    def files(self, page: Page, *, live: bool, subscribing: bool = False) -> Files:
        """All of them. `live` is left out of the copy in a folder, where nobody streams and nobody subscribes."""
        recent = tuple(one for one in page.over if page.now - (one.ended or 0) < RECENT_DAYS * 86_400_000)
        flags = {"live": live, "subscribing": subscribing}
        made = {
            "index.html": self.html("page.html", page, recent=recent, days=RECENT_DAYS, **flags),
            "history.html": self.html("history.html", page, **flags),
        }
        for one in page.entries:
            made[f"incidents/{one.id}.html"] = self.html("entry.html", page, entry=one, up="../", **flags)
        return {
            **{name: file(name, text.encode()) for name, text in made.items()},
            "feed.atom": file("feed.atom", feeds.atom(page)),
            "feed.json": file("feed.json", feeds.json_feed(page)),
            "status.json": file("status.json", feeds.state(page)),
            **self._assets,
        }
