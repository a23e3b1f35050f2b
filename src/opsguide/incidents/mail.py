"""A page as the HTML of a mail. Pure.

What mail programs show is tables and styles written at each element; those that know `prefers-color-scheme` get a dark
one. The plain text beside it is made of this HTML without its addresses, so each address stands in the text, too.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from ..kernel.words import capital
from .page import Content, Line, Page

PICTURE = "chart.png"
"""The name under which the chart is in the mail."""

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")

SANS = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

DARK = (
    "@media (prefers-color-scheme:dark){"
    ".b{background:#141517!important;color:#e7e7e4!important}"
    ".c{background:#1b1c1f!important;border-color:#2b2d31!important}"
    ".s{color:#9b9ea5!important}.t,.t a,.h{color:#e7e7e4!important}.l{border-color:#2b2d31!important}"
    ".late{color:#ff7a75!important}.p{background:#fff!important}}"
)
"""Colours of the console."""


def html(page: Page) -> str:
    """Of what is about no incident, its sentences."""
    rows = "".join(_incident(page) if page.content is not None else _plain(page))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><style>{DARK}</style></head>'
        f'<body class="b" style="margin:0;padding:0;background:#f5f5f2;color:#1d1e20;font:16px/24px {SANS}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        '<td align="center" style="padding:16px 8px">'
        '<table role="presentation" class="c" width="100%" cellpadding="0" cellspacing="0" '
        'style="max-width:600px;background:#ffffff;border:1px solid #e3e3de;text-align:left">'
        f"{rows}</table></td></tr></table></body></html>"
    )


def _plain(page: Page) -> Iterator[str]:
    yield _row(f'<b class="h">{escape(page.title)}</b>', "padding:20px 24px 4px;font-size:18px")
    for line in page.body.split("\n"):
        yield _row(_linked(line) or "&nbsp;", "padding:2px 24px")
    yield _row("&nbsp;", "padding:0 24px 8px;font-size:8px;line-height:8px")


def _incident(page: Page) -> Iterator[str]:
    content = page.content
    assert content is not None
    calls = content.verb == "Acknowledge"
    about = f"<b>{escape(content.severity)}</b> · {escape(content.service)} · {escape(content.incident)}"
    band = "#c21f2a" if calls else "#5d6066"
    yield f'<tr><td style="padding:10px 24px;background:{band};color:#ffffff;font-size:14px">{about}</td></tr>'
    yield _row(
        f'<b class="h">{escape(content.headline)}</b>',
        "padding:18px 24px 4px;font-size:22px;line-height:28px",
    )
    for said in content.first:
        yield _row(_linked(capital(said)), "padding:2px 24px")
    for place, clock in enumerate(content.clocks):
        yield _row(_clock(clock), f"padding:{2 if place else 10}px 24px 2px")
    yield from _button(content, band)
    for fact in content.facts:
        yield _row(_fact(fact), "padding:10px 24px;border-top:1px solid #e3e3de", "t l")
    if page.chart is not None:
        picture = (
            f'<img src="cid:{PICTURE}" alt="The signal since an hour before, with its limit" width="552"'
        )
        yield _row(
            f'{picture} style="display:block;width:100%;max-width:552px;height:auto">',
            "padding:12px 24px",
            "p",
        )
    if content.others:
        yield _row(f"<b>{content.and_more}</b>", "padding:10px 24px 2px;border-top:1px solid #e3e3de", "t l")
        for other in content.more:
            yield _row(f"– {escape(other)}", "padding:2px 24px")
        yield _row("&nbsp;", "padding:0;font-size:8px;line-height:8px")


def _button(content: Content, colour: str) -> Sequence[str]:
    """With its address below: some programs show no buttons, and people copy it to another phone."""
    address = escape(content.link)
    button = (
        f'<a href="{address}" style="display:inline-block;padding:12px 28px;background:{colour};color:#ffffff;'
        f'font-weight:600;text-decoration:none;border-radius:4px">{content.verb}</a>'
    )
    link = f'<a class="s" href="{address}" style="color:#5d6066;word-break:break-all">{address}</a>'
    return (
        _row(button, "padding:16px 24px 6px"),
        _row(link, "padding:0 24px 16px;font-size:13px;line-height:18px", "s"),
    )


def _clock(line: Line) -> str:
    style = "color:#c21f2a" if line.late else ""
    return f'{escape(line.what)}: <b class="{"late" if line.late else "h"}" style="{style}">{escape(line.said)}</b>'


def _fact(line: Line) -> str:
    address = escape(line.url)
    link = f' <a href="{address}" style="color:#1d1e20;word-break:break-all">{address}</a>' if address else ""
    said = f" {_linked(line.said)}" if line.said else ""
    return f'<span class="s" style="color:#5d6066">{escape(line.what)}:</span>{said}{link}'


def _linked(text: str) -> str:
    """Escaped, with the addresses in it as links."""
    parts, end = list[str](), 0
    for found in _ADDRESS.finditer(text):
        address = escape(found[0])
        parts.append(escape(text[end : found.start()]))
        parts.append(f'<a href="{address}" style="color:inherit;word-break:break-all">{address}</a>')
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _row(inner: str, style: str, kind: str = "t") -> str:
    return f'<tr><td class="{kind}" style="{style}">{inner}</td></tr>'
