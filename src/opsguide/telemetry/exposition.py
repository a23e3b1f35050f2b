"""Prometheus' text format and OpenMetrics, read: a page of metrics → samples.

Format: prometheus.io/docs/instrumenting/exposition_formats and the OpenMetrics 1.0 specification. Comments
(HELP, TYPE, UNIT), timestamps and exemplars are ignored where they may stand: a sample belongs to the instant at
which it was scraped. A line that cannot be read becomes a complaint with its number, never an exception.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from opsguide.kernel.ports import Sample

from .metadata import Metadata

NAME_LABEL = "__name__"

_METRIC_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*+"
_QUOTED = r'"(?:[^"\\]|\\.)*+"'
# Possessive and with branches that no character can confuse: a hostile line costs no more than its length.
_LINE = re.compile(
    rf"[ \t]*+(?P<name>{_METRIC_NAME})?+[ \t]*+"
    rf"(?:\{{(?P<labels>(?:[^\"{{}}]|{_QUOTED})*+)\}})?+"
    r"[ \t]*+(?P<value>[^ \t#{}\"]++)"
    r"(?:[ \t]++(?P<time>[-+]?[0-9][-+0-9.eE]*+))?+"
    r"(?P<exemplar>[ \t]++#[ \t]*+\{.*+)?+[ \t]*+"
)
_LABEL = re.compile(
    rf"[ \t]*+(?:(?P<name>[a-zA-Z_][a-zA-Z0-9_]*+)|(?P<quoted>{_QUOTED}))[ \t]*+"
    rf"(?:=[ \t]*+(?P<value>{_QUOTED})[ \t]*+)?+(?:,|$)"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}
_SHOWN = 80


class Limits(Struct, frozen=True):
    """What one page may hold. A page over a limit is complained of, as Prometheus' sample_limit does."""

    samples: int = 100_000
    labels: int = 64
    label_chars: int = 4096
    complaints: int = 20


DEFAULT_LIMITS = Limits()


class Exposition(Struct, frozen=True):
    """What was read of a page; `names` are those of its metrics. Each complaint is a sentence that starts with its
    line number."""

    samples: list[Sample]
    complaints: list[str]
    names: frozenset[str]


class _Malformed(ValueError):
    """A line cannot be read. The message says why."""


NO_END = "it ends without # EOF: the page was cut off"


def parse(page: bytes, limits: Limits = DEFAULT_LIMITS, *, open_metrics: bool = False) -> Exposition:
    """All samples of a page, in its order. One of OpenMetrics says where it ends."""
    samples: list[Sample] = []
    complaints: list[str] = []
    for number, line in _lines(page):
        if len(samples) == limits.samples:
            complaints.append(f"line {number}: more than {limits.samples} samples")
            break
        try:
            samples.append(_sample(line, limits))
        except _Malformed as why:
            complaints.append(f"line {number}: {why}")
            if len(complaints) == limits.complaints:
                break
    else:
        if open_metrics and not ends(page):
            complaints.append(NO_END)
    return Exposition(samples, complaints, frozenset(sample.labels[NAME_LABEL] for sample in samples))


def ends(page: bytes) -> bool:
    """Whether the last line is OpenMetrics' end."""
    return page[-_SHOWN:].rstrip(b"\r\n").rpartition(b"\n")[2] == b"# EOF"


_ABOUT = re.compile(rb"^#[ \t]+(HELP|TYPE|UNIT)[ \t]+(\S+)[ \t]*([^\r\n]*)", re.MULTILINE)
_FIELDS = {b"HELP": "help", b"TYPE": "type", b"UNIT": "unit"}


def metadata(page: bytes) -> dict[str, Metadata]:
    """What a page says of its metrics, by their names."""
    told: dict[str, dict[str, str]] = {}
    for kind, name, said in _ABOUT.findall(page):
        text = said.decode("utf-8", "replace")
        if kind == b"HELP":
            text = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)
        told.setdefault(name.decode("utf-8", "replace").strip('"'), {})[_FIELDS[kind]] = text
    return {name: Metadata(**fields) for name, fields in told.items()}


def _lines(page: bytes) -> Iterator[tuple[int, str]]:
    """The numbered lines that hold a sample. Not splitlines(): a label's value may hold other line breaks."""
    for number, raw in enumerate(page.split(b"\n"), 1):
        line = raw.decode("utf-8", "surrogateescape").removesuffix("\r")
        if line.startswith("# EOF"):
            return
        if line and not line.isspace() and not line.lstrip(" \t").startswith("#"):
            yield number, line


class _Layout(Struct, frozen=True):
    """A page without its values: what each line of a sample begins with, its labels, and all other lines."""

    places: list[int]
    prefixes: list[bytes]
    lengths: list[int]
    labels: list[dict[str, str]]
    others: list[tuple[int, bytes]]
    underscores: int
    names: frozenset[str]


class Reader:
    """Reads pages as `parse` does; faster where a page is, but for its values, one that was read before."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._layouts: dict[tuple[int, bytes], _Layout] = {}

    def read(self, page: bytes, *, open_metrics: bool = False) -> Exposition:
        lines = page.split(b"\n")
        key = (len(lines), lines[0][:_SHOWN])
        layout = self._layouts.get(key)
        if layout is not None:
            values = _values(page, lines, layout)
            if values is not None and (not open_metrics or ends(page)):
                return Exposition(list(map(Sample, layout.labels, values)), [], layout.names)
        read = parse(page, self._limits, open_metrics=open_metrics)
        layout = None if read.complaints else _layout(page, lines, read)
        if layout is not None:
            self._keep(key, layout)
        return read

    def _keep(self, key: tuple[int, bytes], layout: _Layout) -> None:
        self._layouts.pop(key, None)
        self._layouts[key] = layout
        while sum(len(kept.labels) for kept in self._layouts.values()) > _KEPT and len(self._layouts) > 1:
            self._layouts.pop(next(iter(self._layouts)))


_KEPT = 200_000
"""Lines of layouts that are kept."""


def _values(page: bytes, lines: list[bytes], layout: _Layout) -> list[float] | None:
    """The values of a page of the layout; None where it is none, or has what only `parse` understands."""
    if any(lines[place] != other for place, other in layout.others):
        return None
    # An underscore in a number means something in Python, and nothing here.
    if page.count(b"_") != layout.underscores:
        return None
    found = [lines[place] for place in layout.places]
    if not all(map(bytes.startswith, found, layout.prefixes)):
        return None
    try:
        return [float(line[length:]) for line, length in zip(found, layout.lengths, strict=True)]
    except ValueError:
        return None


def _layout(page: bytes, lines: list[bytes], read: Exposition) -> _Layout | None:
    """The layout of a page that was read without a complaint; None where a line has more than a value."""
    places: list[int] = []
    prefixes: list[bytes] = []
    others: list[tuple[int, bytes]] = []
    for place, line in enumerate(lines):
        if not line.strip() or line.lstrip(b" \t").startswith(b"#"):
            others.append((place, line))
            continue
        text = line.decode("utf-8", "surrogateescape").removesuffix("\r")
        found = _LINE.fullmatch(text)
        if found is None or found["time"] or found["exemplar"] or "_" in found["value"]:
            return None
        places.append(place)
        prefixes.append(text[: found.start("value")].encode())
    if len(places) != len(read.samples):
        return None
    lengths = [len(prefix) for prefix in prefixes]
    labels = [sample.labels for sample in read.samples]
    return _Layout(places, prefixes, lengths, labels, others, page.count(b"_"), read.names)


def _sample(line: str, limits: Limits) -> Sample:
    found = _LINE.fullmatch(line)
    if found is None:
        raise _Malformed(f"this is no sample: {_shown(line)}")
    if not line.isascii() and any("\ud800" <= char <= "\udfff" for char in line):
        raise _Malformed("this is no UTF-8")
    labels = _labels(found["labels"] or "", limits)
    if found["name"]:
        if NAME_LABEL in labels:
            raise _Malformed(f"the metric has two names: {_shown(line)}")
        labels[NAME_LABEL] = found["name"]
    if NAME_LABEL not in labels:
        raise _Malformed(f"the metric has no name: {_shown(line)}")
    return Sample(labels, _number(found["value"]))


def _labels(text: str, limits: Limits) -> dict[str, str]:
    """The labels between the braces; a quoted string alone is the metric's name (UTF-8 names)."""
    labels: dict[str, str] = {}
    text = text.rstrip(" \t")
    at = 0
    while at < len(text):
        found = _LABEL.match(text, at)
        if found is None:
            raise _Malformed(f"a label cannot be read at {_shown(text[at:])}")
        at = found.end()
        name = found["name"] or _unquoted(found["quoted"])
        if found["value"] is None:
            if found["name"]:
                raise _Malformed(f"the label {name} has no value")
            name, value = NAME_LABEL, name
        else:
            value = _unquoted(found["value"])
        if name in labels:
            raise _Malformed(f"the label {name} stands twice")
        if not name or len(labels) == limits.labels or len(name) + len(value) > limits.label_chars:
            raise _Malformed(f"over {limits.labels} labels, or one over {limits.label_chars} characters")
        labels[name] = value
    return {name: value for name, value in labels.items() if value}


def _unquoted(quoted: str) -> str:
    inner = quoted[1:-1]
    if "\\" not in inner:
        return inner
    # An unknown escape stays as it stands, as in the reference parser.
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), inner)


def _number(text: str) -> float:
    try:
        if "_" in text:
            raise ValueError(text)
        return float.fromhex(text) if "x" in text.lower() else float(text)
    except (ValueError, OverflowError):
        raise _Malformed(f"{_shown(text)} is no number") from None


def _shown(text: str) -> str:
    """The start of a text that may be hostile or huge, fit for a message."""
    start = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return repr(start) if start.isprintable() else ascii(start)
