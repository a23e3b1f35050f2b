"""Source text → the tree of the promql-parser package, read as Prometheus reads it, and judged by RE2."""

import re
from itertools import pairwise
from typing import NamedTuple

import promql_parser as promql

from ..errors import QueryError
from ..matching import fullmatcher
from .tokens import NotSupported, Token, error_at, place, tokens, unquoted

# The package knows which functions are experimental; these it may not even read with all their arguments.
_EXPERIMENTAL_FUNCTIONS = frozenset(
    {
        *("info", "limitk", "limit_ratio", "histogram_quantiles", "timeseries_gen"),
        *("range", "step", "start", "end", "min_of", "max_of"),
    }
)
EXPERIMENTAL_WORDS = frozenset({"anchored", "smoothed", "fill", "fill_left", "fill_right"})


class Read(NamedTuple):
    """An expression as the package reads it, its words, and the patterns of its matchers: `tree` has their numbers."""

    tree: promql.Expr
    tokens: list[Token]
    patterns: list[str]


def read(source: str) -> Read:
    """What an expression says. Raises QueryError with the place of what is wrong."""
    found = tokens(source)
    told, patterns = _told(source, found)
    try:
        return Read(promql.parse(told), found, patterns)
    except ValueError as error:
        raise _parse_error(source, found, str(error)) from None
    except BaseException as panic:
        # A panic of the package's own code is no Exception: past here it would end tasks that know nothing of it.
        if type(panic).__name__ != "PanicException":
            raise
        raise QueryError("the expression cannot be read", where="PromQL 1:1") from panic


def _told(source: str, found: list[Token]) -> tuple[str, list[str]]:
    """The source as the package reads it right, and the patterns of its matchers.

    The package reads escapes in backquotes and judges patterns by a syntax that is not RE2's. So it is told quotes, and
    of each pattern no more than its number and whether nothing fulfils it, too (`3|`).
    """
    patterns: list[str] = []
    pieces = []
    end = 0
    for before, token in pairwise([Token("sign", "", 0), *found]):
        in_matcher = before.text in ("=~", "!~")
        if token.kind != "string" or not (in_matcher or token.text[0] == "`"):
            continue
        try:
            text = unquoted(token.text)
        except ValueError:
            continue  # the package says what is wrong with an escape
        if in_matcher:
            try:
                optional = fullmatcher(text)("")
            except QueryError as error:
                raise error_at(source, token.start, error.what, error.hint) from None
            patterns.append(text)
            text = f"{len(patterns) - 1}{'|' if optional else ''}"
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pieces += [source[end : token.start], f'"{quoted}"']
        end = token.start + len(token.text)
    return "".join([*pieces, source[end:]]), patterns


def unsupported(source: str, start: int, what: str) -> NotSupported:
    hint = "opsguide keeps to the stable functions, on floats and classic histograms"
    return NotSupported(f"{what}: not supported", where=f"PromQL {place(source, start)}", hint=hint)


def _parse_error(source: str, found: list[Token], said: str) -> QueryError:
    """The package's message with a place, a reason that fits opsguide, and a hint."""
    unsigned = [token for token in found if token.text not in ("-", "+")]
    for token, after in pairwise([*unsigned, Token("end", "", len(source))]):
        if why := _beyond(token, after):
            return unsupported(source, token.start, why)
    if odd := _odd_in_brackets(found):
        why = "an aligned subquery" if odd.text.startswith("::") else "arithmetic on durations"
        return unsupported(source, odd.start, f"{why} is experimental")
    unmatched = _unmatched(found)
    if unmatched is not None:
        return error_at(source, unmatched.start, f"{unmatched.text} has no counterpart")
    named = re.findall(r"'([^']+)'", said)
    starts = [token.start for token in found if token.text in named] or [token.start for token in found[-1:]]
    hint = ""
    if "expected type matrix" in said:
        hint = "give the range that it looks back: metric[5m]"
    elif "got matrix" in said:
        hint = "first make one value of the range: rate(metric[5m]), avg_over_time(metric[5m])"
    elif "BOOL" in said:
        hint = "between two numbers write `== bool`, `> bool` …"
    return error_at(source, starts[0] if starts else 0, said, hint)


def _beyond(token: Token, after: Token) -> str:
    """Why two neighbours are valid PromQL that the package does not read, or ""."""
    if token.lower in EXPERIMENTAL_WORDS:
        return f"{token.text} is experimental"
    if token.lower in _EXPERIMENTAL_FUNCTIONS and after.text == "(":
        return f"{token.text}() is experimental"
    if token.lower == "offset" and (after.text == "(" or after.kind == "word"):
        return "arithmetic on durations is experimental"
    if token.text in ("<", ">") and after.text == "/" and after.start == token.start + 1:
        return f"{token.text}/ is for native histograms"
    return ""


def _odd_in_brackets(found: list[Token]) -> Token | None:
    """What stands in a range's brackets besides durations and the colon."""
    depth = 0
    for token in found:
        depth += (token.text == "[") - (token.text == "]")
        plain = token.kind == "number" or token.text.startswith((":", "["))
        plain = plain and not token.text.startswith("::")
        if depth > 0 and not plain:
            return token
    return None


def _unmatched(found: list[Token]) -> Token | None:
    """A bracket that is not closed, or not opened."""
    closing = {"(": ")", "[": "]", "{": "}"}
    open_ones: list[Token] = []
    for token in found:
        if token.text in closing:
            open_ones.append(token)
        elif token.text in closing.values() and (
            not open_ones or closing[open_ones.pop().text] != token.text
        ):
            return token
    return open_ones[-1] if open_ones else None
