"""The keys of probes and regions: how each is read, and what it is for."""

import re
from typing import Any

import re2  # type: ignore[import-untyped]

from . import fields, urls
from .probing import MAJORITY, Expect, ProbeBinding, RegionBinding
from .problems import Spot
from .shapes import Field, each, field, several, table, wrong_type

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RECORDS = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")

_STATUS = r"[1-5](?:\d\d|xx)|[1-5]\d\d-[1-5]\d\d"
_ADDRESS = r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):(\d{1,5})"


@field(
    anyOf=[
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": rf"^\s*(?:{_STATUS})\s*$"},
    ],
    examples=[200, "2xx", "301-308"],
)
def status(value: object, spot: Spot) -> str:
    """`200`, `2xx`, `301-308`."""
    found = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    low, _, high = found.partition("-")
    if re.fullmatch(_STATUS, found) is None or (high and high < low):
        hint = "write a status such as 200, a class such as `2xx`, or a span such as `200-204`"
        raise spot.wrong("bad-status", f"`{value}` is no HTTP status", hint)
    return found


@field(type="string", pattern=rf"^\s*{_ADDRESS}\s*$", examples=["db.example:5432"])
def address(value: object, spot: Spot) -> str:
    """`host:port`."""
    found = fields.text(value, spot)
    parts = re.fullmatch(_ADDRESS, found)
    if parts is None or not 0 < int(parts[2]) < 65_536:
        hint = "write host:port, for example `db.example:5432` or `[2001:db8::1]:25`"
        raise spot.wrong("bad-address", f"`{found}` is no address", hint)
    return found


@field(type="string", pattern=r"^\s*[^\s:/@]+\s*$", examples=["shop.example"])
def host(value: object, spot: Spot) -> str:
    """A name of the DNS."""
    found = fields.text(value, spot)
    labels = found.removesuffix(".").split(".")
    if re.search(r"[\s:/@]", found) or not all(0 < len(label) < 64 for label in labels) or len(found) > 253:
        raise spot.wrong("bad-address", f"`{found}` is no name of the DNS", "write it as `shop.example`")
    return found


@field(type="string", pattern=r"\S", examples=["1.1.1.1", "ns1.example", "10.0.0.2:5353"])
def resolver(value: object, spot: Spot) -> str:
    """A server of the DNS: a name or an address, with a port or without."""
    found = fields.text(value, spot)
    if re.search(r"[\s/@]", found):
        hint = "write an address such as `1.1.1.1`, or one with a port such as `10.0.0.2:5353`"
        raise spot.wrong("bad-address", f"`{found}` is no address of a resolver", hint)
    return found


@field(type="string", pattern=r"\S")
def pattern(value: object, spot: Spot) -> str:
    """A regular expression as RE2 reads it: no text can make it hang."""
    found = fields.text(value, spot)
    try:
        re2.compile(found, _QUIET)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        hint = "RE2 has no look-around and no back references; in TOML write it between single quotes"
        raise spot.wrong("bad-pattern", f"`{spot.name}` is no regular expression: {reason}", hint) from None
    return found


_QUIET = re2.Options()
_QUIET.log_errors = False


@field(type=["string", "number", "boolean"])
def scalar(value: object, spot: Spot) -> str | int | float | bool:
    if isinstance(value, str | int | float | bool):
        return value
    raise wrong_type(value, spot, "a text, a number, true or false", f'{spot.path[-1]} = "ok"')


@field(type=["string", "integer"], pattern=rf"^\s*(?:{MAJORITY}|[1-9]\d*)\s*$", minimum=1)
def quorum(value: object, spot: Spot) -> str:
    """`majority`, or how many."""
    found = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if found != MAJORITY and re.fullmatch(r"[1-9]\d{0,3}", found) is None:
        hint = 'write quorum = "majority", or how many regions must see it fail'
        raise spot.wrong("unknown-word", f"`{value}` is no quorum", hint)
    return found


@field(type="string", pattern=r"\S", examples=["no-cache", "env:PROBE_TOKEN"])
def header(value: object, spot: Spot) -> str:
    """What a header holds: a text without secrets, or a reference."""
    found = fields.text(value, spot)
    secret = re.search(r"authorization|cookie|token|secret|api-?key|auth", str(spot.path[-1]), re.I)
    if found.startswith(("env:", "file:")):
        return urls.reference(found, spot)
    if secret:
        variable = urls.variable_of(spot.path)
        hint = f'write "env:{variable}" and set {variable} where it is probed from'
        raise spot.wrong("literal-secret", f"`{spot.name}` holds a secret", hint)
    if re.search(r"[\r\n\x00]", found):
        raise spot.wrong("bad-header", f"`{spot.name}` has more than one line", "write it in one")
    return found


_EXPECT: dict[str, Field[Any]] = {
    "status": several(status).means("of HTTP: `200`, `2xx`, `301-308`; else anything below 400"),
    "contains": fields.text.means("a text that stands in the answer"),
    "matches": pattern.means("a regular expression (RE2) that fits some part of the answer"),
    "json": each(scalar.means("what stands there in an answer of JSON, by JSON pointer (`/status`)")),
    "headers": each(fields.text.means("a text that stands in this header of the answer"), fold=True),
    "answers": several(fields.text).means("of DNS: all of these are answered, and nothing else"),
    "certificate_days": fields.whole(0, 365).means("a certificate with fewer days left opens a ticket"),
}
PROBE: dict[str, Field[Any]] = {
    "url": urls.web_url.means("asked over HTTP"),
    "tcp": address.means("connected to: host:port"),
    "dns": host.means("looked up in the DNS"),
    "heartbeat": fields.durations(366).means(
        "a job that calls its address at least this often; nothing is asked"
    ),
    "environment": fields.name.means("the environment that it belongs to"),
    "availability": fields.flag.means('while it is down its environment counts as "system down"'),
    "severity": fields.name.means("of the incident while it is down; none: a ticket"),
    "every": fields.duration.means("how often"),
    "timeout": fields.duration.means("of one attempt"),
    "retries": fields.whole(0, 5).means("attempts more, at once, before a look counts as failed"),
    "failures": fields.whole(1, 100).means("failed looks in a row that mean it is down"),
    "regions": several(fields.text).means("where it is probed from; `local` is the service itself"),
    "quorum": quorum.means("how many regions must see it fail: `majority`, or a number"),
    "private": fields.flag.means("loopback and private addresses are allowed"),
    "authority": urls.reference.means("a certificate (PEM) to trust beside the system's"),
    "method": fields.choice(*METHODS).means("of the request"),
    "headers": each(header.means("sent with the request; secrets as references")),
    "body": fields.text.means("sent with the request"),
    "redirects": fields.flag.means("they are followed"),
    "tls": fields.flag.means("TLS is spoken over the connection"),
    "send": fields.raw.means("sent once it is connected"),
    "record": fields.choice(*RECORDS).means("the type of record"),
    "resolver": resolver.means("who is asked"),
    "grace": fields.durations(366).means("how late the job may be, and how long it may run"),
    "secret": urls.reference.means("where to find the secret of its address"),
    "get": fields.flag.means("GET counts as a sign of life too, for jobs that can do nothing else"),
    "expect": table(Expect, _EXPECT),
}
PROBES = each(table(ProbeBinding, PROBE), ids=True)
REGIONS = each(
    table(
        RegionBinding,
        {"token": urls.reference.means("where to find the secret by which the region proves itself")},
    ),
    ids=True,
)
