"""Words of the guide meet words of the bindings: which severity, which signal, which team is meant."""

import re
from collections.abc import Iterable

from ..parts import part_named
from ..promise import Promise, Reading
from ..severities import code_key
from ..values import Alert, Environment, Objective, Severity
from .model import Bindings

_PERCENTILE = re.compile(r"^p\d+(\.\d+)?_")


def service_name(bindings: Bindings, reading: Reading) -> str:
    """The bound name, else the guide's title, else `service`."""
    return bindings.service or reading.title.strip() or "service"


def handle(to: str) -> str:
    """`@Core-Platform` and `core-platform` are one team."""
    return to.strip().lstrip("@").casefold()


def behind(bindings: Bindings, to: str) -> tuple[str, ...]:
    """The people behind a name of the guide: a person, or all of a team; none where nobody is bound to it."""
    name = handle(to)
    if name in bindings.people:
        return (name,)
    team = bindings.teams.get(name)
    return team.members if team is not None else ()


def severities(promises: Iterable[Promise]) -> tuple[Severity, ...]:
    """The severities that a guide defines, worst first."""
    found = [(promise.span, promise.values) for promise in promises if isinstance(promise.values, Severity)]
    found.sort(key=lambda pair: (pair[1].order if pair[1].order is not None else len(found), pair[0]))
    return tuple(values for _, values in found)


def severity_of(word: str, defined: Iterable[Severity], bindings: Bindings) -> str | None:
    """The defined severity that a word means: by `[severities]`, as its code, or its label. None: unknown.

    A code goes in any spelling: labels of alerts have no blanks, so that a guide's `Sev 1` is `sev1` or `sev-1` there.
    """
    wanted = bindings.severities.get(word.casefold(), word.casefold())
    known = tuple(defined)
    for severity in known:
        if wanted in (severity.severity, (severity.label or "").casefold()):
            return severity.severity
    code = code_key(wanted)
    return next((one.severity for one in known if code_key(one.severity) == code), None)


def environments(promises: Iterable[Promise]) -> tuple[str, ...]:
    """The environments that a guide names, case-folded, in its order."""
    found = (promise.values for promise in promises)
    return tuple(values.environment.casefold() for values in found if isinstance(values, Environment))


def is_availability(promise: Promise) -> bool:
    """A target for the share of time, or of requests, that the service is available."""
    values = promise.values
    return isinstance(values, Objective) and values.signal == "availability" and values.level == "target"


def built_in(signal: str) -> str:
    """The signal as a name of ours: `Lock contention` → `lock_contention`, `p95_query_time` → `query_time`."""
    return _PERCENTILE.sub("", re.sub(r"[\s-]+", "_", signal.strip().casefold()))


def signal_names(values: Alert | Objective, *, whole: bool = False) -> tuple[str, ...]:
    """The names by which `[signals]` may define it, most specific first: `p95_response_time` …

    What is said of a part of the service has names of its own, `p95_response_time.checkout`: those of the `whole` are
    not meant.
    """
    own = (values.alert,) if isinstance(values, Alert) and values.alert else ()
    base = built_in(values.signal)
    quantile = (f"p{values.percentile:g}_{base}",) if values.percentile is not None else ()
    names = (*quantile, values.signal, base)
    return tuple(dict.fromkeys((*own, *(names if whole else (of_part(name, values) for name in names)))))


def of_part(name: str, values: Alert | Objective) -> str:
    """A signal's name, with the part of the service behind it of which something is said: `error_rate.checkout`."""
    part = part_named(values)
    return name if part is None else f"{name}.{'-'.join(part.split())}"
