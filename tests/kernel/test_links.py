"""Addresses from outside become links only where a browser may go there."""

import pytest

from opsguide.kernel.links import is_web_link


@pytest.mark.parametrize("url", ["https://ci.example/7", "HTTP://x", "https://x:8443?run=1", "http://[::1]/"])
def test_whole_web_addresses_are_links(url: str) -> None:
    assert is_web_link(url)


@pytest.mark.parametrize(
    "url", ["", "x", "javascript:alert(1)", "http:", "http://", "https:///path", "http://a b", "http://a\n"]
)
def test_all_else_is_none(url: str) -> None:
    assert not is_web_link(url)
