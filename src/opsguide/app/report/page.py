"""The report as one HTML file that needs nothing else and prints well; and the same as PDF."""

from collections.abc import Sequence
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

HERE = Path(__file__).parent / "templates"
MOST_DRAWN = 400
"""Stints in one strip: 720 pixels show no more."""


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


def html(report: Report) -> str:
    """The whole file."""
    return body("report.html", report)


def body(template: str, report: Report, **context: Any) -> str:
    """One of the two templates: the file, or what the console's page shows of it."""
    return _environment().get_template(template).render(**shown(report), **context)


def shown(report: Report) -> dict[str, Any]:
    """What the templates need."""
    return {
        "report": report,
        "name": words.month_name(report.month),
        "summary": list(words.summary(report)),
        "moment": partial(words.moment, zone=report.zone),
        "details": details,
        "strip": partial(_strip, report),
        "chapters": _chapters(report),
    }


def _strip(report: Report, line: PromiseLine) -> Markup:
    drawn: Sequence[Stint] = line.stints
    if len(drawn) > MOST_DRAWN:
        longest = sorted(drawn, key=lambda one: (one.kind != "broken", -one.seconds))[:MOST_DRAWN]
        drawn = sorted(longest, key=lambda one: one.start)
    return course(drawn, report.start, report.end).strip


def _chapters(report: Report) -> list[tuple[str, list[PromiseLine]]]:
    """The promises under the headings of the guide, in its order."""
    found: dict[str, list[PromiseLine]] = {}
    for line in report.promises:
        found.setdefault(line.promise.section.removeprefix(f"{report.title} / "), []).append(line)
    return list(found.items())


def pdf(report: Report) -> bytes:
    """The same on A4. Raises OpsguideError where WeasyPrint or the libraries below it are missing."""
    try:
        from weasyprint import HTML
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
    made: bytes = HTML(string=html(report), url_fetcher=_nothing).write_pdf()
    return made


def _nothing(url: str, *_arguments: Any, **_named: Any) -> Any:
    """A report needs nothing from elsewhere, and fetches nothing."""
    raise ValueError(f"a report fetches nothing: {url}")
