"""The words of an expression with their places. The parser package gives a tree without places; this gives them.

It also stands guard: the package's parser runs on the machine's stack and ends the process on deep nesting, and it
panics on durations without end, so that neither may reach it.
"""

import re

from msgspec import Struct

from ..errors import QueryError

MAX_CHARS = 64_000
MAX_DEPTH = 50
MAX_OPERATORS = 150
MAX_SECONDS = 1e11  # about 3,000 years

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+' | `[^`]*+`)
      | (?P<number>0[xX][0-9a-fA-F]+
          | (?:[0-9]+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_])
          | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?
          | (?:(?i:inf|nan))(?![a-zA-Z0-9_:]))
      | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*+)
      | (?P<sign>==|!=|=~|!~|>=|<=|[-+*/%^<>=(){}\[\],@])""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<="})
_WORD_OPERATORS = frozenset({"and", "or", "unless", "atan2"})


_UNITS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
_DURATION = re.compile(r"([-+]?)((?:[0-9]+(?:ms|[smhdwy]))+)")


def duration(text: str) -> int | None:
    """Milliseconds of `1h30m`, perhaps with a sign; None where it is no duration."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    parts = re.findall(r"([0-9]+)(ms|[smhdwy])", found[2])
    return sum(int(count) * _UNITS[unit] for count, unit in parts) * (-1 if found[1] == "-" else 1)


class Token(Struct, frozen=True):
    """`kind` is string, number, word or sign."""

    kind: str
    text: str
    start: int

    @property
    def lower(self) -> str:
        return self.text.lower()


class NotSupported(QueryError):
    """Valid PromQL that opsguide does not claim to answer: native histograms, experimental parts."""


def place(source: str, start: int) -> str:
    """`line:column`, both from 1, as Prometheus counts them."""
    before = source[:start]
    return f"{before.count(chr(10)) + 1}:{start - before.rfind(chr(10))}"


def error_at(source: str, start: int, what: str, hint: str = "") -> QueryError:
    return QueryError(what, where=f"PromQL {place(source, start)}", hint=hint)


def tokens(source: str) -> list[Token]:
    """The words of the source, checked for what would hurt the parser. Raises QueryError."""
    if len(source) > MAX_CHARS:
        raise QueryError(f"the expression is longer than {MAX_CHARS} characters", where="PromQL 1:1")
    found = _split(source)
    depth = operators = 0
    for token in found:
        if token.text in ("(", "["):
            depth += 1
        elif token.text in (")", "]"):
            depth -= 1
        elif token.text in _OPERATORS or (token.kind == "word" and token.lower in _WORD_OPERATORS):
            operators += 1
        if depth > MAX_DEPTH or operators > MAX_OPERATORS:
            what = f"the expression nests deeper than {MAX_DEPTH} or has more than {MAX_OPERATORS} operators"
            raise error_at(source, token.start, what, "split it into recorded parts")
    _check_durations(source, found)
    return found


def _check_durations(source: str, found: list[Token]) -> None:
    """No duration without end: in brackets and after offset, where a plain number is one too."""
    expected = False
    for token in found:
        if token.text in ("[", "]") or token.lower == "offset":
            expected = token.text != "]"
        elif token.kind == "number" and expected and token.text[-1] not in "smhdwy":
            seconds = float(int(token.text, 16)) if token.lower.startswith("0x") else float(token.text)
            if not seconds <= MAX_SECONDS:
                raise error_at(source, token.start, f"{token.text} seconds are no duration")
        elif token.text not in ("+", "-") and not token.text.startswith(":"):
            expected = False


def _split(source: str) -> list[Token]:
    found = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            char = source[at]
            what = "a string is not closed" if char in "\"'`" else f"unexpected character {char!r}"
            raise error_at(source, at, what)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match[0], at))
        at = match.end()
    return found


_ESCAPES = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([^\\]+)", re.DOTALL
)


def unquoted(literal: str) -> str:
    r"""What a Go string literal says. A \xff that is no UTF-8 becomes a surrogate, as with surrogateescape.

    Raises ValueError where Go knows no such escape.
    """
    if literal[0] == "`":
        return literal[1:-1]
    said = bytearray()
    for hexa, octal, short, long, char, plain in _ESCAPE.findall(literal[1:-1]):
        if plain:
            said += plain.encode("utf-8", "surrogateescape")
        elif hexa or octal:
            said.append(int(hexa, 16) if hexa else int(octal, 8))
        elif short or long:
            said += chr(int(short or long, 16)).encode("utf-8", "surrogatepass")
        elif char not in _ESCAPES or (char in "'\"" and char != literal[0]):
            raise ValueError(f"unknown escape sequence \\{char}")
        else:
            said.append(_ESCAPES[char])
    return said.decode("utf-8", "surrogateescape")
