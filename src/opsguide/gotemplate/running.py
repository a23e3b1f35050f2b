"""Expands a template. Pure but for what `query` asks; bounded in steps, in what it writes and in what it asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from .builtin import LAZY, truth
from .printing import shown
from .scope import FUNCTIONS, Found, Scope
from .tree import (
    Branch,
    Command,
    Dot,
    Function,
    Inner,
    Literal,
    Node,
    Operand,
    Output,
    Pipeline,
    Template,
    TemplateError,
    Text,
    Variable,
)

MAX_STEPS = 20_000
MAX_OUTPUT = 64_000


def expand(template: Template, scope: Scope) -> str:
    """The text. Raises TemplateError."""
    run = _Run(scope)
    run.nodes(template.nodes, scope.data, [dict(scope.variables) | {"$": scope.data}])
    return "".join(run.said)


class _Run:
    def __init__(self, scope: Scope) -> None:
        self.said: list[str] = []
        self._scope, self._steps, self._written = scope, 0, 0

    def nodes(self, nodes: Sequence[Node], dot: Any, names: list[dict[str, Any]]) -> None:
        """`names` are the variables, one table a block, the innermost last."""
        for node in nodes:
            match node:
                case Text():
                    self._write(node.text)
                case Output():
                    value = self._pipeline(node.pipeline, dot, names)
                    if not node.pipeline.names:
                        self._write("" if value is None else shown(value))
                case Branch():
                    self._branch(node, dot, [*names, {}])

    def _branch(self, node: Branch, dot: Any, names: list[dict[str, Any]]) -> None:
        value = self._pipeline(node.pipeline, dot, names, keep=node.kind != "range")
        if node.kind == "range":
            self._range(node, value, dot, names)
        elif truth(value):
            self.nodes(node.body, value if node.kind == "with" else dot, names)
        else:
            self.nodes(node.others, dot, names)

    def _range(self, node: Branch, value: Any, dot: Any, names: list[dict[str, Any]]) -> None:
        if isinstance(value, Mapping):
            pairs: list[tuple[Any, Any]] = [(key, value[key]) for key in sorted(value)]
        elif isinstance(value, list | tuple):
            pairs = list(enumerate(value))
        elif value is None:
            pairs = []
        else:
            raise TemplateError(f"range cannot go over {shown(value)!r}", line=node.pipeline.line)
        if not pairs:
            self.nodes(node.others, dot, names)
        for key, one in pairs:
            wanted = node.pipeline.names
            taken = dict(zip(wanted, (key, one) if len(wanted) == 2 else (one,), strict=False))
            self.nodes(node.body, one, [*names, taken])

    def _pipeline(
        self, pipeline: Pipeline, dot: Any, names: list[dict[str, Any]], *, keep: bool = True
    ) -> Any:
        """The value; errors without a place get the pipeline's line."""
        try:
            value = self._value(pipeline, dot, names)
        except TemplateError as error:
            raise TemplateError(error.what, line=pipeline.line, hint=error.hint) from None
        if pipeline.names and keep:
            (name,) = pipeline.names
            table = names[-1] if pipeline.declares else next(t for t in reversed(names) if name in t)
            table[name] = value
        return value

    def _value(self, pipeline: Pipeline, dot: Any, names: list[dict[str, Any]]) -> Any:
        last: tuple[Any, ...] = ()
        for command in pipeline.commands:
            last = (self._command(command, last, dot, names),)
        return last[0]

    def _command(self, command: Command, last: tuple[Any, ...], dot: Any, names: list[dict[str, Any]]) -> Any:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TemplateError(f"the template takes more than {MAX_STEPS} steps")
        first = command.operands[0]
        if not isinstance(first, Function):
            return self._operand(first, dot, names)
        if first.name in LAZY:
            return self._lazy(first.name, command.operands[1:], last, (dot, names))
        args = [self._operand(one, dot, names) for one in command.operands[1:]]
        value = FUNCTIONS[first.name](self._scope, (*args, *last))
        if isinstance(value, str) and len(value) > MAX_OUTPUT:
            raise TemplateError(f"{first.name} gives more than {MAX_OUTPUT} characters")
        return value

    def _lazy(
        self,
        name: str,
        operands: Sequence[Operand],
        last: tuple[Any, ...],
        where: tuple[Any, list[dict[str, Any]]],
    ) -> Any:
        """`and` gives the first that is not true, `or` the first that is, else the last."""
        if not operands and not last:
            raise TemplateError(f"{name} needs a value")
        value = None
        for operand in operands:
            value = self._operand(operand, *where)
            if truth(value) == (name == "or"):
                return value
        return last[0] if last else value

    def _operand(self, operand: Operand, dot: Any, names: list[dict[str, Any]]) -> Any:
        match operand:
            case Literal():
                return operand.value
            case Dot():
                return _field(dot, operand.fields)
            case Variable():
                table = next(t for t in reversed(names) if operand.name in t)
                return _field(table[operand.name], operand.fields)
            case Inner():
                return _field(self._value(operand.pipeline, dot, names), operand.fields)
            case Function():
                return self._command(Command((operand,)), (), dot, names)

    def _write(self, text: str) -> None:
        self._written += len(text)
        if self._written > MAX_OUTPUT:
            raise TemplateError(f"the template gives more than {MAX_OUTPUT} characters")
        self.said.append(text)


def _field(value: Any, fields: Sequence[str]) -> Any:
    """What stands in a field; a label that is not there is empty."""
    for name in fields:
        known: Mapping[Any, Any]
        if isinstance(value, Found):
            known = {"Labels": value.labels, "Value": value.value}
        elif isinstance(value, Mapping):
            known = value if name in value or _of_labels(value) else {}
        else:
            known = {}
        if name not in known and not (isinstance(value, Mapping) and _of_labels(value)):
            raise TemplateError(f"{shown(value)[:60]!r} has no field {name}")
        value = known.get(name, "")
    return value


def _of_labels(value: Mapping[str, Any]) -> bool:
    """A map of texts, and not the data that a template starts with."""
    return "Labels" not in value
