"""Signed links: a page carries one that shows its incident without a login, a swap that is asked for one that shows the
swap; only the buttons there act.

The token is `about.person.expires.signature`, the signature an HMAC-SHA256 over the rest, cut to 128 bits.
"""

import base64
import hashlib
import hmac

from msgspec import Struct

from ..kernel.clock import Instant

SIGNATURE_BYTES = 16


class Link(Struct, frozen=True):
    """Who may act on which incident, or answer which swap, until when."""

    about: str
    person: str
    expires: Instant

    @property
    def name(self) -> str:
        """What tells it from other links about the same; it opens nothing, so the ledger may hold it."""
        return f"{self.person}.{self.expires}"


def sign(link: Link, key: bytes) -> str:
    """The token of a link."""
    said = f"{link.about}.{link.person}.{link.expires}"
    return f"{said}.{_signature(said, key)}"


def read(token: str, key: bytes, now: Instant) -> Link | None:
    """The link of a token; None where it is malformed, forged or expired."""
    said, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(said, key).encode()):
        return None
    about, _, rest = said.partition(".")
    person, _, expires = rest.rpartition(".")
    link = Link(about, person, int(expires))
    return link if now <= link.expires else None


def feed_key(kind: str, name: str, turn: int, key: bytes) -> str:
    """What opens the feed of a team or a person without a login, until it is revoked: then the `turn` is another."""
    return _signature(f"feed{f'.{turn}' if turn else ''}/{kind}/{name.casefold()}", key)


def opens_feed(found: str, wanted: str) -> bool:
    """Whether that is the key of the feed, in constant time."""
    return hmac.compare_digest(found.encode(), wanted.encode())


def _signature(said: str, key: bytes) -> str:
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
