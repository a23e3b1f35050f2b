"""What the functions of the language see of an evaluation."""

from typing import Protocol

from opsguide.kernel.clock import Instant
from opsguide.kernel.errors import QueryError

from .syntax import Expr, Node
from .values import Matrix, Value, Vector


class Scope(Protocol):
    """One instant at which an expression is evaluated."""

    @property
    def at(self) -> Instant: ...

    def value(self, node: Expr) -> Value:
        """What the expression comes to at the instant."""
        ...

    def vector(self, node: Expr) -> Vector: ...
    def scalar(self, node: Expr) -> float: ...
    def text(self, node: Expr) -> str: ...
    def matrix(self, node: Expr) -> Matrix: ...

    def vector_with_times(self, node: Expr) -> tuple[Vector, list[Instant]]:
        """A vector with the instants of its samples: those of the samples for a selector, else that of the scope."""
        ...

    def warn(self, node: Node, text: str) -> None:
        """Note that the result may be wrong."""
        ...

    def info(self, node: Node, text: str) -> None:
        """Note that the query may not be what was meant."""
        ...

    def error(self, text: str) -> QueryError: ...
