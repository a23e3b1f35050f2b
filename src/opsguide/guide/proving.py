"""Proving by a drill: which promises can be, what a drill leaves on the ledger, and when a proof has aged.

A drill is a synthetic breach that goes the way of a real one: detection, incident, page. See docs/adr/0016.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from ..kernel.clock import Instant, after, rfc3339
from ..kernel.facts import Data, FactTypes, Recorded
from ..kernel.standing import Standing
from .bindings import Bindings
from .bindings.names import is_availability
from .promise import Promise
from .values import Alert, ClockValues, Objective, Step

FACTS = FactTypes()

Stage: TypeAlias = Literal[
    "breach", "pending", "probe", "incident", "ticket", "inbox", "page", "acknowledged"
]
Result: TypeAlias = Literal["proven", "partly", "failed", "stopped"]


@FACTS.register("drill.started")
class DrillStarted(Data, frozen=True):
    """A synthetic breach of a promise begins; nothing real is wrong. It ends by itself at `until`.

    `by` is a person's id, or `schedule`. `shortened`: the wait before the alert fires is left out, and not proven.
    `tell` is false where nobody is to be told; `to` names a person in place of who is on call.
    """

    drill: str
    promise: str
    by: str
    until: Instant
    shortened: bool = False
    tell: bool = True
    to: str = ""


@FACTS.register("drill.passed")
class DrillPassed(Data, frozen=True):
    """A drill has passed a stage, so many seconds after it started. `said` is a sentence."""

    drill: str
    promise: str
    stage: Stage
    said: str
    seconds: float


@FACTS.register("drill.detected")
class DrillDetected(Data, frozen=True):
    """The synthetic breach was detected as a real one; `severity` or `condition` are as the rule gives them."""

    drill: str
    promise: str
    title: str
    reason: str
    seconds: float
    severity: str | None = None
    condition: str | None = None
    tell: bool = True
    to: str = ""


@FACTS.register("drill.ended")
class DrillEnded(Data, frozen=True):
    """`proven`: a provider took the page, or the ticket is in the inbox; `partly`: as far as was asked for; `failed`:
    `reason` says where it stopped; `stopped`: by a person.
    """

    drill: str
    promise: str
    result: Result
    reason: str
    seconds: float


class Proof(Struct, frozen=True):
    """The last drill of a promise that ended."""

    drill: str
    result: Result
    reason: str
    at: Instant


class Proofs(Struct):
    """`last` drills and the last that `proven` a promise, by its id; `asked` is since when `[drills]` wants a proof."""

    last: dict[str, Proof] = field(default_factory=dict)
    proven: dict[str, Instant] = field(default_factory=dict)
    asked: dict[str, Instant] = field(default_factory=dict)

    def adopt(self, promises: dict[str, Promise], bindings: Bindings, at: Instant) -> None:
        """The time to prove a promise begins when it is first asked for."""
        wanted = [name for name, one in promises.items() if every(bindings, one) is not None]
        self.asked = {name: self.asked.get(name, at) for name in wanted}

    def end(self, recorded: Recorded) -> None:
        """Fold of `drill.ended`."""
        data = recorded.fact.data
        assert isinstance(data, DrillEnded)
        self.last[data.promise] = Proof(data.drill, data.result, data.reason, recorded.fact.at)
        if data.result == "proven":
            self.proven[data.promise] = recorded.fact.at

    def ends(self, promise: Promise, bindings: Bindings) -> Instant | None:
        """The last instant at which the promise counts as proven in time; None where no proof is asked for."""
        seconds, asked = every(bindings, promise), self.asked.get(promise.id)
        if seconds is None or asked is None:
            return None
        return after(max(asked, self.proven.get(promise.id, asked)), seconds)

    def aged(self, promise: Promise, bindings: Bindings, at: Instant, found: Standing) -> Standing:
        """The same, or `unproven` where nothing was proven in time. What is broken stays so."""
        ends = self.ends(promise, bindings)
        if ends is None or found.kind not in ("kept", "at_risk"):
            return found
        if at > ends:
            proven, last = self.proven.get(promise.id), self.last.get(promise.id)
            since = (
                f"not proven by a drill since {rfc3339(proven)[:10]}" if proven else "never proven by a drill"
            )
            why = (
                f"; the last one failed: {last.reason}"
                if last is not None and last.result == "failed"
                else ""
            )
            reason = f"{since}, and due by {rfc3339(ends)[:10]}{why}: opsguide prove {promise.id}"
            return replace(found, kind="unproven", reason=reason, since=ends, until=None)
        return replace(found, until=ends if found.until is None else min(found.until, ends))


def impossible(promise: Promise) -> str:
    """Why no drill can prove this promise, "" where one can."""
    values = promise.values
    match values:
        case Alert():
            return ""
        case Objective() if is_availability(promise):
            return ""
        case Objective() if values.level == "alert":
            return ""
        case Objective():
            return (
                "nobody is told when it is not kept: only alerts, alert levels and an uptime open incidents"
            )
        case ClockValues():
            return "a drill's clocks do not count, so that it would prove nothing; a real incident does"
        case Step():
            return "its page is proven with the alerts whose drills take this step: prove one of those"
    return "nothing measures it, so that nothing detects a breach"


def every(bindings: Bindings, promise: Promise) -> float | None:
    """How often `[drills]` wants the promise proven, in seconds; None: not at all."""
    drills = bindings.drills
    if drills is None or impossible(promise) or promise.id in drills.skip:
        return None
    return drills.of(promise.id).every


def provable(promises: dict[str, Promise]) -> Iterator[Promise]:
    """Those that a drill can prove, in the guide's order."""
    found = [one for one in promises.values() if not impossible(one)]
    yield from sorted(found, key=lambda one: (one.span, one.id))
