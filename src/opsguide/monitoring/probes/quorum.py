"""What several regions say together of one probe: down where enough of them agree, up where no longer enough could."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from ...guide.bindings import LOCAL, ProbeBinding, quorum_of
from ...kernel.clock import Instant
from .looks import Seen, Vote

State: TypeAlias = Literal["up", "down", "unknown"]


class Judgement(Struct, frozen=True):
    """How a probe is. `state` None: too early to tell. `since` is the first failed look of an outage."""

    state: State | None
    reason: str
    votes: dict[str, Vote]
    failures: int = 0
    since: Instant | None = None


def judge(probe: ProbeBinding, seen: Mapping[str, Seen], now: Instant) -> Judgement:
    """`seen` has every region that probes it.

    With a quorum of q: down, where q regions see it fail; up, where so many see it up that the silent ones could not
    make a quorum with those that see it fail. Anything between is unknown: silence counts for neither.
    """
    votes = {region: one.vote(probe, now) for region, one in seen.items()}
    down = [region for region, vote in votes.items() if vote == "down"]
    up = sum(vote == "up" for vote in votes.values())
    needed = quorum_of(probe, len(votes))
    if len(down) >= needed:
        since = min(at for region in down if (at := seen[region].failing_since) is not None)
        failures = max(seen[region].failures for region in down)
        return Judgement("down", _down(seen, down, len(votes)), votes, failures, since)
    if len(votes) - up < needed:
        return Judgement("up", _up(down, len(votes)), votes)
    if "new" in votes.values():
        return Judgement(None, "not looked at yet", votes)
    return Judgement("unknown", _unknown(seen, votes, needed), votes)


def _down(seen: Mapping[str, Seen], down: list[str], most: int) -> str:
    worst = seen[down[0]]
    if most == 1:
        what = "a look" if worst.failures == 1 else f"{worst.failures} looks in a row"
        place = "" if down[0] == LOCAL else f" from {down[0]}"
        return f"{what} failed{place}: {worst.failed_why}"
    return f"it fails from {len(down)} of {most} regions ({', '.join(sorted(down))}): {worst.failed_why}"


def _up(down: list[str], most: int) -> str:
    if not down:
        return "it answers"
    return f"it fails from {len(down)} of {most} regions only ({', '.join(sorted(down))})"


def _unknown(seen: Mapping[str, Seen], votes: Mapping[str, Vote], needed: int) -> str:
    silent = sorted(region for region, vote in votes.items() if vote == "stale")
    names = ", ".join(silent)
    lacks = next((f"{region}: {seen[region].lacks}" for region in silent if seen[region].lacks), "")
    if len(votes) == 1:
        return f"{names} was not heard of" if silent != [LOCAL] else "it is not looked at"
    said = f"too few regions report: {names} silent, and {needed} of {len(votes)} must agree"
    return f"{said} ({lacks})" if lacks else said
