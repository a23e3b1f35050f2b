"""What a backtest says. A public contract: the API and `--format json` give just this (docs/reference/api.md)."""

from typing import Literal, TypeAlias

from msgspec import Struct

SILENT = "signals"
"""Stands in place of a promise at the row of alarms about silence."""

Tells: TypeAlias = Literal["page", "ticket", "same", "nobody"]


class Firing(Struct, frozen=True):
    """One time that an alert fired, or an environment was down. Instants are RFC 3339; `end` is null if it still did.

    `peak` is the worst value meanwhile; `tells` what came of it (`same`: it belongs to an incident
    that was open already), `to` the people of the first step, `said` why.
    """

    start: str
    end: str | None
    seconds: float
    peak: str
    severity: str
    tells: Tells
    to: tuple[str, ...]
    said: str


class AlertRow(Struct, frozen=True):
    """An alert over the whole time; so are environments that were down (`promise` is environment:NAME), the burn rates
    of an error budget (budget:PROMISE:fast, :slow) and alarms about silence (signals).

    `cleared` counts how often it was pending and did not fire; `unknown_seconds` is how long its signal had no value.
    `problem` says why it could not be judged at all, else it is empty.
    """

    promise: str
    name: str
    line: int
    condition: str
    fired: int
    firing_seconds: float
    longest_seconds: float
    pages: int
    tickets: int
    cleared: int
    unknown_seconds: float
    problem: str
    firings: tuple[Firing, ...]


class Month(Struct, frozen=True):
    """An error budget in a calendar month, as far as the time of the backtest reaches into it; seconds of downtime."""

    month: str
    allowed_seconds: float
    spent_seconds: float


class ObjectiveRow(Struct, frozen=True):
    """A target over the whole time: how long it was not so. `months` are the budgets of an availability."""

    promise: str
    name: str
    line: int
    limit: str
    measured_seconds: float
    broken_seconds: float
    unknown_seconds: float
    problem: str
    months: tuple[Month, ...]


class Side(Struct, frozen=True):
    """What one guide would have given. `told` counts pages by the person of the first step."""

    name: str
    bindings: str
    alerts: tuple[AlertRow, ...]
    objectives: tuple[ObjectiveRow, ...]
    pages: int
    tickets: int
    told: dict[str, int]


class Backtest(Struct, frozen=True):
    """`sides` are the guide, and the other one where there is one. `step_seconds` is how far instants lie apart where a
    signal had to be asked for; where it was recorded, every recorded value is judged.
    """

    start: str
    end: str
    step_seconds: float
    samples_since: str
    sides: tuple[Side, ...]
    notes: tuple[str, ...]
