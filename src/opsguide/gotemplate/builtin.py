"""Go's own functions of templates: logic, comparing, printing, indexing. Source: the documentation of text/template."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import functions  # noqa: F401 - registers Prometheus' functions
from .printing import printf, shown
from .scope import FUNCTIONS, Call, Found, Scope, held
from .tree import TemplateError


def truth(value: Any) -> bool:
    """Whether `if` takes it for true: not false, zero, nil and nothing empty."""
    return bool(value) if not isinstance(value, Found) else True


def _printf(_scope: Scope, args: Sequence[Any]) -> str:
    if not args or not isinstance(args[0], str):
        raise TemplateError("printf needs a text first")
    return printf(args[0], args[1:])


def _print(_scope: Scope, args: Sequence[Any]) -> str:
    """A blank between two of which neither is text."""
    said = ""
    for place, arg in enumerate(args):
        if place and not isinstance(arg, str) and not isinstance(args[place - 1], str):
            said += " "
        said += shown(arg)
    return said


def _println(_scope: Scope, args: Sequence[Any]) -> str:
    return " ".join(shown(arg) for arg in args) + "\n"


def _not(_scope: Scope, args: Sequence[Any]) -> bool:
    return not truth(held("not", args, (object,))[0])


def _len(_scope: Scope, args: Sequence[Any]) -> int:
    (value,) = held("len", args, ((str, list, tuple, Mapping),))
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else len(value)


def _index(_scope: Scope, args: Sequence[Any]) -> Any:
    if not args:
        raise TemplateError("index needs a value")
    found = args[0]
    for key in args[1:]:
        if isinstance(found, Mapping) and isinstance(key, str):
            found = found.get(key, "")
        elif isinstance(found, list | tuple) and type(key) is int:
            if not 0 <= key < len(found):
                raise TemplateError(f"index: {key} is out of range of {len(found)}")
            found = found[key]
        else:
            raise TemplateError(f"index: {shown(found)!r} has no {shown(key)!r}")
    return found


FUNCTIONS |= {
    "printf": _printf,
    "print": _print,
    "println": _println,
    "not": _not,
    "len": _len,
    "index": _index,
}


def _comparable(name: str, left: Any, right: Any, *, ordered: bool) -> None:
    kinds = (str, int, float) if ordered else (str, int, float, bool)
    if type(left) is not type(right) or type(left) not in kinds:
        both = type(left) in (int, float) and type(right) in (int, float)
        hint = "a value has a fraction: write 5.0 in place of 5" if both else ""
        raise TemplateError(f"{name} cannot compare {shown(left)} and {shown(right)}", hint=hint)


def _eq(_scope: Scope, args: Sequence[Any]) -> bool:
    """Whether the first equals any of the others."""
    if len(args) < 2:
        raise TemplateError("eq needs two values")
    for other in args[1:]:
        _comparable("eq", args[0], other, ordered=False)
    return args[0] in args[1:]


def _ne(_scope: Scope, args: Sequence[Any]) -> bool:
    left, right = held("ne", args, (object, object))
    _comparable("ne", left, right, ordered=False)
    return bool(left != right)


def _ordering(name: str, holds: Callable[[Any, Any], bool]) -> Call:
    def compare(_scope: Scope, args: Sequence[Any]) -> bool:
        left, right = held(name, args, (object, object))
        _comparable(name, left, right, ordered=True)
        return holds(left, right)

    return compare


FUNCTIONS |= {
    "eq": _eq,
    "ne": _ne,
    "lt": _ordering("lt", lambda left, right: left < right),
    "le": _ordering("le", lambda left, right: left <= right),
    "gt": _ordering("gt", lambda left, right: left > right),
    "ge": _ordering("ge", lambda left, right: left >= right),
}
LAZY = ("and", "or")
"""They look at their arguments one after the other, and no further than they need: `running` does it."""
