"""Mail through the SMTP server that the bindings name. One connection for all that waits; it runs in a thread."""

import smtplib
import ssl
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from ...kernel.errors import OpsguideError

TIMEOUT_SECONDS = 20.0
HANGS_UP = 421
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

T = TypeVar("T")


class MailError(OpsguideError):
    """The server did not take the mail: nothing of its answer but the code is told."""


def send_each(
    url: str,
    mails: Iterable[tuple[T, EmailMessage]],
    sent: Callable[[T], None],
    refused: Callable[[T, int], None],
) -> None:
    """Hand over one after the other. `refused` is told who was not taken, and with which answer of the server.

    Raises MailError; where only some recipients have to wait, after all others.
    """
    later = 0
    try:
        with _connected(urlsplit(url)) as server:
            for one, mail in mails:
                code = _handed_over(server, mail)
                if not code:
                    sent(one)
                    continue
                refused(one, code)
                later = later if is_final(code) else code
    except smtplib.SMTPResponseException as error:
        raise MailError(f"the mail server answers {error.smtp_code}") from None
    except smtplib.SMTPException as error:
        raise MailError(f"the mail server does not go along: {type(error).__name__}") from None
    except (OSError, ssl.SSLError) as error:
        raise MailError(f"the mail server cannot be reached: {type(error).__name__}") from None
    if later:
        raise MailError(f"the mail server wants some recipients later: {later}")


def _handed_over(server: smtplib.SMTP, mail: EmailMessage) -> int:
    """0 where it was taken, else the answer: to the recipient, or to the whole mail. Raises MailError on a hang-up."""
    try:
        server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = int(next(iter(error.recipients.values()))[0])
    except smtplib.SMTPDataError as error:
        code = int(error.smtp_code)
    else:
        return 0
    if code == HANGS_UP:
        raise MailError(f"the mail server answers {code}")
    return code


def is_final(code: int) -> bool:
    """The server will never take it; else it may, later."""
    return 500 <= code < 600


def _connected(place: SplitResult) -> smtplib.SMTP:
    """`smtps` is TLS from the start; `smtp` turns to TLS, and may go without only on this machine."""
    host = place.hostname or ""
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if place.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, place.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, place.port or 587, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if server.has_extn("starttls") or host not in LOOPBACK:
            server.starttls(context=context)
    if place.username:
        server.login(unquote(place.username), unquote(place.password or ""))
    return server
