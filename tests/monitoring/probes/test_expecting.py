"""What an answer must be."""

from typing import Any

import pytest

from opsguide.guide.bindings import Expect
from opsguide.monitoring.probes.expecting import fits_status, of_http, of_records, of_text, pointed

JSON = b'{"status": "ok", "up": true, "db": [{"lag": 0.5}], "a/b": {"~": null}, "one": 1}'


def said(expect: Expect, status: int = 200, body: bytes = JSON, **headers: str) -> str:
    return of_http(expect, status, {"content-type": "application/json", **headers}, body)


@pytest.mark.parametrize(
    ("wanted", "fits", "fits_not"),
    [
        ((), (200, 301, 399), (400, 500)),
        (("200",), (200,), (201, 500)),
        (("2xx", "301-308"), (204, 301, 308), (300, 309, 404)),
        (("404",), (404,), (200,)),
    ],
)
def test_status(wanted: tuple[str, ...], fits: tuple[int, ...], fits_not: tuple[int, ...]) -> None:
    assert all(fits_status(wanted, status) for status in fits)
    assert not any(fits_status(wanted, status) for status in fits_not)


@pytest.mark.parametrize(
    ("expect", "why"),
    [
        (Expect(status=("200",)), ""),
        (Expect(status=("204",)), "it answered 200"),
        (Expect(contains='"ok"'), ""),
        (Expect(contains="maintenance"), "the answer does not contain “maintenance”"),
        (Expect(matches='"lag": 0\\.\\d'), ""),
        (Expect(matches="^ok$"), "the answer does not match “^ok$”"),
        (Expect(headers={"content-type": "JSON"}), ""),
        (
            Expect(headers={"content-type": "html"}),
            "the header content-type is “application/json”, without “html”",
        ),
        (Expect(headers={"x-cache": "hit"}), "the header x-cache is missing"),
        (Expect(json={"/status": "ok", "/up": True, "/db/0/lag": 0.5, "/a~1b/~0": None}), ""),
        (Expect(json={"/status": "down"}), '/status is “"ok"”, not "down"'),
        (Expect(json={"/one": True}), "/one is “1”, not true"),
        (Expect(json={"/db/3/lag": 0}), "the answer has nothing at /db/3/lag"),
    ],
)
def test_an_answer_and_what_is_wrong_with_it(expect: Expect, why: str) -> None:
    assert said(expect) == why


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_says_so(body: bytes) -> None:
    assert said(Expect(json={"/status": "ok"}), body=body) == "the answer is no JSON"


@pytest.mark.parametrize("pointer", ["/-1", "/00", "/x", "/0/x"])
def test_a_pointer_leads_only_where_something_is(pointer: str) -> None:
    with pytest.raises(LookupError):
        pointed([1], pointer)


def test_no_pattern_makes_it_hang() -> None:
    assert of_text(Expect(matches="(a+)+$"), b"a" * 100_000 + b"b")


@pytest.mark.parametrize(
    ("wanted", "found", "why"),
    [
        ((), ("192.0.2.1",), ""),
        (("192.0.2.2", "192.0.2.1"), ("192.0.2.1", "192.0.2.2"), ""),
        (("10 MAIL.shop.example.",), ("10 mail.shop.example",), ""),
        (("v=spf1 -all",), ('"v=spf1 -all"',), ""),
        (("192.0.2.1",), ("192.0.2.9",), "192.0.2.1 is not among the answers: “192.0.2.9”"),
        (("192.0.2.1",), ("192.0.2.1", "198.51.100.1"), "198.51.100.1 is answered, and not expected"),
    ],
)
def test_records(wanted: tuple[str, ...], found: tuple[Any, ...], why: str) -> None:
    assert of_records(Expect(answers=wanted), found) == why
