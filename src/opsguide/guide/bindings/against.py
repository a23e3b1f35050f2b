"""The bindings held to a guide: words that it does not have, promises that are not in it."""

from collections.abc import Iterable, Sequence
from typing import Literal

from ..promise import Diagnostic, Reading
from ..values import Severity
from ..wording import did_you_mean, listed
from .model import Bindings
from .names import environments, is_availability, severities, severity_of
from .problems import Problems, Spot


def check_against(
    reading: Reading, bindings: Bindings, *, text: str = "", where: str = "opsguide.toml"
) -> tuple[Diagnostic, ...]:
    """What in the bindings does not fit this guide. `text` is their source, for places."""
    problems = Problems(text, where)
    _hold_severities(reading, bindings, problems)
    _hold_limits(reading, bindings, problems)
    _hold_objectives(reading, bindings, problems)
    _hold_environments(reading, bindings, problems)
    _hold_drills(reading, bindings, problems)
    _hold_status(reading, bindings, problems)
    return problems.all()


def _hold_severities(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    defined = severities(reading.promises)
    known = [severity.severity for severity in defined]
    for word, severity in bindings.severities.items():
        if severity_of(severity, defined, Bindings()) is None:
            _unknown(problems.spot("severities", word), "severity", severity, known, "error")
    for name, probe in bindings.probes.items():
        if probe.severity and severity_of(probe.severity, defined, bindings) is None:
            spot = problems.spot("probes", name, "severity")
            _unknown(spot, "severity", probe.severity, known, "error")
    for index, severity in enumerate(bindings.paging.severities or ()):
        if severity_of(severity, defined, bindings) is None:
            _unknown(problems.spot("paging", "severities", index), "severity", severity, known, "error")
    _hold_notify(defined, bindings, problems)
    for key in ("no_data_severity", "page_severity", "ticket_severity"):
        said = getattr(bindings.monitoring, key)
        if said is not None and severity_of(said, defined, bindings) is None:
            _unknown(problems.spot("monitoring", key), "severity", said, known, "error")


def _hold_notify(defined: Sequence[Severity], bindings: Bindings, problems: Problems) -> None:
    """Severities of the rules by which people are told."""
    known = [severity.severity for severity in defined]
    for person, bound in bindings.people.items():
        for place, rule in enumerate(bound.notify):
            for index, severity in enumerate(rule.severities):
                if severity_of(severity, defined, bindings) is None:
                    spot = problems.spot("people", person, "notify", place, "severities", index)
                    _unknown(spot, "severity", severity, known, "error")


def _hold_limits(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    known = [promise.id for promise in reading.promises]
    for promise in bindings.limits:
        if promise not in known:
            _unknown(problems.spot("limits", promise), "promise", promise, known, "error", on="key")


def _hold_objectives(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    """Only availability is weighed over a period."""
    known = [promise.id for promise in reading.promises if is_availability(promise)]
    for promise in bindings.objectives:
        if promise not in known:
            _unknown(problems.spot("objectives", promise), "availability", promise, known, "error", on="key")


def _hold_drills(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    known = [promise.id for promise in reading.promises]
    drills = bindings.drills
    for promise in drills.promises if drills is not None else ():
        if promise not in known:
            spot = problems.spot("drills", "promises", promise)
            _unknown(spot, "promise", promise, known, "error", on="key")
    for index, promise in enumerate(drills.skip if drills is not None else ()):
        if promise not in known:
            _unknown(problems.spot("drills", "skip", index), "promise", promise, known, "error")


def _hold_status(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    """A line that left the guide must not keep its new version out: the component is unknown on the page."""
    known = [promise.id for promise in reading.promises]
    for name, component in bindings.status.components.items() if bindings.status is not None else ():
        if component.promise is not None and component.promise not in known:
            spot = problems.spot("status", "components", name, "promise")
            _unknown(spot, "promise", component.promise, known, "warning")


def _hold_environments(reading: Reading, bindings: Bindings, problems: Problems) -> None:
    """An environment may have a name of its own; one that is nearly the guide's is probably a slip."""
    known = environments(reading.promises)
    for name in bindings.environments:
        if name not in known and did_you_mean(name, known):
            _unknown(problems.spot("environments", name), "environment", name, known, "warning", on="key")


def _unknown(
    spot: Spot,
    kind: str,
    word: str,
    known: Iterable[str],
    level: Literal["error", "warning"],
    on: Literal["key", "value"] = "value",
) -> None:
    names = list(known)
    hint = did_you_mean(word, names) or (f"the guide has {listed(names[:8])}" if names else _none(kind))
    message = f"the guide has no {kind} `{word}`"
    spot.problems.note(spot.wrong(f"unknown-{kind}", message, hint, on=on, level=level))


def _none(kind: str) -> str:
    """What to do where the guide has none at all."""
    if kind == "severity":
        return "it defines none: list them below a heading such as `## Severities`, each with what it means"
    return f"it has no {kind}"
