"""At which severity monitoring opens incidents of its own: the bound word, else what the guide itself has for it."""

from ..guide.bindings import severity_of
from ..guide.bindings.unbound import UNSPECIFIED
from .state import State

WARNING = "warning"


def ticket(state: State, bound: str | None) -> str:
    """The word for what waits in the inbox: the bound one, else `warning` where that is known, else `unspecified`."""
    if bound is not None:
        return bound
    known = severity_of(WARNING, state.severities, state.bindings)
    return WARNING if known is not None else UNSPECIFIED
