"""What follows from how probes and regions are. Pure; most answers are empty."""

from collections.abc import Callable, Iterator, Mapping

from ...guide.bindings import ProbeBinding, uptime_of
from ...kernel.clock import Instant, seconds_between
from ...kernel.duration import spoken
from ...kernel.facts import Data, Recorded
from ...kernel.part import Answer, Refusal, Said
from ..facts import EnvironmentDown, EnvironmentUp, EnvironmentWatched
from ..state import State
from .commands import Judged, RegionSeen
from .facts import (
    ProbeCertificateEnding,
    ProbeCertificateRenewed,
    ProbeDown,
    ProbeUnknown,
    ProbeUp,
    RegionHeard,
    RegionSilent,
)
from .state import ProbeState


def judged(state: State, command: Judged, now: Instant) -> Answer:
    """Transitions of a probe, of its certificate, and of the environment for whose availability it counts."""
    binding = state.bindings.probes.get(command.probe)
    if binding is None:
        return Refusal("not_bound", f"no probe {command.probe} is bound")
    known = state.probing.probes.get(command.probe)
    said = list[Said]()
    if known is None or known.state != command.state:
        said.extend(_turned(state, command, binding, known, now))
    said.extend(_certificate(command, known, now))
    return tuple(said)


def changes(state: State, command: Judged) -> bool:
    """Whether the command would change anything: asked for each look, of which few do."""
    known = state.probing.probes.get(command.probe)
    if known is None or known.state != command.state:
        return True
    return (known.certificate is None) != (command.certificate_ends is None)


def _turned(
    state: State, command: Judged, binding: ProbeBinding, known: ProbeState | None, now: Instant
) -> Iterator[Said]:
    name, place = command.probe, subject(command.probe)
    if command.state == "unknown":
        yield Said(ProbeUnknown(name, command.reason), place)
        return
    counts = binding.environment if binding.availability else None
    if counts is not None and counts not in state.environments:
        yield Said(EnvironmentWatched(counts), f"environment:{counts}")
    if command.state == "up":
        environment = known.environment if known is not None else None
        yield Said(ProbeUp(name, command.reason, environment), place)
        if environment is not None:
            yield from _environment_up(state, {name: environment}, f"{name}: {command.reason}")
        return
    since = command.since if command.since is not None else now
    severity = None if counts is not None else binding.severity
    yield Said(ProbeDown(name, command.reason, since, severity, counts, counts is not None), place)
    watched = state.environments.get(counts) if counts is not None else None
    if counts is not None and (watched is None or not watched.down):
        reason = f"{name}: {command.reason}"
        uptime = uptime_of(state.promises, state.bindings, counts)
        down = EnvironmentDown(counts, command.failures, reason, uptime, since=since)
        yield Said(down, f"environment:{counts}")


def _environment_up(state: State, over: Mapping[str, str], reason: str) -> Iterator[Said]:
    """Environments are up again where neither their own probe nor another one that counts for them says otherwise.

    `over` are the probes that no longer do, with their environments.
    """
    for environment in sorted(set(over.values())):
        watched = state.environments.get(environment)
        if watched is None or not watched.down:
            continue
        binding = state.bindings.environments.get(environment)
        own = binding is not None and binding.url is not None and watched.failures >= binding.failures
        if not own and not set(state.probing.down_for(environment)) - over.keys():
            yield Said(EnvironmentUp(environment, reason), f"environment:{environment}")


def _certificate(command: Judged, known: ProbeState | None, now: Instant) -> Iterator[Said]:
    told = known.certificate if known is not None else None
    if command.certificate_ends is None:
        if told is not None:
            renewed = ProbeCertificateRenewed(command.probe, "a certificate with days enough is shown")
            yield Said(renewed, subject(command.probe))
    elif told is None:
        left = seconds_between(now, command.certificate_ends)
        reason = f"its certificate runs out in {spoken(left)}" if left > 0 else "its certificate has run out"
        ending = ProbeCertificateEnding(command.probe, command.certificate_ends, reason)
        yield Said(ending, subject(command.probe))


def region_seen(state: State, command: RegionSeen, _now: Instant) -> Answer:
    if command.region not in state.bindings.regions:
        return Refusal("not_bound", f"no region {command.region} is bound")
    place = f"region:{command.region}"
    if command.silent and command.region not in state.probing.silent:
        return (Said(RegionSilent(command.region, command.reason), place),)
    if not command.silent and command.region not in state.probing.heard:
        return (Said(RegionHeard(command.region, command.reason), place),)
    return ()


def gone(state: State) -> Iterator[Said]:
    """What the bindings no longer have is neither down nor silent."""
    over: dict[str, str] = {}
    for name, one in state.probing.probes.items():
        if name in state.bindings.probes:
            continue
        if one.certificate is not None:
            yield Said(ProbeCertificateRenewed(name, "it is no longer bound"), subject(name))
        yield Said(ProbeUp(name, "it is no longer bound", one.environment), subject(name))
        if one.environment is not None:
            over[name] = one.environment
    yield from _environment_up(state, over, "what it was down for is no longer bound")
    for region in (*state.probing.silent, *state.probing.heard):
        if region not in state.bindings.regions:
            yield Said(RegionHeard(region, "it is no longer bound"), f"region:{region}")


def subject(probe: str) -> str:
    return f"probe:{probe}"


def _down(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeDown)
    known = state.probing.probes.get(data.probe)
    environment = data.environment if data.availability else None
    certificate = known.certificate if known is not None else None
    state.probing.probes[data.probe] = ProbeState("down", data.since, data.reason, environment, certificate)


def _up(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeUp)
    if data.probe not in state.bindings.probes:
        state.probing.probes.pop(data.probe, None)
        return
    known = state.probing.probes.get(data.probe)
    certificate = known.certificate if known is not None else None
    one = ProbeState("up", recorded.fact.at, data.reason, None, certificate)
    state.probing.probes[data.probe] = one


def _unknown(state: State, recorded: Recorded) -> None:
    """An environment that is down because of it stays down: silence mends nothing."""
    data = recorded.fact.data
    assert isinstance(data, ProbeUnknown)
    known = state.probing.probes.get(data.probe)
    state.probing.probes[data.probe] = ProbeState(
        "unknown",
        recorded.fact.at,
        data.reason,
        known.environment if known is not None else None,
        known.certificate if known is not None else None,
    )


def _ending(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeCertificateEnding)
    if (known := state.probing.probes.get(data.probe)) is not None:
        known.certificate = data.expires


def _renewed(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, ProbeCertificateRenewed)
    if (known := state.probing.probes.get(data.probe)) is not None:
        known.certificate = None


def _silent(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RegionSilent)
    state.probing.heard.pop(data.region, None)
    state.probing.silent[data.region] = recorded.fact.at


def _heard(state: State, recorded: Recorded) -> None:
    data = recorded.fact.data
    assert isinstance(data, RegionHeard)
    state.probing.silent.pop(data.region, None)
    state.probing.heard.pop(data.region, None)
    if data.region in state.bindings.regions:
        state.probing.heard[data.region] = recorded.fact.at


FOLDS: Mapping[type[Data], Callable[[State, Recorded], None]] = {
    ProbeDown: _down,
    ProbeUp: _up,
    ProbeUnknown: _unknown,
    ProbeCertificateEnding: _ending,
    ProbeCertificateRenewed: _renewed,
    RegionSilent: _silent,
    RegionHeard: _heard,
}
