"""Label matchers: which label sets does a selector mean? Regular expressions are RE2, as in Prometheus.

Python's own `re` backtracks: one hostile expression would stop the service. RE2 runs in time linear in its text
and is the very syntax that PromQL documents.
"""

import enum
import functools
import re as stdlib_re
from collections.abc import Callable, Iterable, Mapping

import re2  # type: ignore[import-untyped]
from msgspec import Struct

from .errors import QueryError

MAX_PATTERN_CHARS = 10_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.dot_nl = True  # in Prometheus 3 the dot matches a line break


class Op(enum.Enum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


class Matcher(Struct, frozen=True):
    """One condition on a label. An absent label has the value ""."""

    name: str
    op: Op
    value: str

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}{self.op.value}"{quoted}"'

    def test(self) -> Callable[[str], bool]:
        """Whether a value of the label fulfils the condition. Raises QueryError for a bad expression."""
        wanted = self.value
        match self.op:
            case Op.EQUAL:
                return lambda value: value == wanted
            case Op.NOT_EQUAL:
                return lambda value: value != wanted
        matches = fullmatcher(wanted)
        if self.op is Op.MATCHES:
            return matches
        return lambda value: not matches(value)


@functools.lru_cache(1024)
def fullmatcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text matches the expression from its start to its end."""
    compiled = compiled_regex(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def compiled_regex(pattern: str) -> "stdlib_re.Pattern[str]":
    """An RE2 expression, with the methods of Python's. Raises QueryError."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise QueryError(f"a regular expression is longer than {MAX_PATTERN_CHARS} characters")
    try:
        compiled: stdlib_re.Pattern[str] = re2.compile(pattern, _OPTIONS)
    except (re2.error, UnicodeEncodeError) as error:
        raise QueryError(f"bad regular expression {pattern!r}", hint="the syntax is RE2's") from error
    return compiled


MATCHER = (
    r"""^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*"""
    r"""(?:"((?:[^"\\]|\\.)*)"|([^\s"',{}=~][^\s"',{}]*))\s*$"""
)
"""How one is written, as JSON Schema says it; it cannot say whether an expression is one of RE2's."""

_WRITTEN = stdlib_re.compile(MATCHER)


def parse_matcher(written: str) -> Matcher:
    """`alert="slow"`, `instance=~"web.*"`; quotes may be left out. Raises QueryError."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        hint = 'write a label, one of = != =~ !~ and a value, such as alert="slow_response_time"'
        raise QueryError(f"`{written.strip()}` is no matcher", hint=hint)
    name, op, quoted, bare = found.groups()
    value = bare if quoted is None else stdlib_re.sub(r"\\(.)", r"\1", quoted)
    matcher = Matcher(name, Op(op), value)
    matcher.test()
    return matcher


def fulfils(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether labels fulfil all matchers; none means everything."""
    return all(matcher.test()(labels.get(matcher.name, "")) for matcher in matchers)
