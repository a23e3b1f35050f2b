"""Facts of overrides and swaps in plain words."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ...kernel.clock import rfc3339
from ...kernel.facts import Data, Recorded
from . import facts

Names: TypeAlias = Mapping[str, str]
Say: TypeAlias = Callable[[Recorded, Names], str]


def _made(recorded: Recorded, names: Names) -> str:
    made = recorded.fact.data
    assert isinstance(made, facts.OverrideMade)
    instead = f" instead of {names.get(made.replaces, made.replaces)}" if made.replaces else ""
    said = (
        f"{names.get(made.person, made.person)} is on call for {made.team} {_when(facts.Span(made.start, made.end))}"
        f"{instead}, by {names.get(made.by, made.by)} ({made.override})"
    )
    return _why(said, recorded)


def _withdrawn(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.OverrideWithdrawn)
    return f"{data.override} was withdrawn by {names.get(data.by, data.by)}"


def _asked(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.SwapAsked)
    asker, other = names.get(data.asker, data.asker), names.get(data.other, data.other)
    said = f"{asker} asked {other} to take over {data.team} {_when(data.theirs)}"
    if data.back is not None:
        said += f", and would take {_when(data.back)} in return"
    return _why(f"{said} ({data.swap})", recorded)


def _answered(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.SwapAnswered)
    return f"{data.swap} was {'accepted' if data.accepted else 'declined'} by {names.get(data.by, data.by)}"


def _ended(recorded: Recorded, names: Names) -> str:
    data = recorded.fact.data
    assert isinstance(data, facts.SwapEnded)
    if data.by == "opsguide":
        return f"{data.swap} lapsed: nobody answered before its time began"
    return f"{data.swap} was taken back by {names.get(data.by, data.by)}"


def _when(span: facts.Span) -> str:
    return f"from {rfc3339(span.start)[:16]}Z to {rfc3339(span.end)[:16]}Z"


def _why(said: str, recorded: Recorded) -> str:
    reason = recorded.fact.personal
    return f"{said}: {reason.text}" if isinstance(reason, facts.Reason) else said


WORDS: Mapping[type[Data], Say] = {
    facts.OverrideMade: _made,
    facts.OverrideWithdrawn: _withdrawn,
    facts.SwapAsked: _asked,
    facts.SwapAnswered: _answered,
    facts.SwapEnded: _ended,
}
"""For the console: what each fact says, after its time."""
