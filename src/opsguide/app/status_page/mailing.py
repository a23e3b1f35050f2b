"""Mail through the SMTP server that the bindings name. One connection for all that waits; it runs in a thread."""

import smtplib
import ssl
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from ...kernel.errors import OpsguideError

TIMEOUT_SECONDS = 20.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

T = TypeVar("T")


class MailError(OpsguideError):
    """The server did not take the mail: nothing of its answer but the code is told."""


def send_each(
    url: str,
    mails: Iterable[tuple[T, EmailMessage]],
    sent: Callable[[T], None],
    refused: Callable[[T], None],
) -> None:
    """Hand over one after the other. `refused` are recipients that the server will never take.

    Raises MailError; where only some recipients have to wait, after all others.
    """
    later = 0
    try:
        with _connected(urlsplit(url)) as server:
            for one, mail in mails:
                try:
                    server.send_message(mail)
                except smtplib.SMTPRecipientsRefused as error:
                    code = next(iter(error.recipients.values()))[0]
                    if 500 <= code < 600:
                        refused(one)
                    else:
                        later = code
                    continue
                sent(one)
    except smtplib.SMTPResponseException as error:
        raise MailError(f"the mail server answers {error.smtp_code}") from None
    except smtplib.SMTPException as error:
        raise MailError(f"the mail server does not go along: {type(error).__name__}") from None
    except (OSError, ssl.SSLError) as error:
        raise MailError(f"the mail server cannot be reached: {type(error).__name__}") from None
    if later:
        raise MailError(f"the mail server wants some recipients later: {later}")


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
