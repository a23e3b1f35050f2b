"""Addresses that come from outside and are shown as links."""

import re

WEB_LINK = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s\x00-\x1f\x85/?#]+[^\s\x00-\x1f\x85]*$"
"""A whole http(s) address, as JSON Schema says it."""

_WEB_LINK = re.compile(WEB_LINK)


def is_web_link(url: str) -> bool:
    """Whether it is a whole http(s) address: any other in a link could run a script."""
    return _WEB_LINK.fullmatch(url) is not None
