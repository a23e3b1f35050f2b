"""Which series are an environment's, or a part's, and how far back a rate must look: here, and in a remote engine."""

from typing import NamedTuple

from ..guide.bindings import Bindings, Scoped


def window(every: float) -> str:
    """The rate window: eight scrapes, at least 15 s; Prometheus advises four at the very least."""
    return f"{max(15, round(every * 8))}s"


class Scope(NamedTuple):
    """Label matchers that select the series, and the rate window that fits how often they come."""

    matchers: str
    window: str


def own_scope(part: Scoped, every: float) -> Scope:
    """Of what opsguide looks at itself, each `every` seconds."""
    return Scope(_both(f'environment="{part.environment}"', part), window(every))


def remote_scope(bindings: Bindings, part: Scoped) -> Scope:
    """Of what a remote engine has."""
    bound = bindings.environments.get(part.environment)
    matchers = bound.match if bound is not None and bound.match else f'environment="{part.environment}"'
    return Scope(_both(matchers, part), f"{max(1, round(bindings.telemetry.window))}s")


def _both(matchers: str, part: Scoped) -> str:
    return f"{matchers.rstrip().rstrip(',')},{part.matchers}" if part.matchers else matchers
