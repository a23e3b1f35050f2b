"""Did a piece of the document come through typesetting whole? The words of its source against those shown."""

import re
from collections import Counter
from collections.abc import Sequence
from html import unescape
from urllib.parse import unquote

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_WORD = re.compile(r"[^\W_]+")
_ORDINAL = re.compile(r"^[\s>]*(?:[-+*][ \t]+)*\d{1,9}[.)](?=\s|$)")


def without_tags(source: Sequence[str]) -> list[str]:
    """The text of an HTML block: what its tags say is not for readers."""
    return _TAG.sub(" ", "\n".join(source)).split("\n")


def split(text: str) -> list[str]:
    """Lines as Markdown counts them: only line feeds end one, with or without a carriage return."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def lost(source: Sequence[str], shown: str) -> list[str]:
    """Words of the source that are missing in the HTML, attributes included. Numbers of lists are drawn."""
    wanted = Counter(_words(unescape("\n".join(_ORDINAL.sub("", line) for line in source))))
    readable = unescape(shown)
    return sorted(wanted - (Counter(_words(readable)) | Counter(_words(unquote(readable)))))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
