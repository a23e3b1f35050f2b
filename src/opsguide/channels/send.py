"""One message through one channel. Apprise is synchronous, so it runs in a thread, bounded in time."""

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import apprise
from msgspec import Struct

TIMEOUT_SECONDS = 20.0
_LONGEST_DETAIL = 160


class Message(Struct, frozen=True):
    """What is sent. `key` is the same for every attempt of one deed: receivers of webhooks can drop a second one."""

    title: str
    body: str
    key: str


def warm_up() -> None:
    """Load what the first message would load: some hundred services take seconds, which a page must not wait for."""
    apprise.Apprise.instantiate("json://localhost")


class Sent(Struct, frozen=True):
    """Did the provider take it? `detail` says why not, without URL, secret or response body."""

    ok: bool
    detail: str = ""


async def send(url: str, message: Message) -> Sent:
    """Hand `message` to the Apprise URL. Never raises."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(_send, url, message), TIMEOUT_SECONDS)
    except TimeoutError:
        return Sent(False, f"no answer within {TIMEOUT_SECONDS:g} s; it may have arrived")


def _send(url: str, message: Message) -> Sent:
    # The service itself rather than a list of one: a list hands over to threads of its own, whose logs are lost.
    service = apprise.Apprise.instantiate(_with_key(url, message.key))
    if service is None:
        return Sent(False, "this is no URL that Apprise knows: see docs/how-to/channels.md")
    with _said() as lines:
        ok = service.notify(title=message.title, body=message.body)
    return Sent(bool(ok), "" if ok else _why(lines))


def _with_key(url: str, key: str) -> str:
    """Webhooks get the key as a header; other services have no place for it."""
    if not url.startswith(("json://", "jsons://", "form://", "forms://", "xml://", "xmls://")):
        return url
    return f"{url}{'&' if '?' in url else '?'}+Idempotency-Key={key}"


@contextmanager
def _said() -> Iterator[list[str]]:
    """What apprise logs in this thread meanwhile: the only place where it says why."""
    lines, mine = list[str](), threading.get_ident()

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == mine:
                lines.append(record.getMessage())

    handler, log = Keep(logging.WARNING), logging.getLogger("apprise")
    log.addHandler(handler)
    try:
        yield lines
    finally:
        log.removeHandler(handler)


def _why(lines: list[str]) -> str:
    """The first line of the first warning, shortened, without anything that looks like a URL."""
    if not lines:
        return "the provider refused it"
    first = next(iter(lines[0].splitlines()), "")
    return re.sub(r"\S+://\S+", "(url)", first)[:_LONGEST_DETAIL]
