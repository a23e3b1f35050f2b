"""What must fit together in the bindings of probes: one kind each, keys of its kind, regions that exist."""

from collections.abc import Mapping
from typing import Any

from ..wording import did_you_mean, listed
from .fields import seconds_in
from .probing import LOCAL, MAJORITY, ProbeBinding
from .problems import Problems, Spot, quoted
from .urls import is_private

KINDS = ("url", "tcp", "dns", "heartbeat")
_ASKED = frozenset({"every", "timeout", "retries", "failures", "regions", "quorum", "private"})
_READ = frozenset({"contains", "matches"})
_COMMON = frozenset({"environment", "availability", "severity", "expect"})

KEYS: dict[str, frozenset[str]] = {
    "url": _COMMON | _ASKED | {"authority", "method", "headers", "body", "redirects"},
    "tcp": _COMMON | _ASKED | {"authority", "tls", "send"},
    "dns": _COMMON | _ASKED | {"record", "resolver"},
    "heartbeat": (_COMMON - {"expect"}) | {"grace", "secret", "get"},
}
EXPECTED: dict[str, frozenset[str]] = {
    "url": _READ | {"status", "json", "headers", "certificate_days"},
    "tcp": _READ | {"certificate_days"},
    "dns": frozenset({"answers"}),
    "heartbeat": frozenset(),
}


def hold_probes(raw: Mapping[str, Any], problems: Problems) -> None:
    """Notes what does not fit, where every key by itself does."""
    regions = _table(raw, "regions")
    if LOCAL in regions:
        spot = problems.spot("regions", LOCAL)
        hint = "give the other place a name of its own"
        problems.note(spot.wrong("bad-id", f"`{LOCAL}` is the service itself", hint, on="key"))
    for name, content in _table(raw, "probes").items():
        if isinstance(content, dict):
            _hold(content, problems.spot("probes", name), [LOCAL, *regions])


def _hold(probe: Mapping[str, Any], spot: Spot, regions: list[str]) -> None:
    kinds = [key for key in KINDS if key in probe]
    if len(kinds) != 1:
        what = "says nothing to look at" if not kinds else "has " + " and ".join(f"`{key}`" for key in kinds)
        hint = f"give [{spot.name}] one of {listed(KINDS)}"
        spot.problems.note(spot.wrong("probe-kind", f"`{spot.name}` {what}", hint, on="key"))
        return
    _hold_keys(probe, kinds[0], spot)
    _hold_time(probe, kinds[0], spot)
    _hold_regions(probe, spot, regions)
    if probe.get("availability") is True and not probe.get("environment"):
        message = f"`{spot.name}` counts for the availability of no environment"
        hint = f'add environment = "production" to [{spot.name}]'
        spot.problems.note(spot.at("availability").wrong("missing-key", message, hint, on="key"))
    if probe.get("private") is not True:
        _hold_private(probe, kinds[0], spot)


def _hold_keys(probe: Mapping[str, Any], kind: str, spot: Spot) -> None:
    others = frozenset().union(*KEYS.values()) - KEYS[kind]
    expected = probe.get("expect")
    wrong = [spot.at(key) for key in probe if key in others]
    if kind != "heartbeat" and isinstance(expected, dict):
        every = frozenset().union(*EXPECTED.values())
        wrong += [spot.at("expect").at(key) for key in expected if key in every - EXPECTED[kind]]
    for at in wrong:
        message = f"`{at.name}` means nothing for a probe by `{kind}`"
        spot.problems.note(at.wrong("unknown-key", message, "delete the line", on="key"))


def _hold_time(probe: Mapping[str, Any], kind: str, spot: Spot) -> None:
    """All attempts of a look end before the next one begins."""
    if kind == "heartbeat":
        return
    default = ProbeBinding()
    every, timeout = (_seconds(probe.get(key), getattr(default, key)) for key in ("every", "timeout"))
    retries = probe.get("retries", default.retries)
    if every is None or timeout is None or not isinstance(retries, int):
        return  # the key itself is wrong, and was told
    attempts = 1 + retries
    if attempts * timeout > every:
        message = f"{attempts} attempts of {timeout:g} s do not fit into {every:g} s: `{spot.name}.every`"
        hint = "make `every` longer, or `timeout` shorter, or `retries` fewer"
        at = spot.at("every") if "every" in probe else spot
        spot.problems.note(at.wrong("out-of-range", message, hint, on="key"))


def _seconds(written: Any, default: float) -> float | None:
    if written is None:
        return default
    return seconds_in(written) if isinstance(written, str) else None


def _hold_regions(probe: Mapping[str, Any], spot: Spot, regions: list[str]) -> None:
    named = probe.get("regions")
    named = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    for index, name in enumerate(named):
        if name.strip() not in regions:
            hint = did_you_mean(name, regions) or f"add [regions.{quoted(name)}] to {spot.problems.where}"
            at = spot.at("regions").at(index)
            spot.problems.note(at.wrong("unknown-region", f"unknown region `{name}`", hint))
    quorum, most = str(probe.get("quorum", MAJORITY)).strip(), len(named or regions)
    if quorum.isdecimal() and int(quorum) > most:
        message = f"{quorum} regions cannot agree where there are {most}: `{spot.name}.quorum`"
        hint = f"write a number up to {most}, or `majority`"
        spot.problems.note(spot.at("quorum").wrong("out-of-range", message, hint))


def _hold_private(probe: Mapping[str, Any], kind: str, spot: Spot) -> None:
    """Refused when it runs unless `private` allows it: better said now."""
    written = probe.get("resolver" if kind == "dns" else kind)
    if kind == "heartbeat" or not isinstance(written, str):
        return
    if is_private(written if kind == "url" else f"tcp://{written}"):
        at = spot.at("resolver" if kind == "dns" else kind)
        message = f"`{at.name}` is a loopback or private address"
        hint = f"add private = true to [{spot.name}] if that is meant"
        spot.problems.note(at.wrong("private-address", message, hint))


def _table(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
