"""What one chapter does because of another: fact → command, one line a rule, no logic."""

from collections.abc import Mapping, Sequence
from typing import Any

from .incidents.commands import Open, Recover
from .incidents.severity import UNSPECIFIED
from .kernel.engine import Reaction
from .kernel.facts import Data
from .monitoring.facts import (
    AlertFiring,
    AlertResolved,
    EnvironmentDown,
    EnvironmentUp,
    SignalsAlarmed,
    SignalsRecovered,
)


def _alert_firing(fact: AlertFiring) -> Open:
    return Open(
        key=f"alert:{fact.alert}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity or UNSPECIFIED,
        promise=fact.alert,
    )


def _alert_resolved(fact: AlertResolved) -> Recover:
    return Recover(key=f"alert:{fact.alert}", reason=fact.reason)


def _environment_down(fact: EnvironmentDown) -> Open:
    return Open(
        key=f"environment:{fact.environment}",
        title=f"{fact.environment} is down",
        reason=fact.reason,
        condition="system_down",
        promise=fact.promise,
    )


def _environment_up(fact: EnvironmentUp) -> Recover:
    return Recover(key=f"environment:{fact.environment}", reason=fact.reason)


def _signals_alarmed(fact: SignalsAlarmed) -> Open:
    return Open(
        key=f"signals:{fact.alarm}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity,
        promise=fact.promises[0],
    )


def _signals_recovered(fact: SignalsRecovered) -> Recover:
    return Recover(key=f"signals:{fact.alarm}", reason=fact.reason)


def _of(translate: Any) -> Reaction:
    return lambda recorded: translate(recorded.fact.data)


REACTIONS: Mapping[type[Data], Sequence[Reaction]] = {
    AlertFiring: (_of(_alert_firing),),
    AlertResolved: (_of(_alert_resolved),),
    EnvironmentDown: (_of(_environment_down),),
    EnvironmentUp: (_of(_environment_up),),
    SignalsAlarmed: (_of(_signals_alarmed),),
    SignalsRecovered: (_of(_signals_recovered),),
}
