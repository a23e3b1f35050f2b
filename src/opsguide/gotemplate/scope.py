"""What a template sees while it is expanded, and the table of functions that it may call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from msgspec import Struct

from .printing import shown
from .tree import TemplateError

MAX_QUERIES = 20
MAX_ELEMENTS = 1_000


class Found(Struct, frozen=True):
    """One sample of a query's answer. In a template its fields are `.Labels` and `.Value`."""

    labels: Mapping[str, str]
    value: float


Query = Callable[[str], Sequence[Found]]


def _asks_nothing(_expression: str) -> Sequence[Found]:
    raise TemplateError("nothing can be asked here")


@dataclass
class Scope:
    """What a template sees: `data` by field (`.Labels`), `variables` by name with its `$`. `query` answers PromQL."""

    data: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    query: Query = _asks_nothing
    external_url: str = ""
    _asked: int = 0

    def ask(self, expression: str) -> Sequence[Found]:
        self._asked += 1
        if self._asked > MAX_QUERIES:
            raise TemplateError(f"the template asks more than {MAX_QUERIES} queries")
        found = self.query(expression)
        if len(found) > MAX_ELEMENTS:
            hint = "aggregate, or take topk() of it"
            raise TemplateError(f"a query of the template gives more than {MAX_ELEMENTS} series", hint=hint)
        return found


Call: TypeAlias = Callable[[Scope, Sequence[Any]], Any]

FUNCTIONS: dict[str, Call] = {}
"""A function takes what the template sees and its arguments, and gives a value. Raises TemplateError."""


def named(name: str, *kinds: type | tuple[type, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a plain function of arguments of these kinds."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(_scope: Scope, args: Sequence[Any]) -> Any:
            return function(*held(name, args, kinds))

        FUNCTIONS[name] = call
        return function

    return add


def held(name: str, args: Sequence[Any], kinds: Sequence[type | tuple[type, ...]]) -> Sequence[Any]:
    """The arguments, if they are as many as kinds and of those."""
    if len(args) != len(kinds):
        raise TemplateError(f"{name} takes {len(kinds)} arguments, not {len(args)}")
    for arg, kind in zip(args, kinds, strict=True):
        if kind is float and type(arg) is int:
            continue
        if kind is not object and not isinstance(arg, kind):
            raise TemplateError(f"{name} cannot take {shown(arg)!r}")
    return args
