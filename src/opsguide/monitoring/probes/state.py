"""How each probe and region is, as the ledger knows it."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct, field

from ...guide.bindings import ProbeBinding
from ...kernel.clock import Instant

ProbeStand: TypeAlias = Literal["up", "down", "unknown"]


class ProbeState(Struct):
    """`since` is when it became so (a down one counts from its first failed look).

    `environment` is the one that is down with it, `certificate` when the certificate runs out of which was told.
    """

    state: ProbeStand
    since: Instant
    reason: str
    environment: str | None = None
    certificate: Instant | None = None


class Probes(Struct):
    """By the names of the bindings; `silent` has regions that are not heard of, since when."""

    probes: dict[str, ProbeState] = field(default_factory=dict)
    heard: dict[str, Instant] = field(default_factory=dict)
    silent: dict[str, Instant] = field(default_factory=dict)

    def down_for(self, environment: str) -> list[str]:
        """The probes because of which an environment is down."""
        return sorted(name for name, one in self.probes.items() if one.environment == environment)

    def unknown_for(self, environment: str, probes: Mapping[str, ProbeBinding]) -> bool:
        """Whether nobody can say of a probe that counts for the environment how it is."""
        return any(
            one.state == "unknown"
            and (bound := probes.get(name)) is not None
            and bound.availability
            and bound.environment == environment
            for name, one in self.probes.items()
        )
