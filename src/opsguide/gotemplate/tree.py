"""What a template is made of, once it is parsed."""

from typing import TypeAlias

from msgspec import Struct

from ..kernel.errors import OpsguideError


class TemplateError(OpsguideError):
    """A template cannot be parsed or expanded. `line` counts from 1 in the template's own text."""

    def __init__(self, what: str, *, line: int = 1, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.line = line


class Literal(Struct, frozen=True):
    """A constant: text, whole number, number with a fraction, true or false, or nil."""

    value: str | int | float | bool | None


class Dot(Struct, frozen=True):
    """The value of `.`, or one of its fields: `.Labels.job`."""

    fields: tuple[str, ...] = ()


class Variable(Struct, frozen=True):
    """`$labels.job`."""

    name: str
    fields: tuple[str, ...] = ()


class Function(Struct, frozen=True):
    """The name of a function; its arguments stand beside it in the command."""

    name: str


class Inner(Struct, frozen=True):
    """A pipeline in parentheses, perhaps with fields: `(first $found).Value`."""

    pipeline: "Pipeline"
    fields: tuple[str, ...] = ()


Operand: TypeAlias = Literal | Dot | Variable | Function | Inner


class Command(Struct, frozen=True):
    """A function with its arguments, or one value."""

    operands: tuple[Operand, ...]


class Pipeline(Struct, frozen=True):
    """Commands, each of which is the last argument of the next. `names` are variables that take the value.

    `declares`: by `:=`; else, by `=`, they are changed.
    """

    commands: tuple[Command, ...]
    line: int
    names: tuple[str, ...] = ()
    declares: bool = True


class Text(Struct, frozen=True):
    text: str


class Output(Struct, frozen=True):
    pipeline: Pipeline


class Branch(Struct, frozen=True):
    """`if`, `with` or `range`; `others` is what stands behind `else`."""

    kind: str
    pipeline: Pipeline
    body: "tuple[Node, ...]"
    others: "tuple[Node, ...]" = ()


Node: TypeAlias = Text | Output | Branch


class Template(Struct, frozen=True):
    nodes: tuple[Node, ...]

    @property
    def plain(self) -> str | None:
        """The text, where there is nothing to expand."""
        if all(isinstance(node, Text) for node in self.nodes):
            return "".join(node.text for node in self.nodes if isinstance(node, Text))
        return None
