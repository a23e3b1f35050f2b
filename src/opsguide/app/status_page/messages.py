"""What subscribers get: one message for each public update, and for maintenance that is announced, moved,
cancelled, or begins soon.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ...kernel.clock import Instant, after, rfc3339
from . import words
from .model import Page, Planned

TOLD_WITHIN_SECONDS = 3600.0
"""What is older when it is first seen is not told any more: subscriptions may have been bound just now."""


class Message(Struct, frozen=True):
    """`id` is stable; `kind` is for programs; `place` its address below the page's."""

    id: str
    kind: str
    title: str
    state: str
    text: str
    place: str
    at: Instant
    components: tuple[str, ...]


def messages(page: Page) -> Iterator[Message]:
    """Everything that is public and can be told, the oldest first."""
    found = [*_of_entries(page), *_of_planned(page)]
    yield from sorted(found, key=lambda one: (one.at, one.id))


def untold(page: Page, told: dict[str, Instant]) -> list[Message]:
    """What is to be told now."""
    since = after(page.now, -TOLD_WITHIN_SECONDS)
    return [one for one in messages(page) if one.id not in told and one.at >= since]


def _of_entries(page: Page) -> Iterator[Message]:
    for entry in page.entries:
        for said in entry.updates:
            told = Message(
                id=said.id,
                kind="incident.updated",
                title=entry.title,
                state=words.PHASES[said.phase],
                text=said.text,
                place=f"incidents/{entry.id}.html",
                at=said.at,
                components=entry.components,
            )
            yield told
            if said.corrected is not None:
                yield replace(
                    told,
                    id=f"{said.id}-{said.corrected}",
                    kind="incident.corrected",
                    state=f"{told.state}, corrected",
                    at=said.corrected,
                )


def _of_planned(page: Page) -> Iterator[Message]:
    for one in page.planned:
        if one.announced is not None and one.changed is not None:
            moved = one.changed != one.announced
            yield Message(
                id=f"{one.id}-{one.changed}",
                kind="maintenance.changed" if moved else "maintenance.announced",
                title=one.title,
                state="Maintenance, changed" if moved else "Maintenance",
                text="\n\n".join(part for part in (words.span(one, page), one.text) if part),
                place="index.html#maintenance",
                at=one.changed,
                components=one.components,
            )
        if one.reminded is not None:
            yield _again(one, page, "reminder", "Maintenance, soon", one.reminded)
    for one in page.called_off:
        if one.cancelled is not None:
            yield _again(one, page, "cancelled", "Maintenance, cancelled", one.cancelled)


def _again(one: Planned, page: Page, what: str, state: str, at: Instant) -> Message:
    """Of what was announced before."""
    return Message(
        id=f"{one.id}-{what}",
        kind=f"maintenance.{what}",
        title=one.title,
        state=state,
        text="\n\n".join(part for part in (words.span(one, page), one.text) if part),
        place="index.html#maintenance",
        at=at,
        components=one.components,
    )


def _line(text: str) -> str:
    """A header has one line."""
    return " ".join(text.split())


def as_mail(message: Message, page: Page, sender: str, to: str, unsubscribe: str) -> EmailMessage:
    """With the links by which mail programs unsubscribe at once (RFC 2369, RFC 8058)."""
    about = f"\n\nAffected: {', '.join(message.components)}" if message.components else ""
    text = (
        f"{message.title}\n{message.state}, {words.when(message.at, page)}\n\n{message.text}{about}\n\n"
        f"{page.url}/{message.place}\n"
    )
    subject = f"[{page.title} status] {message.title}: {message.state}"
    mail = _mail(page, sender, to, subject, f"{text}\n-- \nNo more of these: {unsubscribe}\n")
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["List-Id"] = f"<status.{Address(addr_spec=sender).domain}>"
    mail["Precedence"] = "list"
    mail["Message-ID"] = f"<{message.id}.{_digest(to)}@{Address(addr_spec=sender).domain}>"
    return mail


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def confirmation(page: Page, sender: str, to: str, link: str) -> EmailMessage:
    """The first message: nothing more comes unless they press the button behind its link."""
    text = (
        f"Somebody, probably you, asked for updates of {page.title} status at this address.\n\n"
        f"To get them, open this within two days and press the button:\n{link}\n\n"
        "If it was not you, do nothing: no further message comes.\n"
    )
    return _mail(page, sender, to, f"[{page.title} status] Confirm your subscription", text)


def _mail(page: Page, sender: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = Address(_line(f"{page.title} status"), addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = _line(subject)
    mail["Date"] = words.moment(page.now, page)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def as_json(message: Message, page: Page) -> bytes:
    """The body of a webhook, in the form of Standard Webhooks."""
    return msgspec.json.encode(
        {
            "type": message.kind,
            "timestamp": rfc3339(message.at),
            "data": {
                "page": page.title,
                "title": message.title,
                "state": message.state,
                "text": message.text,
                "components": message.components,
                "url": f"{page.url}/{message.place}",
            },
        }
    )


def signed(name: str, body: bytes, secret: str, now: Instant) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0: an HMAC-SHA256 over id, time in seconds and body.

    `secret` is any text; receivers know it as `whsec_` and the base 64 of its bytes (`shown`).
    """
    at = str(now // 1000)
    mac = hmac.new(secret.encode(), f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "opsguide-status",
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def shown(secret: str) -> str:
    """The secret as libraries for Standard Webhooks take it."""
    return f"whsec_{base64.b64encode(secret.encode()).decode()}"
