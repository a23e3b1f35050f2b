"""How overrides and swaps change the state: the rotations of the chapter's bindings hold them at once."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from ...guide.adoption import GuideAdopted
from ...guide.chapter import Moved
from ...guide.keeping import adopt
from ...guide.values import Step
from ...kernel.clock import Instant, after
from ...kernel.facts import Data, Recorded
from ..state import State
from .facts import OverrideMade, OverrideWithdrawn, Span, SwapAnswered, SwapAsked, SwapEnded
from .schedule import in_force
from .state import Override, Swap

KEPT_SECONDS = 62 * 86_400.0
"""So long an override that is over stays at hand; older ones are on the ledger."""


def _adopted(state: State, recorded: Recorded) -> None:
    adopt(state, recorded)
    state.overrides.adopted = state.bindings
    apply(state, recorded.fact.at)


def apply(state: State, now: Instant) -> None:
    """Put into the chapter's bindings what is in force beside those that were adopted."""
    kept = {
        name: one for name, one in state.overrides.made.items() if one.span.end > after(now, -KEPT_SECONDS)
    }
    state.overrides.made = kept
    state.bindings = in_force(state.overrides.adopted, kept.values(), state.overrides.calendars)


def _made(state: State, recorded: Recorded) -> None:
    data, at = recorded.fact.data, recorded.fact.at
    assert isinstance(data, OverrideMade)
    state.overrides.count += 1
    state.overrides.made[data.override] = Override(
        id=data.override,
        team=data.team,
        person=data.person,
        span=Span(data.start, data.end),
        by=data.by,
        at=at,
        replaces=data.replaces,
        swap=data.swap,
    )
    apply(state, at)


def _withdrawn(state: State, recorded: Recorded) -> None:
    data, at = recorded.fact.data, recorded.fact.at
    assert isinstance(data, OverrideWithdrawn)
    made = state.overrides.made[data.override]
    if made.span.start < at:
        state.overrides.made[made.id] = replace(made, span=Span(made.span.start, at))
    else:
        del state.overrides.made[made.id]
    apply(state, at)


def _asked(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SwapAsked)
    state.overrides.swap_count += 1
    state.overrides.swaps[data.swap] = Swap(
        id=data.swap,
        team=data.team,
        asker=data.asker,
        other=data.other,
        theirs=data.theirs,
        by=data.by,
        at=recorded.fact.at,
        back=data.back,
    )


def _over(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, SwapAnswered | SwapEnded)
    del state.overrides.swaps[data.swap]


OWN: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    GuideAdopted: _adopted,
    OverrideMade: _made,
    OverrideWithdrawn: _withdrawn,
    SwapAsked: _asked,
    SwapAnswered: _over,
    SwapEnded: _over,
}


def _steps(state: State, _recorded: Recorded) -> Iterable[str]:
    """Another schedule: every step of a route may lead to somebody else."""
    return [name for name, promise in state.promises.items() if isinstance(promise.values, Step)]


MOVES: Mapping[type[Data], Moved] = {OverrideMade: _steps, OverrideWithdrawn: _steps}
