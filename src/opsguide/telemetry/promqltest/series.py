"""The notation of series in scripts: `metric{label="value"} 1 2+3x4 _ stale NaN`."""

import math
import re
from collections.abc import Iterator

from msgspec import Struct

from opsguide.kernel.promql import unquoted
from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import NAME, Labels


class ScriptError(Exception):
    """A script cannot be read. The message says why."""


class Point(Struct, frozen=True):
    """One place in a sequence: a number, nothing (None), a stale marker, or a native histogram."""

    value: float | None = None
    stale: bool = False
    histogram: bool = False


class Row(Struct, frozen=True):
    """A series with its points, one an interval."""

    labels: Labels
    points: list[Point]


_NUMBER = r"(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[iI][nN][fF]|[nN][aA][nN])"
# No hexadecimal numbers here: 0x10 is a zero and ten more.
_ITEM = re.compile(
    r"(?P<gap>_)(?:x(?P<gaps>[0-9]+))?"
    r"|(?P<stale>stale)(?:x(?P<stales>[0-9]+))?"
    rf"|(?P<first>[-+]?{_NUMBER})(?:(?P<sign>[-+])(?P<step>{_NUMBER}))?(?:x(?P<more>[0-9]+))?"
)
# What is no number: native histograms, and the state sets that are being tried out.
_HISTOGRAM = re.compile(r"(?:\{\{[^}]*\}\}(?:[-+]\{\{[^}]*\}\})?|ss\([^)]*\))(?:[ \t]*x(?P<more>[0-9]+))?")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_STRING = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`'
_LABEL = re.compile(
    rf"\s*(?:(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)|(?P<quoted>{_STRING}))\s*(?:=\s*(?P<value>{_STRING}))?\s*"
)


def row(text: str) -> Row:
    labels, rest = metric(text)
    return Row(labels, list(points(rest)))


def metric(text: str) -> tuple[Labels, str]:
    """The label set at the start of the text, and what follows it."""
    pairs: list[tuple[str, str]] = []
    named = _NAME.match(text)
    if named:
        pairs.append((NAME, named[0]))
        text = text[named.end() :].lstrip()
    if not text.startswith("{") or text.startswith("{{"):
        return label.of(pairs), text
    text = text[1:]
    while not text.lstrip().startswith("}"):
        found = _LABEL.match(text)
        if found is None or (found["name"] and not found["value"]):
            raise ScriptError(f"no label at {text!r}")
        name = found["name"] or unquoted(found["quoted"])
        pairs.append((name, unquoted(found["value"])) if found["value"] else (NAME, name))
        text = text[found.end() :].removeprefix(",")
    return label.of(pairs), text.lstrip()[1:]


def points(text: str) -> Iterator[Point]:
    """The expanded sequence."""
    text = text.strip()
    while text:
        found = _HISTOGRAM.match(text) or _ITEM.match(text)
        if found is None or (found.end() < len(text) and not text[found.end()].isspace()):
            raise ScriptError(f"no value at {text!r}")
        if found.re is _HISTOGRAM:
            yield from [Point(histogram=True)] * (int(found["more"] or 0) + 1)
        elif found["gap"]:
            yield from [Point()] * int(found["gaps"] or 1)
        elif found["stale"]:
            yield from [Point(stale=True)] * (int(found["stales"] or 0) + 1)
        else:
            yield from _numbers(found)
        text = text[found.end() :].lstrip()


def _numbers(found: re.Match[str]) -> Iterator[Point]:
    value = float(found["first"])
    step = float(found["step"] or 0) * (-1 if found["sign"] == "-" else 1)
    for _ in range(int(found["more"] or 0) + 1):
        yield Point(value)
        value += step


def number(text: str) -> float | None:
    """A line that is one number, as an expected scalar is written."""
    try:
        return float(int(text, 0)) if "_" not in text else None
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def almost_equal(left: float, right: float) -> bool:
    """Equal within a relative 0.000001, the tolerance of the reference's runner. NaN equals NaN."""
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if left == right:
        return True
    size = abs(left) + abs(right)
    gap = abs(left - right)
    tiny = 2.2250738585072014e-308  # the smallest normal number
    if left == 0 or right == 0 or size < tiny:
        return gap < 1e-6 * tiny
    return gap / min(size, 1.7976931348623157e308) < 1e-6
