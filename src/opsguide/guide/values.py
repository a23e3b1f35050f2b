"""What promises say: one Struct a kind of fact. Their JSON is a public contract (docs/reference/contract.md).

Amounts are `seconds`, `ratio` (0.999, not 99.9), `count` or `bytes`; `months`, `years` and `business_days` stay as
written, since no number of seconds is true of them. Ranges are `min_*` and `max_*`. A key that a kind always has is
null when the guide does not say it; an amount that is not said is left out.
"""

from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from ..kernel.promise import Values

Number: TypeAlias = int | float
Unsaid: TypeAlias = Number | UnsetType
Op: TypeAlias = Literal["<", "<=", ">", ">=", "=="]


class Amount(Values, frozen=True, kw_only=True):
    """A quantity that the guide states; at most one unit (or one range) is set."""

    seconds: Unsaid = UNSET
    ratio: Unsaid = UNSET
    count: Unsaid = UNSET
    bytes: Unsaid = UNSET
    months: Unsaid = UNSET
    years: Unsaid = UNSET
    business_days: Unsaid = UNSET
    min_seconds: Unsaid = UNSET
    max_seconds: Unsaid = UNSET
    min_ratio: Unsaid = UNSET
    max_ratio: Unsaid = UNSET
    min_count: Unsaid = UNSET
    max_count: Unsaid = UNSET
    min_bytes: Unsaid = UNSET
    max_bytes: Unsaid = UNSET
    min_months: Unsaid = UNSET
    max_months: Unsaid = UNSET
    min_years: Unsaid = UNSET
    max_years: Unsaid = UNSET
    min_business_days: Unsaid = UNSET
    max_business_days: Unsaid = UNSET


class Hours(Struct, frozen=True, kw_only=True):
    """When a clock runs. `days` are MO…SU; `start`, `end` are HH:MM; null where the guide does not say it."""

    days: tuple[str, ...] | None = None
    start: str | None = None
    end: str | None = None
    zone: str | None = None


class Environment(Values, frozen=True, kw_only=True, tag_field="fact", tag="environment"):
    environment: str
    definition: str | None = None


class Stage(Values, frozen=True, kw_only=True, tag_field="fact", tag="stage"):
    """A stage of the pipeline: `order` from 1; `after` names the stages it follows."""

    stage: str
    order: int
    after: tuple[str, ...] = ()


class Release(Values, frozen=True, kw_only=True, tag_field="fact", tag="release"):
    """A release kind: `rrule` when it recurs, `condition` in the guide's words, `freeze`: a feature freeze."""

    release: str
    rrule: str | None = None
    immediate: bool = False
    condition: str | None = None
    freeze: bool = False


class Severity(Values, frozen=True, kw_only=True, tag_field="fact", tag="severity"):
    """`severity` is the guide's code, else its name, case-folded (`p1`, `sev-1`, `critical`); `order` 1 is worst.

    `conditions` are what its definition, else its label, names: `system_down`, `degraded`, `data_loss`,
    `security_breach`; null where it has no definition.
    """

    severity: str
    label: str | None = None
    definition: str | None = None
    order: int | None = None
    conditions: tuple[str, ...] | None = None


class ClockValues(Amount, frozen=True, kw_only=True, tag_field="fact", tag="clock"):
    severity: str | None = None
    clock: Literal["acknowledge", "respond", "resolve", "escalate", "update", "postmortem"]
    hours: Hours | None = None
    scope: str | None = None


class Objective(Amount, frozen=True, kw_only=True, tag_field="fact", tag="objective"):
    """A target (or its alert level) for a signal. `op` is how the signal must (target) stand to the amount.

    `window` is the period that it is measured over: `month` and the like by the calendar, `30d` rolling. `maintenance`
    is there where the guide says that planned maintenance does not count.
    """

    signal: str
    percentile: Number | None = None
    op: Op | None = None
    level: Literal["target", "alert"] = "target"
    scope: str | None = None
    window: str | None = None
    maintenance: Literal["excluded"] | UnsetType = UNSET


class Alert(Amount, frozen=True, kw_only=True, tag_field="fact", tag="alert"):
    """An alert rule: firing while `signal op amount` holds for `for_seconds`."""

    alert: str | None = None
    signal: str
    percentile: Number | None = None
    op: Op
    for_seconds: Number | None = None
    severity: str | None = None
    scope: str | None = None


class Recovery(Amount, frozen=True, kw_only=True, tag_field="fact", tag="recovery"):
    scenario: str | None = None
    severity: str | None = None
    scope: str | None = None
    objective: Literal["rto", "rpo"]


class Duty(Values, frozen=True, kw_only=True, tag_field="fact", tag="duty"):
    """Something done again and again: `duty` is backup, restore_test, review …; `kind` full, incremental …"""

    duty: str
    kind: str | None = None
    rrule: str | None = None
    scope: str | None = None


class Retention(Amount, frozen=True, kw_only=True, tag_field="fact", tag="retention"):
    """What is retained and how long; `tier` is daily, weekly … where the guide tiers it."""

    retain: str
    tier: str | None = None
    scope: str | None = None


class Patch(Amount, frozen=True, kw_only=True, tag_field="fact", tag="patch"):
    """`patch` is the severity of the flaw."""

    patch: str
    until: Literal["next_window"] | None = None
    scope: str | None = None


class Window(Values, frozen=True, kw_only=True, tag_field="fact", tag="window"):
    """A maintenance window. `start`, `end` are HH:MM wall time in `zone`; null where the guide does not say it."""

    window: str
    rrule: str | None = None
    start: str | None = None
    end: str | None = None
    zone: str | None = None
    min_seconds: Number | None = None
    max_seconds: Number | None = None
    notice_seconds: Number | None = None
    notice_business_days: Number | None = None
    scope: str | None = None


class Step(Values, frozen=True, kw_only=True, tag_field="fact", tag="step"):
    """One step of a route: who is told (`to`), in which order (`step` from 1), after how long."""

    route: str
    step: int
    to: str
    after_seconds: Number | None = None
    severity: str | None = None
    kind: str | None = None
    scope: str | None = None


class Detection(Values, frozen=True, kw_only=True, tag_field="fact", tag="detection"):
    detection: str
    op: Op | None = None
    count: Number | None = None
    window_seconds: Number | None = None
    by: str | None = None


class Rule(Amount, frozen=True, kw_only=True, tag_field="fact", tag="rule"):
    """An obligation in the guide's own words: access rules, invariants, approvals, plans.

    `rule` is the term of the lexicon (`admin_access`, `secrets`, `approval` …), `demands` the terms or the guide's
    words of what is asked for, `by` who (approves, is responsible). The amount is there only if the guide states
    one; `horizon_months` is how far a plan looks ahead.
    """

    rule: str
    demands: tuple[str, ...] = ()
    by: str | None = None
    scope: str | None = None
    horizon_months: Number | None = None


AnyValues: TypeAlias = (
    Environment
    | Stage
    | Release
    | Severity
    | ClockValues
    | Objective
    | Alert
    | Recovery
    | Duty
    | Retention
    | Patch
    | Window
    | Step
    | Detection
    | Rule
)
