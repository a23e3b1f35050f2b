"""Which guides are put through, and since when which one was in force."""

from collections.abc import Iterable, Mapping

from ...guide.adoption import GuideAdopted, GuideState
from ...guide.bindings import Bindings, check_against, read_bindings
from ...guide.promise import Diagnostic
from ...guide.reading import read
from ...kernel.clock import Instant
from ...kernel.errors import BindingsError, GuideError, OpsguideError
from ...kernel.facts import Recorded
from ...monitoring.state import Chosen
from ...readers import ALL
from .replay import Guide
from .samples import History, InForce

OF_FORCE = "those in force"


def guide_of(name: str, text: str, bindings: tuple[str, str] | Bindings) -> Guide:
    """A guide with its bindings: where they come from and their text, or those in force.

    Raises GuideError, BindingsError, each with the first thing that is wrong.
    """
    reading = read(text, ALL, where=name)
    if isinstance(bindings, Bindings):
        bound: Bindings | None = bindings
        said, complaints = OF_FORCE, tuple[Diagnostic, ...]()
    else:
        said, written = bindings
        bound, complaints = read_bindings(written, where=said)
        if bound is not None:
            complaints = (*complaints, *check_against(reading, bound, text=written))
    _hold(reading.diagnostics, name, GuideError)
    _hold(complaints, said, BindingsError)
    assert bound is not None
    return Guide(name, text, reading, bound, said)


def _hold(found: Iterable[Diagnostic], where: str, kind: type[OpsguideError]) -> None:
    wrong = next((one for one in found if one.level == "error"), None)
    if wrong is not None:
        raise kind(wrong.message, where=f"{where}:{wrong.line}", hint=wrong.hint)


def in_force(state: GuideState) -> Guide | None:
    """The guide that is in force, None before any."""
    if state.current is None:
        return None
    adopted = state.current.adopted
    name = f"version {adopted.version}, in force"
    return Guide(name, adopted.text, adopted.reading, adopted.bindings, OF_FORCE)


def same(one: Guide, other: Guide) -> bool:
    """Would both give the same, whatever the samples?"""
    return one.text == other.text and one.bindings == other.bindings


def history(facts: Iterable[Recorded], now: Instant, chosen: Mapping[str, Chosen]) -> History:
    """The versions of the facts about the guide, the last one until now, and what is `chosen` now."""
    found = [(one.fact.at, one.fact.data) for one in facts if isinstance(one.fact.data, GuideAdopted)]
    ends = [*(at for at, _ in found), now + 1][1:]
    spans = zip(found, ends, strict=True)
    return History([InForce(adopted, at, end - 1) for (at, adopted), end in spans if at < end], chosen)
