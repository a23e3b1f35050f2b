"""What kind of service an Apprise URL leads to, as far as opsguide treats it differently."""

WEBHOOKS = ("json", "jsons", "form", "forms", "xml", "xmls")
"""Machines: they get each page by itself, with a key, so that a second attempt can be told from a second page."""


MAIL = ("mailto", "mailtos")
"""They get HTML with its pictures in it, and the same as plain text."""


def scheme(url: str) -> str:
    """`ntfys` of `ntfys://topic`."""
    return url.partition("://")[0].casefold()


def is_webhook(url: str) -> bool:
    return scheme(url) in WEBHOOKS


def is_mail(url: str) -> bool:
    return scheme(url) in MAIL
