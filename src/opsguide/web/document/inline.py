"""Inline rules: links lead out safely, images are links (nothing is fetched from elsewhere), HTML is text."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it.token import Token

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ALIGN = re.compile(r"text-align:\s*(left|right|center)")


def _link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    href = str(token.attrGet("href") or "")
    title = token.attrGet("title")
    outside = "" if href.startswith("#") else ' rel="noopener noreferrer"'
    said = f' title="{escape(str(title))}"' if title else ""
    return f'<a href="{escape(href)}"{said}{outside}>'


def _image(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    source, title = str(token.attrGet("src") or ""), token.attrGet("title")
    said = f' title="{escape(str(title))}"' if title else ""
    name = escape(token.content or source)
    if source.startswith("data:"):
        return f'<span class="image"{said}>{name}</span>'
    return f'<a class="image" href="{escape(source)}"{said} rel="noopener noreferrer">{name}</a>'


def _html(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    content = tokens[index].content
    if _BREAK.fullmatch(content):
        return "<br>"
    return f'<span class="comment">{escape(content)}</span>'


RULES = {"link_open": _link, "image": _image, "html_inline": _html}


def alignment(token: Token) -> str:
    """A table cell's alignment as a class: the page has no inline styles."""
    found = _ALIGN.search(str(token.attrs.get("style", "")))
    return f' class="{found[1]}"' if found else ""


def plain(token: Token) -> str:
    """The words of an inline token without its markup."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or ()
        if child.type in ("text", "code_inline", "image", "softbreak", "hardbreak", "html_inline")
    )
