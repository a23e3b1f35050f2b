"""Who may deliver: a secret, or a signature made just now over the very body."""

import base64
import hmac

import pytest

from opsguide.incidents.sources.admission import admits

SECRET = "s3cret of the sender"
BODY = b'{"a": 1}'
NOW = 1_800_000_000_000
STAMP = str(NOW // 1000)


def standard(secret: bytes = SECRET.encode(), stamp: str = STAMP, body: bytes = BODY) -> dict[str, str]:
    signed = hmac.digest(secret, f"msg_1.{stamp}.".encode() + body, "sha256")
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1a,x v1," + base64.b64encode(signed).decode(),
    }


def grafana(stamp: str = STAMP, body: bytes = BODY) -> dict[str, str]:
    signed = hmac.digest(SECRET.encode(), f"{stamp}:".encode() + body, "sha256").hex()
    return {"x-grafana-alerting-signature": signed, "x-grafana-alerting-timestamp": stamp}


def basic(password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"any:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {SECRET}"},
        {"x-opsguide-secret": SECRET},
        basic(SECRET),
        standard(),
        grafana(),
        standard(stamp=str(NOW // 1000 - 299)),
    ],
)
def test_who_proves_it_is_let_in(headers: dict[str, str]) -> None:
    assert admits(SECRET, headers, BODY, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer "},
        {"authorization": "Basic ///"},
        basic("wrong"),
        standard(body=b"{}"),
        standard(stamp=str(NOW // 1000 - 301)),
        standard(stamp=str(NOW // 1000 + 301)),
        standard(secret=b"other"),
        {**standard(), "webhook-timestamp": "yesterday"},
        {**standard(), "webhook-id": ""},
        {**standard(), "webhook-signature": "v1,"},
        # A wrong signature is not made good by a right secret beside it.
        {**standard(body=b"{}"), "authorization": f"Bearer {SECRET}"},
        grafana(body=b"{}"),
        grafana(stamp=str(NOW // 1000 - 301)),
        {"x-grafana-alerting-signature": hmac.digest(SECRET.encode(), BODY, "sha256").hex()},
    ],
)
def test_who_does_not_is_not(headers: dict[str, str]) -> None:
    assert not admits(SECRET, headers, BODY, NOW)


def test_no_secret_admits_nobody() -> None:
    assert not admits("", {"authorization": "Bearer "}, BODY, NOW)


def test_the_key_of_standard_webhooks_is_base64_after_its_prefix() -> None:
    key = b"0123456789abcdef"
    secret = "whsec_" + base64.b64encode(key).decode()
    assert admits(secret, standard(secret=key), BODY, NOW)
