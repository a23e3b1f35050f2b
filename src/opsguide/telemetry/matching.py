"""Label matchers: which series does a selector mean? Regular expressions are RE2, as in Prometheus.

Python's own `re` backtracks: one hostile expression would stop the service. RE2 runs in time linear in its text
and is the very syntax that PromQL documents.
"""

import enum
import functools
import re as stdlib_re
from collections.abc import Callable, Iterable

import re2  # type: ignore[import-untyped]
from msgspec import Struct

from opsguide.kernel.errors import QueryError

from .labels import Labels

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
    except re2.error as error:
        raise QueryError(f"bad regular expression {pattern!r}", hint="the syntax is RE2's") from error
    return compiled


def tester(matchers: Iterable[Matcher]) -> Callable[[Labels], bool]:
    """Whether a label set fulfils all matchers."""
    tests = [(matcher.name, matcher.test()) for matcher in matchers]

    def fulfils(labels: Labels) -> bool:
        values = dict(labels)
        return all(test(values.get(name, "")) for name, test in tests)

    return fulfils
