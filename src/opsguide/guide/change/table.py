"""What is looser, for each kind of promise: one line a part of it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from ..values import (
    Alert,
    Amount,
    AnyValues,
    ClockValues,
    Detection,
    Duty,
    Environment,
    Objective,
    Patch,
    Recovery,
    Release,
    Retention,
    Rule,
    Severity,
    Stage,
    Step,
    Window,
)
from . import parts, say
from .recurrence import of_recurrences
from .shift import (
    DELAY,
    LESS_IS_LOOSER,
    MORE_IS_LOOSER,
    NEITHER,
    SAID_IS_LOOSER,
    SAID_IS_TIGHTER,
    Shift,
    Weighing,
    of_amounts,
    of_hours,
    of_numbers,
    of_presence,
)

# Any: each line of the table is for one kind of values, which its place says.
Shifts: TypeAlias = Callable[[Any, Any], Shift]
Says: TypeAlias = Callable[[Any], str]

AMOUNT = Amount.__struct_fields__


class Part(Struct, frozen=True):
    """One part of a promise: what people call it, the keys it is made of, how it shifts, what that weighs.

    `weighs` may depend on the promise: more of a latency is looser, more of an availability is tighter.
    """

    what: str
    keys: tuple[str, ...]
    shift: Shifts
    weighs: Weighing | Callable[[Any], Weighing]
    say: Says
    ranked: bool = False
    """Its words are severities of the guide: two that are unlike are compared by their rank."""

    def weighing(self, values: AnyValues) -> Weighing:
        return self.weighs(values) if callable(self.weighs) else self.weighs


def _amount(what: str, weighs: Weighing | Callable[[Any], Weighing], shift: Shifts = of_amounts) -> Part:
    return Part(what, AMOUNT, shift, weighs, say.amount)


def _key(
    what: str,
    key: str,
    weighs: Weighing | Callable[[Any], Weighing] = NEITHER,
    shift: Callable[..., Shift] = of_presence,
    says: Callable[..., str] = say.plain,
) -> Part:
    """A part that is one key of the values."""
    return Part(
        what,
        (key,),
        lambda old, new: shift(getattr(old, key), getattr(new, key)),
        weighs,
        lambda values: says(getattr(values, key)),
    )


SCOPE = _key("holds for", "scope", SAID_IS_LOOSER)

TABLE: Mapping[type[AnyValues], tuple[Part, ...]] = {
    ClockValues: (
        _amount("time", MORE_IS_LOOSER),
        _key("hours it runs in", "hours", LESS_IS_LOOSER, of_hours, say.hours),
        _key("severity", "severity"),
        _key("clock", "clock"),
        SCOPE,
    ),
    Objective: (
        Part("limit", (*AMOUNT, "op"), parts.of_limits, parts.limit, say.limit),
        _key("percentile", "percentile", parts.percentile, of_numbers, say.percentile),
        _key("signal", "signal"),
        _key("level", "level"),
        _key("window", "window"),
        _key("planned maintenance", "maintenance", SAID_IS_LOOSER),
        SCOPE,
    ),
    Alert: (
        Part("fires at", (*AMOUNT, "op"), parts.of_limits, parts.limit, say.limit),
        _key("holds for at least", "for_seconds", DELAY, of_numbers, say.time),
        _key("percentile", "percentile", parts.percentile, of_numbers, say.percentile),
        Part("severity", ("severity",), parts.of_severities, LESS_IS_LOOSER, say.severity, ranked=True),
        _key("signal", "signal"),
        _key("name", "alert"),
        SCOPE,
    ),
    Recovery: (
        _amount("time", MORE_IS_LOOSER),
        _key("scenario", "scenario"),
        _key("severity", "severity"),
        _key("objective", "objective"),
        SCOPE,
    ),
    Duty: (
        _key("how often", "rrule", LESS_IS_LOOSER, of_recurrences, say.recurrence),
        _key("duty", "duty"),
        _key("kind", "kind"),
        SCOPE,
    ),
    Retention: (
        _amount("kept", parts.retention, parts.of_retentions),
        _key("what", "retain"),
        _key("tier", "tier"),
        SCOPE,
    ),
    Patch: (
        Part("time", (*AMOUNT, "until"), parts.of_patches, MORE_IS_LOOSER, say.patch),
        _key("severity", "patch"),
        SCOPE,
    ),
    # A window allows what is forbidden else: the more there is of it, the looser.
    Window: (
        _key("how often", "rrule", MORE_IS_LOOSER, of_recurrences, say.recurrence),
        Part("from … to", ("start", "end", "zone"), parts.of_times, MORE_IS_LOOSER, say.times),
        _key("at most", "max_seconds", MORE_IS_LOOSER, of_numbers, say.time),
        _key("at least", "min_seconds", NEITHER, of_numbers, say.time),
        Part("notice", ("notice_seconds", "notice_business_days"), parts.of_notices, LESS_IS_LOOSER, say.notice),
        _key("name", "window"),
        _key("holds for", "scope"),
    ),
    Step: (
        _key("told", "to"),
        _key("after", "after_seconds", DELAY, of_numbers, say.time),
        _key("only at severity", "severity", SAID_IS_LOOSER),
        _key("only for", "kind", SAID_IS_LOOSER),
        _key("route", "route"),
        SCOPE,
    ),
    Detection: (
        Part("found from", ("op", "count", "window_seconds"), parts.of_detections, MORE_IS_LOOSER, say.detection),
        _key("by", "by"),
        _key("what", "detection"),
    ),
    Rule: (
        _amount("amount", SAID_IS_TIGHTER),
        Part("asks for", ("demands",), parts.of_demands, LESS_IS_LOOSER, say.demands),
        _key("by", "by", SAID_IS_TIGHTER),
        _key("looks ahead", "horizon_months", LESS_IS_LOOSER, of_numbers, say.months),
        _key("rule", "rule"),
        SCOPE,
    ),
    Release: (
        _key("how often", "rrule", NEITHER, of_recurrences, say.recurrence),
        _key("at once", "immediate"),
        _key("condition", "condition"),
        _key("feature freeze", "freeze", SAID_IS_TIGHTER),
        _key("name", "release"),
    ),
    Stage: (_key("after", "after", says=say.listed), _key("name", "stage")),
    Severity: (
        _key("definition", "definition"), _key("label", "label"), _key("name", "severity"),
        _key("what it is for", "conditions", says=say.listed),
    ),
    Environment: (_key("definition", "definition"), _key("name", "environment")),
}  # fmt: skip
"""Every key of every kind is in one part, but for PLACES."""

PLACES: Mapping[type[AnyValues], str] = {Step: "step", Stage: "order", Severity: "order"}
"""A number that says where among its like it stands. One more before it moves all that follow, so that only the
order is compared, never the number (pairs.py).
"""
