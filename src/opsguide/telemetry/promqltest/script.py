"""A script, read into commands: load, clear, eval."""

import re
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from opsguide.kernel import promql
from opsguide.kernel.clock import Instant
from opsguide.telemetry.labels import Labels

from .series import Point, Row, ScriptError, metric, number, row


class Load(Struct, frozen=True):
    """`native` also makes native histograms of the classic ones; `since_start` are series with start timestamps."""

    step_ms: int
    rows: dict[Labels, Row]
    native: bool
    with_start: frozenset[Labels]


class Clear(Struct, frozen=True):
    pass


class Expectation(Struct, frozen=True):
    """A note or error that must come: exactly `text`, or matching `pattern`; any where both are None."""

    text: str | None = None
    pattern: str | None = None

    def fits(self, said: str) -> bool:
        if self.pattern is not None:
            return re.search(self.pattern, said) is not None
        return self.text is None or self.text == said


class Span(Struct, frozen=True):
    start: Instant
    end: Instant
    step_ms: int


class Eval(Struct):
    """An expression at an instant or over a span, and what must come of it."""

    line: int
    expression: str
    at: Instant
    span: Span | None = None
    rows: dict[Labels, Row] = {}
    order: list[Labels] = []
    scalar: float | None = None
    text: str | None = None
    window: Span | None = None
    ordered: bool = False
    expect: dict[str, list[Expectation]] = {}

    @property
    def fails(self) -> bool:
        return "fail" in self.expect


class Broken(Struct, frozen=True):
    """A part of the script that could not be read."""

    line: int
    text: str
    why: str


Command: TypeAlias = Load | Clear | Eval | Broken

_LOAD = re.compile(r"load(?:_(with_nhcb))?\s+(\S+)")
_INSTANT = re.compile(r"eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+))?\s+(.+)")
_RANGE = re.compile(r"eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)")
_EXPECT = re.compile(r"expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?")
_WINDOW = re.compile(r"expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)")


def duration(text: str) -> int:
    """Milliseconds."""
    found = 0 if text == "0" else promql.duration(text)
    if found is None:
        raise ScriptError(f"{text!r} is no duration")
    return found


def commands(text: str) -> list[Command]:
    """All commands. A part that cannot be read becomes Broken, and reading goes on behind it."""
    lines = ["" if line.strip().startswith("#") else line.strip() for line in text.split("\n")]
    found: list[Command] = []
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and lines[end]:
            end += 1
            if lines[end - 1] == "clear" or (end < len(lines) and _starts(lines[end])):
                break
        if end > index:
            try:
                found.append(_command(lines[index:end], index + 1))
            except (ScriptError, ValueError) as error:
                found.append(Broken(index + 1, lines[index], str(error)))
        index = max(end, index + 1)
    return found


def _starts(line: str) -> bool:
    return line == "clear" or bool(re.match(r"(?:load(?:_with_nhcb)?|eval(?:_\w+)?)\s", line))


def _command(lines: list[str], number_of_line: int) -> Command:
    word = lines[0].split()[0].lower()
    readers: list[tuple[str, Callable[[list[str], int], Command]]] = [
        ("clear", lambda _lines, _line: Clear()),
        ("load", lambda lines, _line: _load(lines)),
        ("eval", _eval),
    ]
    for start, read in readers:
        if word.startswith(start):
            return read(lines, number_of_line)
    raise ScriptError(f"{word!r} is no command")


def _load(lines: list[str]) -> Load:
    head = _LOAD.fullmatch(lines[0])
    if head is None:
        raise ScriptError("load needs a step")
    rows: dict[Labels, Row] = {}
    with_start: set[Labels] = set()
    all_start = False
    for line in lines[1:]:
        described = line.split(maxsplit=1)[0]
        if described.endswith("@st"):
            all_start = all_start or described == "@st"
            with_start.add(metric(described.removesuffix("@st"))[0])
            continue
        read = row(line)
        rows[read.labels] = read
    return Load(duration(head[2]), rows, bool(head[1]), frozenset(rows if all_start else with_start))


def _eval(lines: list[str], line: int) -> Eval:
    case = _eval_head(lines[0], line)
    for text in lines[1:]:
        if not _expectation(case, text):
            _expected_value(case, text)
    return case


def _eval_head(text: str, line: int) -> Eval:
    instant, over = _INSTANT.fullmatch(text), _RANGE.fullmatch(text)
    if instant:
        case = Eval(line, instant[3], duration(instant[2] or "0"))
    elif over:
        span = Span(duration(over[2]), duration(over[3]), duration(over[4]))
        case = Eval(line, over[5], span.end, span)
    else:
        raise ScriptError("eval needs `instant at …` or `range from … to … step …`, and an expression")
    kind = instant[1] if instant else over[1] if over else None
    if kind == "ordered":
        case.ordered = True
    elif kind:
        case.expect[kind] = [Expectation()]
    return case


def _expectation(case: Eval, text: str) -> bool:
    """Whether the line says what is expected besides values; if so, it is taken in."""
    if window := _WINDOW.fullmatch(text):
        case.window = Span(duration(window[1]), duration(window[2]), duration(window[3]))
    elif text.startswith("expect string "):
        case.text = promql.unquoted(text.removeprefix("expect string ").strip())
    elif text.startswith(("expected_fail_message", "expected_fail_regexp")):
        word, _, said = text.partition(" ")
        exact = word == "expected_fail_message"
        case.expect["fail"] = [Expectation(said.strip() if exact else None, None if exact else said.strip())]
    elif text.split(" ", maxsplit=1)[0] == "expect":
        found = _EXPECT.fullmatch(text)
        if found is None:
            raise ScriptError(f"{text!r} expects nothing that is known")
        wanted = Expectation(
            found[3].strip() if found[2] == "msg" else None, found[3].strip() if found[2] == "regex" else None
        )
        case.ordered = case.ordered or found[1] == "ordered"
        case.expect.setdefault(found[1], []).append(wanted)
    else:
        return False
    return True


def _expected_value(case: Eval, text: str) -> None:
    value = number(text)
    if value is not None:
        case.scalar = value
        return
    read = row(text)
    case.rows[read.labels] = Row(read.labels, read.points or [Point()])
    case.order.append(read.labels)
