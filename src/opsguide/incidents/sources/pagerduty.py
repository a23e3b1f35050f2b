"""PagerDuty's Events API v2 (developer.pagerduty.com/docs/events-api-v2): trigger, acknowledge, resolve."""

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct, field

from ...guide.bindings import Source
from .told import Happening, Told, Unreadable

HAPPENED: dict[str, Happening] = {"trigger": "begun", "acknowledge": "acknowledged", "resolve": "over"}


class _Payload(Struct, rename={"kind": "class"}):
    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    component: str = ""
    group: str = ""
    kind: str = ""


class _Link(Struct):
    href: str
    text: str = ""


class Event(Struct):
    """What is sent to `/v2/enqueue`."""

    routing_key: str
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str = ""
    payload: _Payload | None = None
    client: str = ""
    links: list[_Link] = field(default_factory=list)


def decode(body: bytes) -> Event:
    """Raises Unreadable in PagerDuty's manner: by the field."""
    try:
        event = msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    if event.event_action == "trigger" and event.payload is None:
        raise Unreadable("`payload` is needed to trigger")
    if event.event_action != "trigger" and not event.dedup_key:
        raise Unreadable(f"`dedup_key` is needed to {event.event_action}")
    return event


class _Keyed(Struct):
    routing_key: str = ""


def routing_key(body: bytes) -> str:
    """The secret that an event carries itself; "" where it carries none."""
    try:
        return msgspec.json.decode(body, type=_Keyed).routing_key
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def dedup_key(event: Event) -> str:
    """The sender's own; else one that the same trouble gets each time, so that a retry opens nothing twice."""
    if event.dedup_key or event.payload is None:
        return event.dedup_key
    same = (event.payload.source, event.payload.component, event.payload.kind, event.payload.summary)
    return hashlib.sha256("\0".join(same).encode()).hexdigest()[:32]


def read(body: bytes, _source: Source) -> list[Told]:
    event = decode(body)
    payload = event.payload
    if payload is None:
        return [Told(key=event.dedup_key, happened=HAPPENED[event.event_action])]
    labels = {
        "source_host": payload.source,
        "component": payload.component,
        "group": payload.group,
        "class": payload.kind,
        "client": event.client,
    }
    return [
        Told(
            key=dedup_key(event),
            happened=HAPPENED[event.event_action],
            title=payload.summary,
            reason=f"{payload.summary} ({payload.source})",
            severity=payload.severity,
            labels={name: value for name, value in labels.items() if value},
            runbook=next((link.href for link in event.links), ""),
        )
    ]
