"""The functions of Prometheus that a template may call.

Source: prometheus.io/docs/prometheus/latest/configuration/template_reference
"""

import datetime
import math
import re as stdlib_re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus, urlsplit

import re2  # type: ignore[import-untyped]

from .printing import four, shown
from .scope import FUNCTIONS, Found, Scope, held, named
from .tree import TemplateError

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
MAX_PATTERN = 1000


# Text --------------------------------------------------------------------------------------------------------------


@named("toUpper", str)
def _upper(text: str) -> str:
    return text.upper()


@named("toLower", str)
def _lower(text: str) -> str:
    return text.lower()


@named("title", str)
def _title(text: str) -> str:
    """The first letter of every word in upper case."""
    return stdlib_re.sub(r"(?<!\w)\w", lambda found: found[0].upper(), text)


@named("match", str, str)
def _match(pattern: str, text: str) -> bool:
    return _regex(pattern).search(text) is not None


@named("reReplaceAll", str, str, str)
def _replace_all(pattern: str, replacement: str, text: str) -> str:
    compiled, said, at, last = _regex(pattern), list[str](), 0, -1
    for found in compiled.finditer(text):
        if found.start() == found.end() == last:
            continue
        said += [text[at : found.start()], _replaced(found, replacement)]
        at = last = found.end()
    return "".join([*said, text[at:]])


def _regex(pattern: str) -> "stdlib_re.Pattern[str]":
    if len(pattern) > MAX_PATTERN:
        raise TemplateError(f"a regular expression is longer than {MAX_PATTERN} characters")
    try:
        found: stdlib_re.Pattern[str] = re2.compile(pattern, _OPTIONS)
    except re2.error:
        raise TemplateError(f"bad regular expression {pattern!r}", hint="the syntax is RE2's") from None
    return found


_GROUP = stdlib_re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def _replaced(found: "stdlib_re.Match[str]", replacement: str) -> str:
    """`$1`, `${1}`, `$name`: a group that does not exist is empty."""

    def group(named: "stdlib_re.Match[str]") -> str:
        if named[1]:
            return "$"
        name = named[2] or named[3]
        try:
            return found[int(name) if name.isdecimal() else name] or ""
        except (IndexError, KeyError, ValueError):
            return ""

    return _GROUP.sub(group, replacement)


@named("stripPort", str)
def _strip_port(host: str) -> str:
    found = stdlib_re.fullmatch(r"\[([^\[\]]*)\]:[^:\[\]]*|([^:\[\]]*):[^:\[\]]*", host)
    return host if found is None else found[1] if found[1] is not None else found[2]


@named("stripDomain", str)
def _strip_domain(host: str) -> str:
    name, colon, port = host.rpartition(":") if stdlib_re.fullmatch(r"[^:]*:[^:]*", host) else (host, "", "")
    if stdlib_re.fullmatch(r"[\d.]+|.*:.*", name):
        return host
    return name.partition(".")[0] + colon + port


@named("urlquery", str)
def _urlquery(text: str) -> str:
    return quote_plus(text)


FUNCTIONS["urlQueryEscape"] = FUNCTIONS["urlquery"]


@named("safeHtml", str)
def _safe_html(text: str) -> str:
    return text


# Numbers -----------------------------------------------------------------------------------------------------------

_LARGE, _SMALL = ("", "k", "M", "G", "T", "P", "E", "Z", "Y"), ("", "m", "u", "n", "p", "f", "a", "z", "y")
_BINARY = ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")


def _number(value: Any) -> float:
    """A number, or a text that is one. Raises TemplateError."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise TemplateError(f"{value!r} is no number") from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise TemplateError(f"{shown(value)!r} is no number")


@named("humanize", object)
def _humanize(given: Any) -> str:
    value = _number(given)
    if value == 0 or not math.isfinite(value):
        return four(value)
    if abs(value) < 1:
        return _scaled(value, _SMALL)
    return _shrunk(value, _LARGE, 1000)


@named("humanize1024", object)
def _humanize_1024(given: Any) -> str:
    value = _number(given)
    if abs(value) <= 1 or not math.isfinite(value):
        return four(value)
    return _shrunk(value, _BINARY, 1024)


def _shrunk(value: float, prefixes: Sequence[str], by: int) -> str:
    place = 0
    while abs(value) >= by and place < len(prefixes) - 1:
        value, place = value / by, place + 1
    return four(value) + prefixes[place]


def _scaled(value: float, prefixes: Sequence[str]) -> str:
    place = 0
    while abs(value) < 1 and place < len(prefixes) - 1:
        value, place = value * 1000, place + 1
    return four(value) + prefixes[place]


@named("humanizePercentage", object)
def _humanize_percentage(given: Any) -> str:
    return f"{four(_number(given) * 100)}%"


@named("humanizeDuration", object)
def _humanize_duration(given: Any) -> str:
    value = _number(given)
    if not math.isfinite(value):
        return four(value)
    if abs(value) < 1:
        return f"{_scaled(value, _SMALL)}s" if value else "0s"
    sign, value = ("-" if value < 0 else ""), abs(value)
    whole = int(value)
    days, hours, minutes, seconds = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    return f"{sign}{minutes}m {seconds}s" if minutes else f"{sign}{four(value)}s"


@named("humanizeTimestamp", object)
def _humanize_timestamp(given: Any) -> str:
    value = _number(given)
    if not math.isfinite(value):
        return four(value)
    if abs(value) * 1e9 >= 2**63:
        raise TemplateError(f"{shown(value)} seconds are no time")
    start = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - its text is put together below
    at = start + datetime.timedelta(milliseconds=int(value * 1000))
    fraction = f".{at.microsecond:06}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


@named("parseDuration", str)
def _parse_duration(text: str) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
    parts = stdlib_re.findall(r"(\d{1,15})(ms|[smhdwy])", text)
    if not parts or "".join(map("".join, parts)) != text:
        raise TemplateError(f"{text!r} is no duration")
    return float(sum(int(count) * units[unit] for count, unit in parts))


# Samples -----------------------------------------------------------------------------------------------------------


@named("first", (list, tuple))
def _first(found: Sequence[Found]) -> Found:
    if not found:
        raise TemplateError(
            "first: the query found nothing", hint="ask with `with` whether there is anything"
        )
    return found[0]


@named("label", str, Found)
def _label(name: str, found: Found) -> str:
    return found.labels.get(name, "")


@named("value", Found)
def _value(found: Found) -> float:
    return found.value


@named("strvalue", Found)
def _strvalue(found: Found) -> str:
    return found.labels.get("__value__", "")


@named("sortByLabel", str, (list, tuple))
def _sort_by_label(name: str, found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: one.labels.get(name, ""))


def _query(scope: Scope, args: Sequence[Any]) -> Sequence[Found]:
    return scope.ask(*held("query", args, (str,)))


def _external_url(scope: Scope, args: Sequence[Any]) -> str:
    held("externalURL", args, ())
    return scope.external_url


def _path_prefix(scope: Scope, args: Sequence[Any]) -> str:
    held("pathPrefix", args, ())
    return urlsplit(scope.external_url).path


FUNCTIONS |= {"query": _query, "externalURL": _external_url, "pathPrefix": _path_prefix}


@named("graphLink", str)
def _graph_link(expression: str) -> str:
    return f"/graph?g0.expr={quote_plus(expression)}&g0.tab=0"


@named("tableLink", str)
def _table_link(expression: str) -> str:
    return f"/graph?g0.expr={quote_plus(expression)}&g0.tab=1"
