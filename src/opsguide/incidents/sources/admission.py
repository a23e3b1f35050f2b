"""Is a delivery from whom it says? By a secret that comes along, or by a signature over the body.

Pure, and told the time. Signatures are those of Standard Webhooks (standardwebhooks.com) and of Grafana's webhook; what
is compared is compared in constant time, and a signature without a time that is now is not taken.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping

from ...kernel.clock import Instant

TOLERANCE_SECONDS = 300.0
"""A signature counts for so long before and after its time: Standard Webhooks' advice."""

GRAFANA = "x-grafana-alerting-signature"
GRAFANA_TIME = "x-grafana-alerting-timestamp"


def admits(secret: str, headers: Mapping[str, str], body: bytes, now: Instant, in_body: str = "") -> bool:
    """`headers` in lower case; `in_body` is the secret that the form carries itself (PagerDuty's routing key).

    A request that is signed has to be signed right, whatever else it carries.
    """
    if not secret:
        return False
    if "webhook-signature" in headers:
        return _standard(secret, headers, body, now)
    if GRAFANA in headers:
        return _grafana(secret, headers, body, now)
    return any(_same(given, secret) for given in (_carried(headers), in_body) if given)


def _carried(headers: Mapping[str, str]) -> str:
    """`Authorization: Bearer …`, a basic password, or `X-Opsguide-Secret`."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "basic":
        try:
            return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return given.strip() or headers.get("x-opsguide-secret", "")


def _standard(secret: str, headers: Mapping[str, str], body: bytes, now: Instant) -> bool:
    """`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several are parted by blanks."""
    sent, name = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not _is_now(sent, now) or not name:
        return False
    signed = hmac.digest(_key(secret), f"{name}.{sent}.".encode() + body, "sha256")
    wanted = base64.b64encode(signed).decode()
    given = headers["webhook-signature"].split()
    return any(_same(one.removeprefix("v1,"), wanted) for one in given if one.startswith("v1,"))


def _key(secret: str) -> bytes:
    """`whsec_` is followed by base64; what is none is taken as it is."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _grafana(secret: str, headers: Mapping[str, str], body: bytes, now: Instant) -> bool:
    """HMAC-SHA256 in hexadecimal digits over `timestamp:body`: a signature without a time could be sent for ever."""
    sent = headers.get(GRAFANA_TIME, "")
    if not _is_now(sent, now):
        return False
    wanted = hmac.digest(secret.encode(), f"{sent}:".encode() + body, "sha256").hex()
    return _same(headers[GRAFANA].casefold(), wanted)


def _is_now(sent: str, now: Instant) -> bool:
    """Seconds since 1970."""
    if not (sent.isascii() and sent.isdecimal() and len(sent) <= 12):
        return False
    return abs(int(sent) * 1000 - now) <= TOLERANCE_SECONDS * 1000


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
