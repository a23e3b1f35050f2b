"""A chart as a file of its own: colours written in, on white, readable in any viewer, mail or document."""

import re

from markupsafe import Markup

from .draw import PLATE, Frame, draw
from .picture import Picture

INK, SOFT, FAINT, BROKEN, WASH = "#1d1e20", "#5d6066", "#e3e3de", "#c21f2a", "#fdf0f0"

LOOKS = {
    "grid": f'stroke="{FAINT}"',
    "zero": f'stroke="{SOFT}"',
    "level limit": f'stroke="{SOFT}" stroke-dasharray="6 4"',
    "level alert": f'stroke="{SOFT}" stroke-dasharray="2 4"',
    "line n0": f'fill="none" stroke="{INK}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"',
    "line n1": f'fill="none" stroke="{SOFT}" stroke-width="1.5" stroke-linecap="round"',
    "line n2": f'fill="none" stroke="{INK}" stroke-width="1.5" stroke-dasharray="8 3"',
    "line n3": f'fill="none" stroke="{SOFT}" stroke-width="1.5" stroke-dasharray="8 3"',
    "line n4": f'fill="none" stroke="{INK}" stroke-width="1.5" stroke-dasharray="2 3"',
    "line n5": f'fill="none" stroke="{SOFT}" stroke-width="1.5" stroke-dasharray="2 3"',
    "line beyond": f'fill="none" stroke="{BROKEN}" stroke-width="2" stroke-linecap="round"',
    "last": f'fill="{INK}"',
    "last beyond": f'fill="{BROKEN}"',
    "band": f'fill="{WASH}"',
    "of band": f'fill="{BROKEN}"',
    "tick": f'stroke="{SOFT}"',
    "foot": f'fill="{SOFT}" stroke="none"',
}
"""What `console/charts.css` says of each class, as attributes that every viewer knows."""


def alone(picture: Picture, frame: Frame = PLATE) -> str:
    """The picture as an SVG document, its title written above it."""
    head = 28
    inner = str(draw(picture, frame))
    inner = re.sub(r'<(path|rect|circle|text|g) class="([^"]+)"', _look, inner)
    inner = inner.removeprefix(inner[: inner.index(">") + 1]).removesuffix("</svg>")
    width, height = frame.width, frame.height + head
    title = Markup.escape(picture.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="{SOFT}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="{frame.left}" y="20" fill="{INK}" font-size="14" font-weight="600">{title}</text>'
        f'<g transform="translate(0 {head})">{inner}</g></svg>\n'
    )


def _look(found: re.Match[str]) -> str:
    return f"<{found[1]} {LOOKS.get(found[2], '')}".rstrip()
