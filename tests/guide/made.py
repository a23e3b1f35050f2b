"""Readings made by hand: what the reader would give, without a document."""

from opsguide.guide.promise import Coverage, Diagnostic, Finding, Gap, Promise, Reading
from opsguide.guide.values import Alert, AnyValues, Environment, Objective, Severity, Step
from opsguide.kernel.promise import Keeper, Span


def promise(
    name: str, values: AnyValues, *, keeper: Keeper = "monitoring", line: int = 1, end_line: int = 0
) -> Promise:
    return Promise(
        id=name,
        keeper=keeper,
        section="Here",
        control="threshold",
        span=Span(line, end_line or line),
        text="…",
        values=values,
    )


def reading(
    *promises: Promise,
    gaps: tuple[Gap, ...] = (),
    diagnostics: tuple[Diagnostic, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Reading:
    return Reading(
        reader="test",
        title="Harbour operations",
        language="en",
        promises=promises,
        gaps=gaps,
        findings=findings,
        diagnostics=diagnostics,
        statements=(),
        coverage=Coverage(
            statements=len(promises) + len(gaps), promises=len(promises), prose=0, gaps=len(gaps)
        ),
    )


def severity(name: str, order: int, label: str | None = None) -> Promise:
    values = Severity(severity=name, label=label, order=order)
    return promise(f"incidents.severity.{name}", values, keeper="incidents", line=order)


def alert(name: str, said: str | None, *, line: int = 20) -> Promise:
    values = Alert(alert=name, signal="error_rate", op=">", ratio=0.05, severity=said)
    return promise(f"monitoring.alert.{name}", values, line=line, end_line=line + 3)


FOUR = tuple(severity(name, place) for place, name in enumerate(("critical", "high", "medium", "low"), 1))
"""The four severities that most guides define."""

UPTIME = promise("monitoring.objective.availability", Objective(signal="availability", op=">=", ratio=0.999))


def a_step(to: str) -> Promise:
    return promise(f"incidents.step.{to}", Step(route="on_call", step=1, to=to), keeper="incidents")


def an_environment(name: str) -> Promise:
    return promise(f"delivery.environment.{name}", Environment(environment=name), keeper="delivery")
