"""Code, and all that is shown as it was written: one line of the source, one line of the page."""

from html import escape

from ...kernel.promise import Span
from .page import Piece, Place, Shown


def pieces(content: str, span: Span, first: int, label: str = "") -> list[Piece]:
    """A block of code whose first line is `first`; `label` is what stands behind its fence."""
    caption = f"<figcaption>{escape(label)}</figcaption>" if label else ""
    return [
        '<figure class="code"',
        Shown(span),
        f">{caption}",
        *lines(content, first),
        "</figure>",
    ]


def lines(content: str, first: int) -> list[Piece]:
    found: list[Piece] = ['<div class="lines">']
    for number, line in enumerate(content.removesuffix("\n").split("\n"), first):
        place = Place(str(number), Span(line=number, end_line=number), "code")
        found += [
            f'<div class="row src" id="L{number}"',
            Shown(place.span, dim=True),
            f"><code>{escape(line)}</code>",
            place,
            "</div>",
        ]
    return [*found, "</div>"]


def written(source: list[str], span: Span) -> list[Piece]:
    """Source that typesetting would have lost, verbatim."""
    text = escape("\n".join(source))
    return ['<pre class="written"', Shown(span), f">{text}</pre>"]
