"""E-mail addresses, as strictly as mail servers between strangers take them."""

import re

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63})")
LONGEST = 254


def is_mailbox(text: str) -> bool:
    """Whether it is one address and nothing more: no name, no quotes, no comment (RFC 5321, without its rare forms)."""
    found = _MAILBOX.fullmatch(text)
    local, _, domain = text.partition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    hyphens = any(label.startswith("-") or label.endswith("-") for label in domain.split("."))
    return found is not None and len(text) <= LONGEST and not dots and not hyphens
