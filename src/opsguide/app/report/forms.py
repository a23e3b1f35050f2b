"""The forms in which a report is written, for the command and the console."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from . import data, markdown, oscal, page
from .model import Report


class Format(StrEnum):
    """How the report is written."""

    HTML = "html"
    PDF = "pdf"
    MD = "md"
    JSON = "json"
    OSCAL = "oscal"


SUFFIXES: Mapping[Format, str] = {form: form.value for form in Format} | {Format.OSCAL: "oscal.json"}
"""What a file's name ends with."""


def _encoded(write: Callable[[Report], str]) -> Callable[[Report], bytes]:
    return lambda report: write(report).encode()


WRITE: Mapping[Format, Callable[[Report], bytes]] = {
    Format.HTML: _encoded(page.html),
    Format.PDF: page.pdf,
    Format.MD: _encoded(markdown.text),
    Format.JSON: _encoded(data.text),
    Format.OSCAL: _encoded(oscal.text),
}
