"""One message through one channel. Apprise is synchronous, so it runs in a thread, bounded in time."""

import asyncio
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import apprise
from apprise.attachment.memory import AttachMemory
from msgspec import Struct

from .kinds import is_mail, is_webhook

TIMEOUT_SECONDS = 20.0
_LONGEST_DETAIL = 160

IMAGE = "chart.png"

MOST_HANGING = 8
"""More messages than that do not hang at one channel: the next is refused at once."""


class Message(Struct, frozen=True):
    """What is sent. `key` is the same for every attempt of one deed: receivers of webhooks can drop a second one.

    `image` is a PNG for what takes attachments; `html` the same for mails, in which the image is `cid:chart.png`.
    """

    title: str
    body: str
    key: str
    image: bytes | None = None
    html: str = ""


def warm_up() -> None:
    """Load what the first message would load: some hundred services take seconds, which a page must not wait for."""
    apprise.Apprise.instantiate("json://localhost")


class Sent(Struct, frozen=True):
    """Did the provider take it? `detail` says why not, without URL, secret or response body; `unknown` that it may
    have. `pictured`: the image was with it."""

    ok: bool
    detail: str = ""
    unknown: bool = False
    pictured: bool = False


_hanging = Counter[str]()
"""How many threads are at each URL now."""


async def send(url: str, message: Message) -> Sent:
    """Hand `message` to the Apprise URL. Never raises."""
    if _hanging[url] >= MOST_HANGING:
        return Sent(False, f"{MOST_HANGING} earlier messages still hang there")
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    # A thread of its own: one from a pool would wait for those that hang at other channels.
    _hanging[url] += 1
    Thread(target=_in_thread, args=(url, message, loop, answer), daemon=True).start()
    try:
        return await asyncio.wait_for(answer, TIMEOUT_SECONDS)
    except TimeoutError:
        return Sent(False, f"no answer within {TIMEOUT_SECONDS:g} s; it may have arrived", unknown=True)


def _in_thread(
    url: str, message: Message, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[Sent]"
) -> None:
    try:
        sent = _send(url, message)
    except Exception as error:  # noqa: BLE001 - a plug-in's crash is its channel's failure
        sent = Sent(False, f"the channel's own code failed: {type(error).__name__}")
    with suppress(RuntimeError):  # the service has stopped meanwhile
        loop.call_soon_threadsafe(_answered, url, answer, sent)


def _answered(url: str, answer: "asyncio.Future[Sent]", sent: Sent) -> None:
    _hanging[url] -= 1
    if not _hanging[url]:
        del _hanging[url]
    if not answer.done():
        answer.set_result(sent)


def _send(url: str, message: Message) -> Sent:
    # The service itself rather than a list of one: a list hands over to threads of its own, whose logs are lost.
    service = apprise.Apprise.instantiate(_completed(url, message.key))
    if service is None:
        return Sent(False, "this is no URL that Apprise knows: see docs/how-to/channels.md")
    attached = _attached(service, url, message)
    with _said() as lines:
        body, form = _formed(service, url, message)
        ok = service.notify(title=message.title, body=body, body_format=form, attach=attached)
    return Sent(bool(ok), "" if ok else _why(lines), pictured=attached is not None)


def _attached(service: apprise.NotifyBase, url: str, message: Message) -> apprise.AppriseAttachment | None:
    """The image, where the service takes one."""
    if message.image is None or not service.attachment_support or is_webhook(url):
        return None
    attached = apprise.AppriseAttachment()
    attached.add(AttachMemory(content=message.image, name=IMAGE, mimetype="image/png"))  # type: ignore[no-untyped-call]
    return attached


def _formed(
    service: apprise.NotifyBase, url: str, message: Message
) -> tuple[str, apprise.NotifyFormat | None]:
    """What is sent, and in which form it is. None: as it is, whatever the service makes of it.

    Markdown is not escaped: a backslash in an address would break the link. HTML has to be, or `p95 <200ms` is refused.
    """
    if service.resolve_format(apprise.NotifyFormat.HTML) != apprise.NotifyFormat.HTML:
        return message.body, None
    if is_mail(url) and message.html:
        return message.html, apprise.NotifyFormat.HTML
    return message.body, apprise.NotifyFormat.TEXT


def _completed(url: str, key: str) -> str:
    """Webhooks get the key as a header; other services have no place for it. Mails show their picture in the text."""
    more = f"+Idempotency-Key={key}" if is_webhook(url) else "inline=yes" if is_mail(url) else ""
    return f"{url}{'&' if '?' in url else '?'}{more}" if more else url


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
