"""URLs in the bindings: whole, without credentials, and private only where that is allowed."""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from .fields import text
from .problems import Spot
from .references import is_reference, secret_in


def web_url(value: object, spot: Spot) -> str:
    """An http(s) URL without credentials."""
    found = text(value, spot)
    split = _split(found)
    secret = "a name or password" if "@" in found.partition("/")[2] else split and secret_in(found)
    if secret:
        hint = "use an address that needs none: this file is read by many and kept in version control"
        raise spot.wrong("literal-secret", f"`{spot.name}` holds {secret}", hint)
    if split is None or split.scheme.lower() not in ("http", "https") or not split.hostname:
        hint = "write it whole, for example `https://shop.example/health`"
        raise spot.wrong("bad-url", f"`{found}` is no http(s) URL", hint)
    return found


def secret_url(example: str, schemes: tuple[str, ...] = ()) -> Callable[[object, Spot], str]:
    """A field with a URL that may be secret: a reference, or a URL in which nothing is.

    `schemes`: the only ones accepted, none for any. Messages never hold the text: it may be a secret.
    """

    def read(value: object, spot: Spot) -> str:
        found = text(value, spot)
        if is_reference(found):
            return found
        variable = "_".join(re.findall(r"[A-Z0-9]+", spot.name.upper()))
        if found.startswith(("$", "env:", "file:")):
            message = f"`{spot.name}` is no reference"
            raise spot.wrong("bad-reference", message, f'write "env:{variable}" or "file:PATH"')
        split = _split(found) if "://" in found else None
        if split is None or (schemes and split.scheme.lower() not in schemes):
            hint = f'write {example}, or "env:{variable}"'
            raise spot.wrong("bad-secret-url", f"`{spot.name}` is not such a URL", hint)
        secret = secret_in(found)
        if secret is not None:
            hint = (
                f'write "env:{variable}" and set {variable} for the service, or "file:PATH" of a file with it'
            )
            raise spot.wrong("literal-secret", f"`{spot.name}` holds {secret}", hint)
        return found

    return read


def is_private(url: str) -> bool:
    """Whether the host is a loopback or private address as written; names are looked up when probed."""
    split = _split(url)
    host = (split.hostname if split else None) or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(url: str) -> SplitResult | None:
    """The parts of a URL, None if it has none (spaces, a port that is no number)."""
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return None
    return split if split.scheme and re.search(r"\s", url) is None else None
