"""Transitions of the alerts of rule files. Their samples and values are no facts: telemetry keeps them."""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from ...kernel.clock import Instant
from ...kernel.facts import Data, FactTypes

FACTS = FactTypes()

Change: TypeAlias = Literal["pending", "firing", "kept", "returned", "resolved", "cleared"]
"""`kept`: the condition ended and the alert goes on firing for a while (`keep_firing_for`); `returned`: it holds again.
`resolved` ends a firing alert, `cleared` one that never fired."""

MOST_IN_A_FACT = 1000


class Member(Struct, frozen=True, gc=False):
    """One alert of a rule: `id` is a digest of its labels, which stand here when it begins."""

    id: str
    labels: dict[str, str] = field(default_factory=dict)


@FACTS.register("rule.changed")
class RuleChanged(Data, frozen=True):
    """Alerts of one rule took a phase at the evaluation of `at`; at most 1,000 in a fact."""

    rule: str
    alert: str
    change: Change
    at: Instant
    members: tuple[Member, ...]


@FACTS.register("rule.unevaluated")
class RuleUnevaluated(Data, frozen=True):
    """A rule cannot be evaluated, or what it gives cannot be recorded: from here on it watches nothing."""

    rule: str
    name: str
    problem: str


@FACTS.register("rule.evaluated")
class RuleEvaluated(Data, frozen=True):
    """The rule can be evaluated again, or no rule file has it any more."""

    rule: str
    name: str
    reason: str


@FACTS.register("rule.firing")
class RuleFiring(Data, frozen=True):
    """The first alert of a rule with this severity fires. `count` is how many at once, `title` that of the first.

    `labels` are those that all of them share, with `alert` and `kind` as the guide's alerts have them: silences and
    inhibitions match them.
    """

    rule: str
    alert: str
    severity: str
    title: str
    reason: str
    count: int
    runbook: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@FACTS.register("rule.resolved")
class RuleResolved(Data, frozen=True):
    """No alert of the rule with this severity fires any more."""

    rule: str
    alert: str
    severity: str
    reason: str
