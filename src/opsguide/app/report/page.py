"""The report as one HTML file that needs nothing else and prints well; and the same as PDF."""

import logging
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ...guide.formats.changes import details
from ...guide.history import Stint
from ...kernel.clock import rfc3339
from ...kernel.duration import spoken
from ...kernel.errors import OpsguideError
from ...web.marks import WORDS, said
from ...web.strip import course
from ...web.words import plural
from . import words
from .model import PromiseLine, Report

_CLASS = re.compile(r'<rect class="(?:s-)?(\w+)"')
_TITLE = re.compile(r"<title>[^<]*</title>")
HERE = Path(__file__).parent / "templates"
INK: Mapping[str, str] = {
    "kept": "#1b7a3d",
    "at_risk": "#8f5f00",
    "broken": "#c21f2a",
    "unproven": "#4d6785",
    "unbound": "#686b71",
    "by_hand": "#7148c4",
    "ground": "#f5f5f2",
}
"""For paper, as in report.css: WeasyPrint applies no style sheet to what is drawn."""

MOST_DRAWN, MOST_DRAWN_ON_PAPER = 60, 24
"""Stints in one strip, those in which it was broken first, then the longest; a month that flaps is a blur anyway."""

MOST_BROKEN = 25
"""So many promises are told break by break, the worst ones; the table has all of them."""

MOST_ON_PAPER = 250
"""So much evidence goes into a PDF; the other forms have all that the report lists."""


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "said": said,
        "plural": plural,
        "minutes": words.minutes,
        "share": words.share,
        "clock": words.clock,
        "spoken": spoken,
        "rfc3339": rfc3339,
        "word": WORDS.__getitem__,
    }
    return env


def html(report: Report, *, paper: bool = False) -> str:
    """The whole file; for paper, with the colours in what is drawn."""
    return _environment().get_template("report.html").render(**_shown(report, paper), linked=False)


def body(report: Report) -> Markup:
    """What the console's page shows of it."""
    return Markup(_environment().get_template("body.html").render(**_shown(report, paper=False), linked=True))


def _shown(report: Report, paper: bool) -> dict[str, Any]:
    return {
        "broken": report.broken[:MOST_BROKEN],
        "evidence": report.evidence[:MOST_ON_PAPER] if paper else report.evidence,
        "ink": INK if paper else dict.fromkeys(WORDS, "currentColor"),
        "report": report,
        "name": words.month_name(report.month),
        "summary": list(words.summary(report)),
        "moment": partial(words.moment, zone=report.zone),
        "details": details,
        "strip": partial(_strip, report, paper),
        "chapters": _chapters(report),
    }


def _strip(report: Report, paper: bool, line: PromiseLine) -> Markup:
    drawn: Sequence[Stint] = line.stints
    most = MOST_DRAWN_ON_PAPER if paper else MOST_DRAWN
    if len(drawn) > most:
        longest = sorted(drawn, key=lambda one: (one.kind != "broken", -one.seconds))[:most]
        drawn = sorted(longest, key=lambda one: one.start)
    strip = course(drawn, report.start, report.end).strip
    # What each piece says stands in the tables; said again at each of thousands it would make the file huge.
    head, end, pieces = str(strip).partition("</title>")
    drawing = head + end + _TITLE.sub("", pieces)
    return Markup(_CLASS.sub(_inked, drawing) if paper else drawing)


def _inked(found: re.Match[str]) -> str:
    return f'{found.group()} fill="{INK[found.group(1)]}"'


def _chapters(report: Report) -> list[tuple[str, list[PromiseLine]]]:
    """The promises under the headings of the guide, in its order."""
    found: dict[str, list[PromiseLine]] = {}
    for line in report.promises:
        found.setdefault(line.promise.section.removeprefix(f"{report.title} / "), []).append(line)
    return list(found.items())


def pdf(report: Report) -> bytes:
    """The same on A4. Raises OpsguideError where WeasyPrint or the libraries below it are missing."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except ImportError:
        raise OpsguideError(
            "PDF needs WeasyPrint, which is not installed",
            hint="install opsguide[pdf], or print the HTML from a browser: --format html",
        ) from None
    except OSError as error:
        raise OpsguideError(
            f"PDF needs the library Pango, which is not installed: {error}",
            hint="Debian: apt install libpangoft2-1.0-0; or print the HTML from a browser: --format html",
        ) from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it remarks on what only browsers need
    # A report needs nothing from elsewhere, and fetches nothing.
    nothing = URLFetcher(allowed_protocols=())
    made: bytes = HTML(string=html(report, paper=True), url_fetcher=nothing).write_pdf()
    return made
