"""Where a part of the service is of which the guide says something: label matchers, or an environment of its own."""

from typing import NamedTuple

from ..parts import environment_meant, part_named
from ..promise import Promise
from ..values import Alert, Objective
from .model import Bindings, EnvironmentBinding
from .names import signal_names

WHOLE = "*"
"""What `[scopes]` says of a part that is all of the service."""


class Scoped(NamedTuple):
    """What a line is judged by: the series of an environment, and of those the ones that the matchers select."""

    environment: str
    matchers: str = ""


def main_of(bindings: Bindings) -> str | None:
    """Production, else the only one of which anything is bound. What names none belongs to production."""
    bound = [name for name, e in bindings.environments.items() if e.url or e.measured or e.match]
    bound += [one.environment for one in bindings.probes.values() if one.environment and one.availability]
    bound += [one.environment.casefold() for one in bindings.databases.values() if one.environment]
    bound += [one.environment for one in bindings.lab.values() if one.environment and one.judges]
    if "production" in bound:
        return "production"
    if bound:
        return bound[0] if len(set(bound)) == 1 else None
    some = bindings.databases or bindings.vitals or bindings.telemetry.is_remote
    return "production" if some else None


def every_of(bindings: Bindings, environment: str) -> float:
    """How often an environment is looked at, in seconds; as usual where nothing of it is bound."""
    return bindings.environments.get(environment, EnvironmentBinding()).every


def part_of(values: Alert | Objective, bindings: Bindings, main: str) -> Scoped | None:
    """What a line is judged by; None where nothing says where its part is. `main` is the environment users meet."""
    named = part_named(values)
    if named is None:
        return Scoped(main)
    matchers = bindings.scopes.get(named)
    if matchers is not None:
        return Scoped(main) if matchers == WHOLE else Scoped(main, matchers)
    environment = _environment(named, bindings, main)
    return Scoped(environment) if environment is not None else None


def place_of(values: Objective, bindings: Bindings, main: str) -> str:
    """The environment by whose outages an availability is weighed; that of a part is one of its own name."""
    named = part_named(values)
    if named is None or bindings.scopes.get(named) == WHOLE:
        return main
    return _environment(named, bindings, main) or named


def counted_as(values: Objective, bindings: Bindings, main: str) -> str:
    """The name under which the requests are counted by which an availability is weighed: an environment's, a part's."""
    part = part_of(values, bindings, main)
    return part.environment if part is not None and not part.matchers else part_named(values) or main


def _environment(named: str, bindings: Bindings, main: str) -> str | None:
    """The bound environment that a part is, by its name or another word for it."""
    probes = (probe.environment for probe in bindings.probes.values() if probe.environment)
    known = [*bindings.environments, *probes, main]
    if named in known:
        return named
    return next((one for one in known if environment_meant(one) == environment_meant(named)), None)


def keys_of(values: Alert | Objective, bindings: Bindings) -> tuple[str, ...]:
    """The names by which `[signals]` may define what it is about, most specific first."""
    named = part_named(values)
    whole = named is not None and bindings.scopes.get(named) == WHOLE
    return (*signal_names(values), *(signal_names(values, whole=True) if whole else ()))


def uptime_of(promises: dict[str, Promise], bindings: Bindings, environment: str) -> str | None:
    """The promise of an environment's availability; the first that the guide gives."""
    main = main_of(bindings) or ""
    for promise in promises.values():
        values = promise.values
        if isinstance(values, Objective) and (values.signal, values.level) == ("availability", "target"):
            if place_of(values, bindings, main) == environment:
                return promise.id
    return None
