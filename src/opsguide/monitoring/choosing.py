"""Which instrumentation measures a promise: chosen once, then kept, so that nothing else takes its place unasked.

A service whose metrics stop is lost sight of. What its proxy, or opsguide's own probes, still count is no answer to
what was asked of the service. What comes first in the table may take over; a person, or other bindings, may let go.
"""

from collections.abc import Iterator, Mapping, Sequence

from ..guide.bindings import Bindings
from ..kernel.clock import Instant
from ..kernel.part import Answer, Refusal, Said
from .commands import LetGo, Observation
from .definitions import Builtin
from .facts import SignalChosen, SignalLetGo
from .state import Chosen, State

LET_GO = "let go of it on the page of the signal, if it is gone for good"


def kept(
    known: Sequence[Builtin], rates: Mapping[Builtin, float], chosen: Chosen
) -> tuple[list[Builtin], str]:
    """What is taken of those that are there, best first; or none, and why.

    `known` are all in their order, `rates` how many a second each counts that is there, best first.
    """
    here = list(rates)
    place = next((place for place, one in enumerate(known) if _is_it(one, chosen)), None)
    if place is None:
        return here, ""
    # What counts no requests by its nature, as the state of a pool, only has to be there.
    better = [one for one in here if (rates[one] > 0 or one.flow is None) and known.index(one) < place]
    if better:
        return [better[0], *(one for one in here if one is not better[0])], ""
    own = next((one for one in here if _is_it(one, chosen)), None)
    others = [one for one in here if one is not own]
    if own is None:
        beside = f": {others[0].name} is there, and does not take its place" if others else ""
        return [], f"{_said(chosen)} and has no samples any more{beside}; {LET_GO}"
    busy = next((one for one in others if rates[one] > 0), None)
    if busy is not None and not rates[own] > 0:
        return [], f"{_said(chosen)} and counts nothing, while {busy.name} does; {LET_GO}"
    return [own, *others], ""


def sources_of(bindings: Bindings) -> object:
    """Where metrics come from, as far as the ledger knows: what was chosen is chosen as long as that is so."""
    environments = {
        name: (bool(one.metrics), bool(one.targets), bool(one.access_log), one.pushed, one.match)
        for name, one in bindings.environments.items()
    }
    return environments, bindings.scopes, bindings.telemetry.source


def _is_it(one: Builtin, chosen: Chosen) -> bool:
    return (one.needs, one.name) == (chosen.source, chosen.name)


def _said(chosen: Chosen) -> str:
    return f"{chosen.name or 'what is known by it'} ({chosen.source}) measured it"


def observe(state: State, seen: Observation) -> Iterator[Said]:
    """What gave a value first, or took over, is remembered."""
    if seen.value is None or not seen.source:
        return
    if state.chosen.get(seen.promise) != Chosen(seen.source, seen.name):
        yield Said(SignalChosen(seen.promise, seen.source, seen.name), f"promise:{seen.promise}")


def let_go(state: State, command: LetGo, _now: Instant) -> Answer:
    held = [(promise, state.chosen[promise]) for promise in command.promises if promise in state.chosen]
    if not held:
        return Refusal(
            "nothing_chosen", "no instrumentation is held for it", "one is, from its first value on"
        )
    return tuple(
        Said(SignalLetGo(promise, one.source, one.name, command.by), f"promise:{promise}")
        for promise, one in held
    )
