"""URLs in the bindings: whole, without credentials, and private only where that is allowed."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from .fields import text
from .places import Path
from .problems import Spot, Wrong
from .references import REFERENCE, is_reference, secret_in
from .shapes import Field, field

_STORES = ("s3", "gs", "az", "file")


def _any_case(word: str) -> str:
    """A pattern for the word in any case. JSON Schema has no flags."""
    return "".join(f"[{sign.upper()}{sign}]" if sign.isalpha() else sign for sign in word)


@field(type="string", pattern=rf"^\s*{_any_case('http')}[Ss]?://[^\s@]+\s*$")
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


@field(type="string", pattern=rf"^\s*{_any_case('http')}[Ss]?://[^\s@/?#]+\s*$")
def origin(value: object, spot: Spot) -> str:
    """Scheme, host and port, as browsers send it: in lower case, without a usual port."""
    found = web_url(value, spot).casefold()
    split = _split(found)
    assert split is not None
    if split.path or split.query or split.fragment:
        hint = f"write `{split.scheme}://{split.netloc}`"
        raise spot.wrong("bad-url", f"`{found}` is more than an origin", hint)
    usual = ":443" if split.scheme == "https" else ":80"
    return found.removesuffix(usual)


_ENGINE = rf"^\s*(?:{REFERENCE.pattern}|{_any_case('http')}[Ss]?://[^\s@?#]+)\s*$"


@field(type="string", pattern=_ENGINE)
def write_url(value: object, spot: Spot) -> str:
    """Where samples are sent, or a reference to that."""
    found = text(value, spot)
    return found if is_reference(found) else web_url(found, spot)


@field(type="string", pattern=_ENGINE)
def api_url(value: object, spot: Spot) -> str:
    """Below which `/api/v1/query` stands, or a reference to that."""
    found = write_url(value, spot).rstrip("/")
    if is_reference(found):
        return found
    split = _split(found)
    assert split is not None
    before, api, _ = found.partition("/api/v1")
    if api or split.query or split.fragment:
        hint = f"write what stands before it: `{before.partition('?')[0].partition('#')[0]}`"
        raise spot.wrong("bad-url", f"`{found}` is more than the address of the API", hint)
    return found


def secret_url(example: str, schemes: tuple[str, ...] = ()) -> Field[str]:
    """A URL that may be secret: a reference, or a URL in which nothing is.

    `schemes`: the only ones accepted, none for any. Messages never hold the text: it may be a secret.
    """

    known = "|".join(map(_any_case, schemes)) or r"[A-Za-z][A-Za-z0-9+.-]*"

    @field(type="string", pattern=rf"^\s*(?:{REFERENCE.pattern}|(?:{known})://\S*)\s*$")
    def read(value: object, spot: Spot) -> str:
        found = text(value, spot)
        if is_reference(found):
            return found
        if found.startswith(("$", "env:", "file:")):
            raise _no_reference(spot)
        variable = variable_of(spot.path)
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


@field(type="string", pattern=rf"^\s*(?:{REFERENCE.pattern})\s*$")
def reference(value: object, spot: Spot) -> str:
    """`env:NAME` or `file:PATH`, and nothing else: what it stands for is a secret whatever it looks like."""
    found = text(value, spot)
    if not is_reference(found):
        raise _no_reference(spot)
    return found


def _no_reference(spot: Spot) -> Wrong:
    hint = f'write "env:{variable_of(spot.path)}" or "file:PATH"'
    return spot.wrong("bad-reference", f"`{spot.name}` is no reference", hint)


def variable_of(path: Path) -> str:
    """A name for the environment variable, after the key."""
    return "_".join(re.findall(r"[A-Z0-9]+", " ".join(map(str, path)).upper()))


@field(type="string", pattern=rf"^\s*(?:{'|'.join(map(_any_case, _STORES))})://[^\s@?]+\s*$")
def storage_url(value: object, spot: Spot) -> str:
    """A bucket with a prefix in it, or a folder; without credentials."""
    found = text(value, spot)
    split = _split(found)
    if "@" in found or (split and split.query):
        hint = "write the bucket only; keys stand in access_key and secret_key, as references"
        raise spot.wrong("literal-secret", f"`{spot.name}` holds more than a place", hint)
    named = split is not None and "://" in found and (split.netloc or split.path.strip("/"))
    if split is None or split.scheme not in _STORES or not named:
        hint = "write for example `s3://shop-backups/production` or `file:///var/backups/shop`"
        raise spot.wrong("bad-url", f"`{found}` is no place for objects", hint)
    return found


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


_CALENDAR = secret_url("an http(s) URL such as `https://calendar.example/oncall.ics`", ("http", "https"))


@field(type="string", pattern=r"\S")
def calendar(value: object, spot: Spot) -> str:
    """Where an iCalendar file is: an address or a reference to one, else a path."""
    found = text(value, spot)
    return _CALENDAR(value, spot) if "://" in found or found.startswith("$") else found
