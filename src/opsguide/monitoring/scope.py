"""Which series are an environment's, and how far back a rate must look: here, and in a remote engine."""

from typing import NamedTuple

from ..guide.bindings import Bindings


def window(every: float) -> str:
    """The rate window: eight scrapes, at least 15 s; Prometheus advises four at the very least."""
    return f"{max(15, round(every * 8))}s"


class Scope(NamedTuple):
    """Label matchers that select an environment's series, and the rate window that fits how often they come."""

    matchers: str
    window: str


def own_scope(environment: str, every: float) -> Scope:
    """Of what opsguide looks at itself, each `every` seconds."""
    return Scope(f'environment="{environment}"', window(every))


def remote_scope(bindings: Bindings, environment: str) -> Scope:
    """Of what a remote engine has."""
    bound = bindings.environments.get(environment)
    matchers = bound.match if bound is not None and bound.match else f'environment="{environment}"'
    return Scope(matchers, f"{max(1, round(bindings.telemetry.window))}s")
