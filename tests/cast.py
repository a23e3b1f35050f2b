"""The fixed cast of story tests: one small guide and its bindings. Ana is primary, Bogdan secondary."""

from opsguide.guide.values import Alert, ClockValues, Environment, Objective, Severity, Step
from tests.world import World, a_promise

BINDINGS = """
service = "harbour"

[environments.production]
url = "http://127.0.0.1:9/health"
metrics = "http://127.0.0.1:9/metrics"
every = "5s"
private = true

[severities]
warning = "medium"

[people.ana]
channels = ["ana-phone"]
[people.bogdan]
channels = ["bogdan-phone"]
[teams.core-platform]
members = ["ana"]
[teams.core-frontend]
members = ["bogdan"]
[channels.ana-phone]
url = "json://127.0.0.1:9/ana"
[channels.bogdan-phone]
url = "json://127.0.0.1:9/bogdan"
"""

ERRORS = "monitoring.alert.high_error_rate"
SLOW = "monitoring.alert.slow_response_time"
UPTIME = "monitoring.objective.availability"
P95 = "monitoring.objective.response_time.p95"
ACKNOWLEDGE = "incidents.clock.critical.acknowledge"
RESOLVE = "incidents.clock.critical.resolve"
PRIMARY = "incidents.step.primary"
SECONDARY = "incidents.step.secondary"
PRODUCTION = "delivery.environment.production"

PROMISES = [
    a_promise(
        ERRORS,
        Alert(
            alert="high_error_rate",
            signal="error_rate",
            op=">",
            ratio=0.05,
            for_seconds=300,
            severity="critical",
        ),
    ),
    a_promise(
        SLOW,
        Alert(
            alert="slow_response_time",
            signal="response_time",
            percentile=95,
            op=">",
            seconds=0.5,
            for_seconds=120,
            severity="warning",
        ),
    ),
    a_promise(UPTIME, Objective(signal="availability", op=">=", ratio=0.999)),
    a_promise(P95, Objective(signal="response_time", percentile=95, op="<", seconds=0.2)),
    a_promise(PRODUCTION, Environment(environment="Production"), keeper="delivery", control="declaration"),
    a_promise(
        "incidents.severity.critical",
        Severity(
            severity="critical",
            label="Critical",
            definition="System down, data loss",
            order=1,
            conditions=("system_down", "data_loss"),
        ),
        keeper="incidents",
        control="declaration",
        line=10,
    ),
    a_promise(
        "incidents.severity.high",
        Severity(severity="high", label="High", definition="Major feature broken", order=2),
        keeper="incidents",
        control="declaration",
    ),
    a_promise(
        "incidents.severity.medium",
        Severity(severity="medium", label="Medium", definition="Minor feature issues", order=3),
        keeper="incidents",
        control="declaration",
    ),
    a_promise(
        ACKNOWLEDGE,
        ClockValues(severity="critical", clock="acknowledge", seconds=900),
        keeper="incidents",
        control="deadline",
    ),
    a_promise(
        RESOLVE,
        ClockValues(severity="critical", clock="resolve", seconds=7200),
        keeper="incidents",
        control="deadline",
    ),
    a_promise(
        PRIMARY,
        Step(route="oncall", step=1, to="@core-platform"),
        keeper="incidents",
        control="route",
        line=20,
    ),
    a_promise(
        SECONDARY,
        Step(route="oncall", step=2, to="@core-frontend"),
        keeper="incidents",
        control="route",
        line=21,
    ),
    a_promise(
        "incidents.step.escalation",
        Step(route="oncall", step=3, to="@security", kind="security"),
        keeper="incidents",
        control="route",
    ),
]


def harbour() -> World:
    """A world in which the cast's guide is in force."""
    world = World()
    world.adopt(PROMISES, BINDINGS)
    return world
