"""The page for programs: Atom (RFC 4287), JSON Feed 1.1, and its state as JSON. Ids are stable."""

import re
import uuid
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
from msgspec import Struct

from ...kernel.clock import Instant, rfc3339, rfc3339_or_none
from . import words
from .model import Component, Entry, Page, Planned, Said

ATOM = "http://www.w3.org/2005/Atom"
MOST_ITEMS = 50

# What XML 1.0 cannot hold at all, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Item(Struct, frozen=True):
    """An incident or planned maintenance, as feeds have it. `place` is its address below the page's."""

    id: str
    place: str
    title: str
    text: str
    published: Instant
    updated: Instant
    tags: tuple[str, ...]


def items(page: Page) -> list[Item]:
    """Newest change first."""
    found = [*(_of_entry(page, one) for one in page.entries), *_of_planned(page)]
    return sorted(found, key=lambda item: (-item.updated, item.id))[:MOST_ITEMS]


def _of_entry(page: Page, one: Entry) -> Item:
    said = [f"{words.PHASES[up.phase]} – {_when(up, page)}\n{up.text}" for up in one.updates]
    state = "Resolved: " if one.ended is not None else ""
    return Item(
        id=_urn("incident", one.id),
        place=f"incidents/{one.id}.html",
        title=state + one.title,
        text="\n\n".join(said),
        published=one.started,
        updated=one.updated,
        tags=one.components,
    )


def _when(one: Said, page: Page) -> str:
    corrected = f", corrected {words.when(one.corrected, page)}" if one.corrected is not None else ""
    return f"{words.when(one.at, page)}{corrected}"


def _of_planned(page: Page) -> Iterator[Item]:
    """Only what was announced: regular windows would be a new item each week."""
    for one in page.planned:
        if one.announced is not None:
            text = "\n\n".join(part for part in (words.span(one, page), one.text) if part)
            yield Item(
                id=_urn("maintenance", one.id),
                place="index.html#maintenance",
                title=f"Maintenance: {one.title}",
                text=text,
                published=one.announced,
                updated=one.changed or one.announced,
                tags=one.components,
            )


def _urn(kind: str, name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"opsguide:status/{kind}/{name}").urn


def _address(page: Page, place: str) -> str:
    """Whole where the page knows its own; else it goes from the feed's."""
    return f"{page.url}/{place}" if page.url else place


def atom(page: Page) -> bytes:
    """The feed as XML."""
    feed = ElementTree.Element("feed", {"xmlns": ATOM})
    shown = items(page)
    _add(feed, "id", _urn("page", page.url or page.title))
    _add(feed, "title", f"{page.title} status")
    _add(feed, "updated", rfc3339(max((item.updated for item in shown), default=page.since)))
    _add(feed, "link", rel="self", href=_address(page, "feed.atom"))
    _add(feed, "link", rel="alternate", type="text/html", href=_address(page, "index.html"))
    _add(ElementTree.SubElement(feed, "author"), "name", page.title)
    for item in shown:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "id", item.id)
        _add(entry, "title", item.title)
        _add(entry, "published", rfc3339(item.published))
        _add(entry, "updated", rfc3339(item.updated))
        _add(entry, "link", rel="alternate", type="text/html", href=_address(page, item.place))
        for tag in item.tags:
            _add(entry, "category", term=tag)
        _add(entry, "content", item.text, type="text")
    ElementTree.indent(feed, "")
    text: str = ElementTree.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> None:
    clean = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, name, clean)
    if text:
        element.text = _NOT_XML.sub("", text)


def json_feed(page: Page) -> bytes:
    """The same as a JSON Feed."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{page.title} status",
        "items": [
            {
                "id": item.id,
                "url": _address(page, item.place),
                "title": item.title,
                "content_text": item.text,
                "date_published": rfc3339(item.published),
                "date_modified": rfc3339(item.updated),
                "tags": list(item.tags),
            }
            for item in items(page)
        ],
    }
    if page.url:
        feed |= {"home_page_url": f"{page.url}/", "feed_url": f"{page.url}/feed.json"}
    return msgspec.json.format(msgspec.json.encode(feed), indent=1)


def state(page: Page) -> bytes:
    """How it is now, for programs: docs/how-to/status-page.md describes it."""
    found = {
        "title": page.title,
        "as_of": rfc3339(page.now),
        "status": page.overall,
        "says": words.headline(page),
        "components": [_component(one) for one in page.components],
        "incidents": [_incident(one) for one in page.entries],
        "maintenance": [_maintenance(one) for one in page.planned],
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1)


def _component(one: Component) -> dict[str, Any]:
    return {
        "id": one.name,
        "label": one.label,
        "group": one.group,
        "status": words.state(one)[0],
        "since": rfc3339_or_none(one.since),
        "uptime": one.uptime,
        "known_days": one.known_days,
        "days": [
            {
                "day": day.day.isoformat(),
                "status": words.LEVELS[day.level][0],
                "down_seconds": day.down,
                "degraded_seconds": day.degraded,
                "maintenance_seconds": day.maintenance,
                "unknown_seconds": day.unknown,
            }
            for day in one.days
        ],
    }


def _incident(one: Entry) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "components": one.components,
        "started": rfc3339(one.started),
        "ended": rfc3339_or_none(one.ended),
        "updates": [
            {
                "id": up.id,
                "at": rfc3339(up.at),
                "phase": up.phase,
                "text": up.text,
                "corrected": rfc3339_or_none(up.corrected),
            }
            for up in one.updates
        ],
    }


def _maintenance(one: Planned) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "text": one.text,
        "start": rfc3339(one.start),
        "end": rfc3339(one.end),
        "components": one.components,
    }
